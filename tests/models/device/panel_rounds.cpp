// Kernels that take the rounds of many panels at once are the same as one call a panel.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "models/device/panel_clock.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/kernels/timed_sum.hpp"
#include "tests/models/neuron/panel_fixture.hpp"

using namespace settle;

namespace {

constexpr int panels = 5, lanes_there_are = panels * panel_width;

/// Some of the panels, in order.
std::vector<PanelRound> random_rounds(std::mt19937& random) {
    std::vector<PanelRound> rounds;
    for (int panel = 0; panel < panels; ++panel) {
        if (random() % 3 != 0) rounds.push_back({panel, random_lanes(random) | LaneSet{1} << random() % panel_width});
    }
    return rounds;
}

template <class Test>
void for_every_instruction_set(const Test& test) {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        test();
    }
    use_instruction_set("");
}

struct ClocksOfPanels {
    AlignedVector<Time> next = AlignedVector<Time>(lanes_there_are), nominal = next;
    AlignedVector<Duration> period = AlignedVector<Duration>(lanes_there_are);
    AlignedVector<Duration> jitter = AlignedVector<Duration>(lanes_there_are * TickJitter::group_ticks);
    AlignedVector<std::int32_t> ticks = AlignedVector<std::int32_t>(lanes_there_are);

    PanelClock from(int panel) {
        const int first = panel * panel_width;
        return {next.data() + first, nominal.data() + first, period.data() + first, ticks.data() + first,
                jitter.data() + first * TickJitter::group_ticks};
    }
};

}  // namespace

TEST_CASE("clocks of many panels go on as one by one, and those that are due are found") {
    for_every_instruction_set([] {
        std::mt19937 random(21);
        ClocksOfPanels together;
        for (int lane = 0; lane < lanes_there_are; ++lane) {
            const auto i = static_cast<std::size_t>(lane);
            together.period[i] = 900 + static_cast<Duration>(random() % 200);
            together.next[i] = together.nominal[i] = static_cast<Time>(random() % 900);
        }
        for (Duration& draw : together.jitter) draw = static_cast<Duration>(random() % 300) - 150;
        ClocksOfPanels apart = together;
        for (int step = 0; step < 200; ++step) {
            const std::vector<PanelRound> rounds = random_rounds(random);
            std::vector<ClocksAdvanced> advanced(rounds.size());
            advance_clocks(together.from(0), rounds, advanced.data());
            for (std::size_t i = 0; i < rounds.size(); ++i) {
                const ClocksAdvanced one = advance_clocks(apart.from(rounds[i].panel), rounds[i].lanes);
                REQUIRE(advanced[i].earliest == one.earliest);
                REQUIRE(advanced[i].drained == one.drained);
            }
            REQUIRE(together.next == apart.next);
            REQUIRE(together.nominal == apart.nominal);
            REQUIRE(together.ticks == apart.ticks);
            Time earliest[panels];
            for (int panel = 0; panel < panels; ++panel)
                earliest[panel] = *std::min_element(together.from(panel).next, together.from(panel).next + panel_width);
            const Time to = earliest[random() % panels] + static_cast<Time>(random() % 100);
            PanelRound due[panels];
            int expected = 0;
            const int count = due_rounds(together.next.data(), earliest, panels, to, due);
            for (int panel = 0; panel < panels; ++panel) {
                const LaneSet lanes = ticking(together.from(panel).next, to);
                if (lanes == 0) continue;
                REQUIRE(expected < count);
                REQUIRE(due[expected].panel == panel);
                REQUIRE(due[expected++].lanes == lanes);
            }
            REQUIRE(count == expected);
        }
    });
}

TEST_CASE("many panels tick as one by one") {
    for_every_instruction_set([] {
        std::mt19937 random(22);
        for (const bool clamped : {false, true}) {
            const NeuronModel model{Quantizer::sigma_delta, Schedule{0.843, 0.0923}, Schedule{0.832, 0.584}, {}};
            const AnnealingTable table = tabulate(model, 200);
            Population together(lanes_there_are, model), apart = together;
            AlignedVector<std::int32_t> ticks(lanes_there_are), sums(lanes_there_are), other_sums;
            AlignedVector<float> values(lanes_there_are);
            for (float& value : values) value = random_value(random, -0.1f, 0.9f);
            for (int step = 0; step < 100; ++step) {
                for (std::int32_t& sum : sums) sum += static_cast<std::int32_t>(random_value(random, -1, 1) * 0x1p20f);
                other_sums = sums;
                const std::vector<PanelRound> rounds = random_rounds(random);
                std::vector<LaneSet> fired(rounds.size());
                PanelTick tick{ticks.data(), &table};
                if (clamped) tick.x = values.data();
                if (!clamped) tick.biases = values.data(), tick.sums = sums.data();
                tick_panels(together, rounds, model, tick, fired.data());
                for (std::size_t i = 0; i < rounds.size(); ++i) {
                    const auto& [panel, lanes] = rounds[i];
                    const int first = panel * panel_width;
                    PanelTick one{ticks.data() + first, &table};
                    if (clamped) one.x = values.data() + first;
                    if (!clamped) one.biases = values.data() + first, one.sums = other_sums.data() + first;
                    REQUIRE(fired[i] == tick_panel_reference(apart, panel, model, one, lanes));
                    for (int lane = 0; lane < panel_width; ++lane)
                        ticks[static_cast<std::size_t>(first + lane)] += lanes >> lane & 1;
                }
                REQUIRE(sums == other_sums);
                REQUIRE(together.memory.s == apart.memory.s);
            }
        }
    });
}

TEST_CASE("many panels hear as one by one") {
    for_every_instruction_set([] {
        std::mt19937 random(23);
        constexpr int sources = 19, shift = 5;
        AlignedVector<std::int32_t> rows(sources * lanes_there_are);
        for (std::int32_t& weight : rows) weight = static_cast<std::int32_t>(random() % 2000) - 1000;
        std::vector<Arrival> arrivals;
        std::vector<std::int32_t> begin(Timetable::days);
        for (int day = 0; day < Timetable::days; ++day) {
            begin[static_cast<std::size_t>(day)] = static_cast<std::int32_t>(arrivals.size());
            for (auto more = day < Timetable::days - 1 ? random() % 4 : 0; more > 0; --more)
                arrivals.push_back({(day << shift) + static_cast<std::int32_t>(random() % (1 << shift)),
                                    static_cast<std::int32_t>(random() % sources)});
        }
        const Timetable table{arrivals.data(), nullptr, begin.data(), 0, shift};
        AlignedVector<std::int32_t> heard(lanes_there_are), ahead(lanes_there_are), sums(lanes_there_are);
        AlignedVector<std::int32_t> other_heard = heard, other_ahead = ahead, other_sums = sums;
        AlignedVector<Time> times(lanes_there_are);
        for (Time now = 300; now < (Timetable::days - 2) << shift; now += 300) {
            for (Time& time : times) time = now - static_cast<Time>(random() % 250);
            const std::vector<PanelRound> rounds = random_rounds(random);
            hear(table, rows.data(), sources * panel_width, rounds, times.data(),
                 Ears<std::int32_t>{heard.data(), ahead.data()}, sums.data());
            for (const auto& [panel, lanes] : rounds) {
                const int first = panel * panel_width;
                hear_reference(table, rows.data() + panel * sources * panel_width, times.data() + first, lanes,
                               Ears<std::int32_t>{other_heard.data() + first, other_ahead.data() + first},
                               other_sums.data() + first);
            }
            REQUIRE(heard == other_heard);
            REQUIRE(ahead == other_ahead);
            REQUIRE(sums == other_sums);
        }
    });
}

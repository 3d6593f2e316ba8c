#include "models/neuron/neuron_panel.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstring>

#include "models/kernels/instruction_set.hpp"
#include "tests/models/neuron/panel_fixture.hpp"
#include "tests/models/neuron/step_rules.hpp"

using namespace settle;

namespace {

/// Calls visit(array of a, array of b) for everything that they remember.
template <class Visit>
void for_each_pair(const Population& a, const Population& b, const Visit& visit) {
    for_each_variable([&](const auto& variable) { visit(variable.of(a.memory), variable.of(b.memory)); });
}

bool same_bits(const Population& a, const Population& b) {
    bool same = true;
    for_each_pair(a, b, [&](const auto& one, const auto& other) {
        same = same && one.size() == other.size() &&
               (one.empty() || std::memcmp(one.data(), other.data(), one.size() * 4) == 0);
    });
    return same;
}

/// Whether the lanes of a panel that are not in the set, and all other panels, are as they were.
bool others_untouched(const Population& before, const Population& after, int panel, LaneSet lanes) {
    bool untouched = true;
    for_each_pair(before, after, [&](const auto& one, const auto& other) {
        for (std::size_t i = 0; i < one.size(); ++i) {
            const bool ticked = static_cast<int>(i) / panel_width == panel && lanes >> i % panel_width & 1;
            if (!ticked && std::memcmp(&one[i], &other[i], 4) != 0) untouched = false;
        }
    });
    return untouched;
}

std::vector<NeuronModel> models() {
    std::vector<NeuronModel> models;
    for (const QuantizerRow& row : quantizer_table) {
        for (const StepRule& rule : every_step_rule(Schedule{0.843, 0.0923})) {
            models.push_back({row.quantizer, rule, std::nullopt, {}});
            models.push_back({row.quantizer, rule, Schedule{0.832, 0.584}, {}});
            models.push_back({row.quantizer, rule, Schedule{0.832, 0.584}, SurpriseRestarts{0.5, 0.1, 1.5, 2, 3, 0.1}});
        }
    }
    return models;
}

/// Ticks two equal populations of three panels, the last one not full, in the fast and in the plain way.
void compare(const NeuronModel& model, bool clamped, bool nudged, bool keeps_sums, std::mt19937& random) {
    constexpr int panels = 3;
    Population fast(2 * panel_width + 11, model), plain = fast;
    const AnnealingTable table = tabulate(model, 200);
    PanelArrays in[panels];
    int fires = 0;
    for (int step = 0; step < 60; ++step) {
        const int panel = static_cast<int>(random() % panels);
        PanelArrays& now = in[panel];
        for (int lane = 0; lane < panel_width; ++lane) {
            if (!keeps_sums || random() % 3 == 0)
                now.sums[lane] += static_cast<std::int32_t>(random_value(random, -0.6f, 1.4f) * 0x1p22f);
            now.noise[lane] = random_value(random, 0, 1);
            now.biases[lane] = random_value(random, -0.1f, 0.3f);
            now.x[lane] = random_value(random, 0, 1.25f) > 1 ? 1 : random_value(random, 0, 1);
            now.y[lane] = random() % 2 ? 1.0f : 0.0f;
        }
        const LaneSet lanes = random_lanes(random);
        PanelTick tick{now.ticks, &table, now.sums, keeps_sums, now.noise, now.biases};
        if (clamped) tick.x = now.x, tick.sums = nullptr, tick.biases = nullptr;
        if (nudged) tick.y = now.y, tick.two_beta = -0.7f;
        PanelArrays other = now;
        PanelTick reference = tick;
        if (reference.sums) reference.sums = other.sums;
        const Population before = fast;
        const LaneSet fired = tick_panel(fast, panel, model, tick, lanes);
        REQUIRE(fired == tick_panel_reference(plain, panel, model, reference, lanes));
        REQUIRE((fired & ~lanes) == 0);
        REQUIRE(same_bits(fast, plain));
        REQUIRE(others_untouched(before, fast, panel, lanes));
        REQUIRE(std::equal(now.sums, now.sums + panel_width, other.sums));
        for (int lane = 0; lane < panel_width; ++lane) {
            if (!(lanes >> lane & 1)) continue;
            ++now.ticks[lane];
            REQUIRE((keeps_sums || clamped || now.sums[lane] == 0));
        }
        fires += std::popcount(fired);
    }
    CHECK(fires > 0);
}

}  // namespace

TEST_CASE("a panel's ticks are those of its neurons one by one, for every model, set of lanes and instruction set") {
    std::mt19937 random(5);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        for (const NeuronModel& model : models()) {
            CAPTURE(instructions);
            CAPTURE(static_cast<int>(model.quantizer));
            CAPTURE(model.epsilon.index());
            CAPTURE(model.lambda.has_value());
            CAPTURE(model.restart.index());
            compare(model, false, false, false, random);
            compare(model, false, true, false, random);
            compare(model, false, false, true, random);
            compare(model, true, false, false, random);
        }
    }
    use_instruction_set("");
}

TEST_CASE("a panel whose lanes tick together is a population") {
    // The tick that lockstep uses, against the one of clocks of their own.
    std::mt19937 random(6);
    for (const NeuronModel& model : models()) {
        Population panel(panel_width, model), together = panel;
        const AnnealingTable table = tabulate(model, 50);
        PanelArrays in;
        for (std::int64_t t = 1; t <= 50; ++t) {
            alignas(64) std::int32_t sums[panel_width];
            for (int lane = 0; lane < panel_width; ++lane) {
                sums[lane] = in.sums[lane] = static_cast<std::int32_t>(random_value(random, -1, 1.5f) * 0x1p22f);
                in.noise[lane] = random_value(random, 0, 1);
                in.biases[lane] = random_value(random, -0.1f, 0.3f);
            }
            PanelTick tick{in.ticks, &table, in.sums, false, in.noise, in.biases};
            const LaneSet fired = tick_panel(panel, 0, model, tick, 0xffff);
            PopulationInput input;
            input.sums = sums;
            input.noise = in.noise;
            input.biases = in.biases;
            input.table = &table;
            input.t = t;
            input.epsilon = table.epsilon[static_cast<std::size_t>(t) - 1];
            input.lambda = table.lambda[static_cast<std::size_t>(t) - 1];
            tick_population(together, model, input);
            REQUIRE(fired == together.bits[0]);
            REQUIRE(same_bits(panel, together));
            for (std::int32_t& ticks : in.ticks) ++ticks;
        }
    }
}

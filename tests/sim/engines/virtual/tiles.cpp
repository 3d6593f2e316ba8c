// Sheets in virtual time: large populations that hear their neighbourhood run in tiles and strips, which changes
// nothing.
#include "sim/engines/actors/tiles.hpp"

#include <doctest/doctest.h>

#include <map>
#include <numeric>
#include <random>

#include "models/network/link_rule.hpp"
#include "sim/engines/virtual/agenda.hpp"
#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

constexpr Duration a_period = 1'000'000;

/// An image joined with a sheet of as many by radius 0, and the sheet with itself by a rule.
Wiring sheet_wiring(int side, const LinkRule& rule, int channels = 1) {
    const PopulationSpec image{"image", {1, side, side}, Role::input},
        sheet{"sheet", {channels, side, side}, Role::output};
    const SparseSpec down{draw_links(WithinRadius{0}, image, sheet, false, 1, 0)};
    const SparseSpec across{draw_links(rule, sheet, sheet, true, 1, 1)};
    return {{image, sheet}, {{0, 1, down}, {1, 1, across}}};
}

VirtualRun sheet_run(const std::string& keys, int side = 24, int batch = 1) {
    const Wiring wiring = sheet_wiring(side, WithinRadius{1});
    VirtualRun run(keys + "; phases.free=7; phases.nudged=3", wiring.sizes(), batch);
    run.network = random_network(wiring, 1.0, 5);
    for (float& bias : run.network.biases[1]) bias = 0.1f;
    return run;
}

/// Nine tiles of 8 x 8; on several threads strips of them.
const std::vector<Execution> tilings = {{0, 1, 0, 0, 64}, {0, 2, 0, 0, 64},
                                        {0, 3, 0, 4, 64}, {500, 2, a_period / 7, 1, 64},
                                        {0, 3, 0, 0, 1},  {100, 1, 0, 0, 9}};

void judge_sheet(const VirtualRun& run, const Plan& plan) {
    static std::size_t turn = 0;
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    std::vector<TickRows> expected_rows, rows;
    const Outcome expected = plain.run(plan, run.minibatch, &expected_rows);
    REQUIRE(conserved(expected.counters));
    REQUIRE(expected.counters[1].spikes > 0);
    check_same(run.run(plan, tilings[0], &rows), expected);
    check_same(rows, expected_rows);
    for (int i = 0; i < 2; ++i) {
        const Execution& how = tilings[turn++ % tilings.size()];
        INFO("shard " << how.shard << ", threads " << how.threads << ", tile " << how.tile);
        const Outcome outcome = run.run(i == 0 ? run.counted(plan) : plan, how);
        check_same(outcome, expected);
        if (i == 0) check_same_traffic(outcome, expected);
    }
}

}  // namespace

TEST_CASE("who hears the neighbourhood is tiled, and the input with it; who hears anybody or everybody is not") {
    CHECK(tiled_populations(sheet_wiring(24, WithinRadius{1}), 64) == std::vector{true, true});
    CHECK(tiled_populations(sheet_wiring(24, WithinRadius{1})) == std::vector{false, false});
    CHECK(tiled_populations(sheet_wiring(24, WithinRadius{4}), 64) == std::vector{false, false});
    CHECK(tiled_populations(sheet_wiring(24, FanIn{8}), 64) == std::vector{false, false});
    CHECK(tiled_populations(chain({5000, 6000, 7000}), 64) == std::vector{false, false, false});
    CHECK(automatic_cut(sheet_wiring(96, WithinRadius{1}), 1, 2) == Cut::into_strips(2));
    CHECK(automatic_cut(sheet_wiring(96, WithinRadius{1}), 2, 2) == Cut::every(2 * 96 * 96));
}

TEST_CASE("tiles hold every neuron of a range once, those of a rectangle of places, all channels together") {
    const PopulationSpec sheet{"sheet", {3, 20, 31}, Role::hidden};
    std::vector<int> times(static_cast<std::size_t>(sheet.size()));
    for (const auto& tile : tiles_of(sheet, 60, 100, 1700)) {
        CHECK(std::is_sorted(tile.begin(), tile.end()));
        CHECK(tile.size() <= 60);
        int top = 20, bottom = 0, left = 31, right = 0;
        for (const std::int32_t i : tile) {
            ++times[static_cast<std::size_t>(i)];
            top = std::min(top, i % 620 / 31);
            bottom = std::max(bottom, i % 620 / 31);
            left = std::min(left, i % 31);
            right = std::max(right, i % 31);
        }
        CHECK(bottom - top < 5);
        CHECK(right - left < 5);
    }
    for (int i = 0; i < sheet.size(); ++i) CHECK(times[static_cast<std::size_t>(i)] == (i >= 100 && i < 1700 ? 1 : 0));
    const PopulationSpec row{"row", {1000}, Role::hidden};
    const auto parts = tiles_of(row, 300, 0, 1000);
    REQUIRE(parts.size() == 4);
    CHECK(parts[1].front() == 250);
}

TEST_CASE("sheets in tiles equal a simulation event by event, for every noise, link and scope") {
    for (const std::string link : {"pulse", "level", "parity"}) {
        for (const std::string scope : {"axon", "synapse"}) {
            for (const std::string noise :
                 {"",
                  "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
                  "timing.jitter={distribution=\"normal\",width=0.4}; timing.phase=random; "
                  "timing.latency={low=0.1,high=3};"
                  "timing.drift=0.1; learning.beta_sign=both",
                  "timing.loss=0.2; timing.duplication=0.3; timing.latency_jitter=0.2; timing.jitter=0.02; "
                  "faults.dead_links=0.2; faults.stuck_at_one=0.1"}) {
                const std::string keys = "timing.link=" + link + "; timing.scope=" + scope + "; " + noise;
                if (link == "parity" && noise.find("duplication") != std::string::npos) continue;
                CAPTURE(keys);
                const VirtualRun run = sheet_run(keys);
                judge_sheet(run, run.plan());
            }
        }
    }
}

TEST_CASE("clocks that become irregular, and tick twice before what waits, hear each bit at its tick") {
    for (const std::string latency : {"{low=0.3,high=0.6}", "0.7"}) {
        const VirtualRun run = sheet_run("timing.jitter=0.01; timing.phase=random; timing.latency=" + latency +
                                         "; phases.splitstream=true");
        Plan plan = run.plan();
        const Conditions own = conditions_of(device_settings(run.scenario));
        Conditions wild = own;
        wild.jitter = Uniform{-1.1 * a_period, 0.9 * a_period};
        auto tables = std::make_shared<PlanTables>();
        tables->conditions = {own, wild};
        plan.tables = tables;
        add_instant(plan, Alter{2, Branch::main, 1});
        add_instant(plan, Alter{5, Branch::main, 0});
        add_instant(plan, Alter{8, Branch::main, 1});
        CAPTURE(latency);
        judge_sheet(run, plan);
    }
}

TEST_CASE("an agenda gives every pulse once, in the window when it arrives, however full and far its days are") {
    std::mt19937 random(8);
    for (int trial = 0; trial < 40; ++trial) {
        const int shift = static_cast<int>(random() % 6);
        const Time day = Time{1} << shift, ring = Agenda::days * day;
        Agenda agenda, copy;
        agenda.reset(shift);
        std::multimap<Time, std::int32_t> expected;
        Time now = -1;
        std::int32_t number = 0;
        for (int window = 0; window < 60; ++window) {
            for (auto more = random() % 200; more > 0; --more) {
                const Time reach[] = {4, day, ring, 3 * ring};
                const Time at = now + 1 + static_cast<Time>(random() % static_cast<std::uint64_t>(reach[random() % 4]));
                agenda.add(at, number);
                expected.emplace(at, number++);
            }
            REQUIRE(agenda.size() == expected.size());
            std::int64_t sum = 0;
            agenda.for_each([&](std::int32_t row) { sum += row; });
            for (const auto& [at, row] : expected) sum -= row;
            REQUIRE(sum == 0);
            const Time to = now + 1 + static_cast<Time>(random() % static_cast<std::uint64_t>(random() % 3 ? 9 : ring));
            std::vector<PulseArrival> taken;
            agenda.take(now, to, taken);
            std::vector<std::pair<Time, std::int32_t>> a, b(expected.begin(), expected.upper_bound(to));
            for (const PulseArrival& pulse : taken) a.emplace_back(pulse.at, pulse.row);
            std::sort(a.begin(), a.end());
            std::sort(b.begin(), b.end());
            REQUIRE(a == b);
            expected.erase(expected.begin(), expected.upper_bound(to));
            now = to;
            // A fork goes on with a copy.
            if (window % 7 == 0) {
                copy = agenda;
                agenda = copy;
            }
        }
    }
}

// On a chip: networks that are no chain, and what a script does to one within a presentation.
#include <doctest/doctest.h>

#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/engines/virtual/chip_fixture.hpp"

namespace settle {

namespace {

VirtualRun graph_on_chip(const std::string& which, const std::string& keys) {
    Network network = graph_network(which, 0.3);
    VirtualRun run(keys, network.wiring.sizes());
    run.network = std::move(network);
    return run;
}

const std::string own_clocks = "timing.period=1 us; timing.phase=random; timing.jitter=0.1; ";
const std::string six_tiles = "chip.mesh=[3, 2]; chip.neurons_per_core=7; chip.cores_per_tile=3; ";
const std::string busy =
    own_clocks + six_tiles +
    "chip.encode=5.1 ns; chip.link=20 ns; chip.hop_x=4.1 ns; chip.hop_y=6.5 ns; chip.decode=16 ns; chip.synapse=9 ns; ";

/// A chain under a script. Every core keeps links to it.
struct Scripted : VirtualRun {
    Plan script;
    std::vector<DeadLinks> dead;

    explicit Scripted(const std::string& keys) : VirtualRun(keys, {40, 18, 6}), script(plan()) {
        for (Projection& projection : network.projections) {
            std::vector<float> weights = projection.to_array();
            for (float& weight : weights) weight *= 0.2f;
            projection.from_array(weights);
        }
        add_nexts(minibatch, 40, 6, 4, 3);
        const auto tables = std::make_shared<PlanTables>();
        Conditions own = conditions_of(device_settings(scenario)), other = own, later = own;
        other.jitter = Normal{0, 200};
        later.latency = Uniform{700, 700};
        tables->conditions = {own, other, later};
        tables->silent = {{}, every_nth(network.wiring, 3, 0), every_nth(network.wiring, 5, 2)};
        const DeadLinks faults = device().dead;
        tables->dead =
            dead = {faults, both(faults, every_nth_link(network, 3)), both(faults, every_nth_link(network, 2))};
        script.tables = tables;
    }
    void add(const std::vector<Instant>& instants) {
        for (const Instant& one : instants) add_instant(script, one);
    }
};

constexpr Branch any = Branch::main;
const std::vector<Instant> everything = {
    Present{2, any, 1}, Sever{2, any, 1},     Silence{4, any, 2},  Nudge{4, any, 0.5f}, Present{7, any, 2},
    Sever{7, any, -1},  Nudge{9, any, 0},     Silence{9, any, 1},  Restart{10, any, 1}, Present{13, any, 0},
    Sever{13, any, 2},  Silence{15, any, -1}, Present{16, any, 3}, Sever{17, any, 0}};
const std::vector<Instant> altered = {Alter{0, any, 1}, Alter{3, any, 2}, Alter{6, any, 0}, Alter{14, any, 2}};

}  // namespace

TEST_CASE("networks that are no chain are on a chip without times what they are without") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string noise :
             {"timing.drift=0.02", "timing.link=level; phases.splitstream=true",
              "timing.link=parity; phases.splitstream=true", "timing.link=parity-2-held; timing.drift=0.05",
              "learning.beta_sign=both; faults.dead_links=0.2; faults.stuck_at_one=0.1"}) {
            CAPTURE(which);
            CAPTURE(noise);
            const std::string keys = own_clocks + "timing.latency=0.3; " + noise;
            const Outcome without = graph_on_chip(which, keys).run();
            for (const std::string chip : {"chip.placement=random; chip.multicast=false", "chip.placement=spread"}) {
                const ChipOutcome with = run_on_chip(graph_on_chip(which, keys + "; " + six_tiles + chip));
                CHECK(same_states(without, with.outcome));
                CHECK(conserved(with.outcome.counters));
                for (std::size_t p = 1; p < without.counters.size(); ++p) {
                    CHECK(without.counters[p].spikes > 0);
                    // Dead links cost additions where rows are added whole; a core without a live one gets no packet.
                    const std::uint64_t operations = with.outcome.counters[p].synaptic_operations;
                    if (noise.find("dead") == std::string::npos)
                        CHECK(without.counters[p].synaptic_operations == operations);
                    CHECK(without.counters[p].synaptic_operations >= operations);
                }
            }
        }
    }
}

TEST_CASE("arrivals of networks that are no chain are where the plain fabric puts them") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string keys :
             {"chip.placement=random", "chip.buffer=1; timing.link=level; faults.dead_links=0.3",
              "chip.buffer=2; chip.full=drop; chip.multicast=false; chip.slow=0.2"}) {
            CAPTURE(which);
            CAPTURE(keys);
            check_against_plain(graph_on_chip(which, busy + keys));
        }
    }
}

TEST_CASE("a script does on a chip without times what it does without") {
    for (const std::string noise :
         {"timing.drift=0.02", "timing.link=level; phases.splitstream=true",
          "timing.link=parity; phases.splitstream=true", "timing.link=parity-held",
          "timing.link=parity-2-held; timing.drift=0.05", "learning.beta_sign=both; faults.dead_links=0.1"}) {
        for (const auto& instants : {everything, altered}) {
            CAPTURE(noise);
            Scripted without(own_clocks + "timing.latency=0.3; " + noise);
            without.add(instants);
            const Outcome expected = without.run(without.script, {});
            for (const std::string chip : {"chip.placement=spread", "chip.neurons_per_core=64"}) {
                Scripted with(own_clocks + "timing.latency=0.3; " + noise + "; " + six_tiles + chip);
                with.add(instants);
                const ChipOutcome found = run_on_chip(with, with.script);
                CHECK(same_states(expected, found.outcome));
                CHECK(conserved(found.outcome.counters));
            }
        }
    }
}

TEST_CASE("arrivals under a script are where the plain fabric puts them") {
    for (const std::string keys :
         {"chip.buffer=2", "chip.buffer=1; chip.full=drop; timing.link=level", "chip.buffer=2; timing.link=parity-held",
          "chip.multicast=false; chip.placement=random"}) {
        CAPTURE(keys);
        Scripted run(busy + "chip.neurons_per_core=8; " + keys);
        run.add(everything);
        std::vector<CoreTargets> targets;
        for (const DeadLinks& dead : run.dead) targets.push_back(core_targets(run, dead));
        // As the script severs them: what ticks at the very end of a period goes by the links before.
        const auto at = [&](Time sent) -> const CoreTargets& {
            const Time period = run.scenario.timing.period;
            const std::pair<std::int64_t, std::size_t> changes[] = {{17, 0}, {13, 2}, {7, 0}, {2, 1}};
            for (const auto& change : changes) {
                if (sent > change.first * period) return targets[change.second];
            }
            return targets[0];
        };
        check_against_plain(run, run.script, at);
    }
}

}  // namespace settle

// What packets ask of a chip in virtual time: counted when a service begins, by population, server, core and period.
#include <doctest/doctest.h>

#include "models/chip/placement.hpp"
#include "sim/engines/virtual/chip_run.hpp"
#include "sim/runs/session/packets.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

namespace settle {

namespace {

const std::string congested =
    "chip.mesh=[3, 2]; chip.neurons_per_core=8; chip.encode=5.1 ns; chip.link=60 ns; chip.hop_x=4.1 ns; "
    "chip.hop_y=6.5 ns; chip.decode=16 ns; chip.synapse=40 ns; chip.buffer=2; timing.period=1 us; "
    "timing.phase=random; timing.jitter=0.1";

/// The plan of one, with what [energy] asks for.
Plan counted(const VirtualRun& run, Plan plan) {
    const PlacedChip placed{*run.scenario.chip,
                            place(*run.scenario.chip, run.network.wiring.sizes(), run.scenario.timing.device_seed)};
    plan.packets = packet_plan(run.network, run.device().dead, nullptr, true, &placed);
    return plan;
}

Traffic sum_of(const PopulationTraffic& traffic) {
    Traffic sum;
    for (const Traffic& one : traffic) sum += one;
    return sum;
}

Outcome run_counted(const VirtualRun& run, const Plan& plan, const Execution& how = {}) {
    return run.run(counted(run, plan), how);
}

/// Without the by-period table: it would split windows of the fabric in other places.
Outcome run_uncounted(const VirtualRun& run, const Plan& plan) {
    return run.run(plan, {});
}

}  // namespace

TEST_CASE("where servers take no time, packets ask for what their routes are long") {
    for (const std::string keys :
         {"chip.mesh=[3, 3]; chip.neurons_per_core=6",
          "chip.mesh=[2, 4]; chip.neurons_per_core=7; "
          "chip.placement=random; chip.multicast=false",
          "chip.mesh=[5, 1]; chip.placement=spread; chip.neurons_per_core=16; phases.splitstream=true",
          "chip.mesh=[3, 3]; chip.neurons_per_core=6; faults.dead_links=0.7; timing.jitter=0.2"}) {
        CAPTURE(keys);
        const VirtualRun run("timing.phase=random; " + keys);
        const Plan plan = counted(run, run.plan());
        std::vector<TickRows> rows;
        const Outcome outcome = run.run(plan, {7, 2, 0, 0}, &rows);
        const Wiring& wiring = run.network.wiring;
        const auto neurons = static_cast<std::size_t>(wiring.neurons());
        Traffic expected;
        for (const TickRows& block : rows) {
            for (std::size_t i = 0; i < block.bits.size(); ++i)
                expected += plan.packets->table(-1).each[i % neurons] * block.bits[i];
        }
        CHECK(expected.decodes > 400);
        CHECK(sum_of(outcome.traffic) == expected);
    }
}

TEST_CASE("what servers, populations and cores have done adds up to the same") {
    for (const std::string keys : {"", "; chip.full=drop", "; chip.multicast=false; chip.cores_per_tile=2",
                                   "; timing.link=level; phases.splitstream=true", "; timing.loss=0.2"}) {
        CAPTURE(keys);
        const VirtualRun run(congested + keys);
        const Outcome outcome = run_counted(run, run.plan());
        const Mesh mesh(*run.scenario.chip);
        Traffic by_server, by_population;
        for (int number = 0; number < mesh.servers(); ++number) {
            const std::uint64_t packets = outcome.chip.servers[static_cast<std::size_t>(number)].packets;
            if (mesh.kind(number) == ServerKind::encoder) by_server.encodes += packets;
            if (mesh.kind(number) == ServerKind::decoder) by_server.decodes += packets;
            if (mesh.kind(number) != ServerKind::link) continue;
            const Direction way = mesh.direction(number);
            (way == Direction::west || way == Direction::east ? by_server.hops_x : by_server.hops_y) += packets;
        }
        for (const TrafficFigures& one : outcome.chip.populations)
            by_population += Traffic{one.encoded, one.hops_x, one.hops_y, one.decoded};
        CHECK(by_server == by_population);
        CHECK(by_server == sum_of(outcome.traffic));
        CHECK(by_server.hops_x > 0);
        CoreFigures cores;
        for (const CoreFigures& one : outcome.chip.cores) cores += one;
        const Counters all = total(outcome.counters);
        CHECK(cores == CoreFigures{all.ticks, all.spikes, all.synaptic_operations});
        // Whoever asks changes nothing, nor do threads.
        CHECK(run_uncounted(run, run.plan()).fingerprint == outcome.fingerprint);
        const Outcome again = run_counted(run, run.plan(), {7, 3, 0, 0});
        CHECK(again.chip == outcome.chip);
        CHECK(again.traffic == outcome.traffic);
        CHECK(again.efforts == outcome.efforts);
    }
}

TEST_CASE("a core does what its neurons do") {
    // Cores of one population each: those of a population together have its counts.
    const VirtualRun run(congested + "; chip.placement=spread; chip.neurons_per_core=10");
    const Outcome outcome = run_counted(run, run.plan());
    const Placement placement = place(*run.scenario.chip, run.network.wiring.sizes(), run.scenario.timing.device_seed);
    std::size_t neuron = 0;
    for (std::size_t p = 0; p < 3; ++p) {
        std::vector<bool> seen(outcome.chip.cores.size());
        CoreFigures sum;
        for (int i = 0; i < run.network.wiring.size(static_cast<int>(p)); ++i, ++neuron) {
            const auto core = static_cast<std::size_t>(placement.core[neuron]);
            if (!seen[core]) sum += outcome.chip.cores[core];
            seen[core] = true;
        }
        const Counters& own = outcome.counters[p];
        CHECK(sum == CoreFigures{own.ticks, own.spikes, own.synaptic_operations});
    }
}

TEST_CASE("what a chip has done up to a period end is what a run that ends there has done") {
    for (const std::string keys : {"", "; timing.link=level", "; chip.full=drop; chip.multicast=false"}) {
        CAPTURE(keys);
        const VirtualRun run(congested + keys);
        const Outcome outcome = run_counted(run, evaluation_plan(run.scenario));
        for (const int periods : {1, 2, 7, 13}) {
            CAPTURE(periods);
            const VirtualRun shorter(congested + keys + "; phases.free=" + std::to_string(periods));
            const Outcome ended = run_counted(shorter, evaluation_plan(shorter.scenario));
            Effort reached;
            for (int b = 0; b < 2; ++b)
                reached += outcome.efforts[static_cast<std::size_t>(b * outcome.periods + periods - 1)];
            const Counters all = total(ended.counters);
            CHECK(reached.traffic == sum_of(ended.traffic));
            CHECK(reached.ticks == all.ticks);
            CHECK(reached.spikes == all.spikes);
            CHECK(reached.synaptic_operations == all.synaptic_operations);
        }
    }
}

}  // namespace settle

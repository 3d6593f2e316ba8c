// Every kind of link on a chip: what its targets make of what the fabric carries to them, and which packets are lost.
#include <doctest/doctest.h>

#include <map>
#include <tuple>

#include "tests/sim/engines/virtual/chip_fixture.hpp"

using namespace settle;

namespace {

const std::string congested =
    "chip.mesh=[3, 2]; chip.neurons_per_core=8; chip.encode=5.1 ns; chip.link=60 ns; chip.hop_x=4.1 ns; "
    "chip.hop_y=6.5 ns; chip.decode=16 ns; chip.synapse=40 ns; timing.period=1 us; timing.phase=random; "
    "timing.jitter=0.1; ";

/// presentation, branch, source, tick, copy, core
using Sent = std::tuple<std::uint64_t, Branch, int, int, int, int>;

/// The simulation event by event, told when everything arrived, comes to the same states and bits.
void judge_links(const std::string& keys) {
    CAPTURE(keys);
    const VirtualRun run(congested + keys);
    const ChipOutcome found = run_on_chip(run);
    CHECK(conserved(found.outcome.counters));
    std::map<Sent, Time> arrived;
    for (const auto& [key, ends] : found.ends) {
        for (const PacketEnd& end : ends)
            arrived[{key.first, key.second, end.source, end.tick, end.copy, end.core}] = end.arrived;
    }
    const Placement placement = place(*run.scenario.chip, run.network.wiring.sizes(), run.scenario.timing.device_seed);
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    plain.carriage = [&](int presentation, Branch branch, const PlainEvent& message) -> Time {
        const std::uint64_t word = run.minibatch.presentations[static_cast<std::size_t>(presentation)];
        const int core = placement.core[static_cast<std::size_t>(message.target)];
        const auto end = arrived.find({word, branch, message.source, message.number, message.copy, core});
        return end == arrived.end() ? -1 : end->second;
    };
    const Outcome expected = plain.run(run.plan(), run.minibatch);
    CHECK(found.outcome.fingerprint == expected.fingerprint);
    CHECK(found.outcome.answers == expected.answers);
    for (std::size_t p = 0; p < expected.counters.size(); ++p) {
        CHECK(found.outcome.counters[p].spikes == expected.counters[p].spikes);
        CHECK(found.outcome.counters[p].ticks == expected.counters[p].ticks);
    }
    // By core, and so not by population.
    CHECK(total(found.outcome.counters).synaptic_operations == total(expected.counters).synaptic_operations);
    for (const Execution& how : {Execution{7, 2, 0, 0}, Execution{1, 3, 50'000, 1}}) {
        const ChipOutcome again = run_on_chip(run, how);
        CHECK(again.outcome.fingerprint == found.outcome.fingerprint);
        CHECK(again.outcome.counters == found.outcome.counters);
        CHECK(again.ends == found.ends);
    }
}

const std::vector<std::string> kinds = {"pulse", "level", "parity", "parity-held", "parity-2", "parity-2-held"};

}  // namespace

TEST_CASE("targets on a chip make of what arrives what a simulation event by event makes of it, for every link") {
    const std::vector<std::string> noises = {
        "phases.splitstream=true; chip.buffer=2",
        "learning.beta_sign=both; chip.buffer=1; chip.full=drop",
        "timing.loss=0.3; timing.burst=3; timing.duplication=0.3; timing.latency_jitter=0.4; chip.multicast=false; "
        "timing.latency=0.5; phases.splitstream=true; chip.placement=random",
        "chip.synapse=120 ns; faults.dead_links=0.3; faults.stuck_at_one=0.1; timing.drift=0.1",
    };
    for (const std::string& kind : kinds) {
        for (const std::string& noise : noises) judge_links(noise + "; timing.link=" + kind);
    }
}

TEST_CASE("without loss and with latencies that hardly differ parity links on a chip are what pulses are") {
    // Each neuron has a core of its own, and nobody waits: every packet takes as long, whoever else sends.
    const std::string alone =
        "chip.mesh=[7, 7]; chip.neurons_per_core=1; chip.encode=200 ns; timing.period=1 us; timing.phase=random; "
        "timing.jitter=0.1; phases.splitstream=true; timing.link=";
    const Outcome pulses = run_on_chip(VirtualRun(alone + "pulse")).outcome;
    for (const std::string kind : {"parity", "parity-held", "parity-2", "parity-2-held"}) {
        CAPTURE(kind);
        const Outcome outcome = run_on_chip(VirtualRun(alone + kind)).outcome;
        CHECK(same_states(outcome, pulses));
        CHECK(total(outcome.counters).messages > total(pulses.counters).messages);
    }
}

TEST_CASE("losses in bursts on a chip: a chain for each source and core, moved by draws of tick and copy") {
    constexpr double loss = 0.25, burst = 4;
    for (const std::string link : {"pulse", "level", "parity"}) {
        const VirtualRun run(congested +
                             "timing.loss=0.25; timing.burst=4; timing.duplication=0.4; timing.link=" + link);
        std::uint64_t lost = 0, all = 0, after_loss = 0, twice = 0;
        for (const auto& [key, ends] : run_on_chip(run).ends) {
            REQUIRE(key.second == Branch::main);
            const Stream words(run.scenario.seed, Purpose::chip_loss, key.first, 0);
            std::map<std::pair<int, int>, std::map<std::pair<int, int>, bool>> chains;
            for (const PacketEnd& end : ends)
                chains[{end.source, end.core}][{end.tick, end.copy}] = end.fate == MessageEnd::lost;
            for (const auto& [way, packets] : chains) {
                double chance = loss;
                bool before = false;
                for (const auto& [which, is_lost] : packets) {
                    const auto tick = static_cast<std::uint32_t>(which.first),
                               copy = static_cast<std::uint32_t>(which.second);
                    const PhiloxBlock word = words.block(static_cast<std::uint32_t>(way.first),
                                                         static_cast<std::uint32_t>(way.second), tick, copy);
                    REQUIRE(is_lost == (word[0] < chance * 0x1p32));
                    ++all;
                    lost += is_lost ? 1 : 0;
                    after_loss += before ? 1 : 0;
                    twice += before && is_lost ? 1 : 0;
                    before = is_lost;
                    chance = is_lost ? 1 - 1 / burst : loss / ((1 - loss) * burst);
                }
            }
        }
        REQUIRE(all > 2000);
        CHECK(std::abs(static_cast<double>(lost) / static_cast<double>(all) - loss) < 0.06);
        CHECK(std::abs(static_cast<double>(twice) / static_cast<double>(after_loss) - 0.75) < 0.06);
    }
}

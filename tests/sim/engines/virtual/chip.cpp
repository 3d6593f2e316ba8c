// Networks on a chip in virtual time: laws of its fabric, and the plain one as a judge of every arrival.
#include <doctest/doctest.h>

#include <mutex>

#include "models/chip/placement.hpp"
#include "sim/engines/virtual/chip_run.hpp"
#include "tests/sim/engines/virtual/plain_fabric.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

namespace settle {

namespace {

const std::string loihi =
    "chip.mesh=[3, 2]; chip.encode=5.1 ns; chip.link=2 ns; chip.hop_x=4.1 ns; chip.hop_y=6.5 ns; "
    "chip.decode=16 ns; chip.synapse=3.8 ns; timing.period=1 us; timing.phase=random; timing.jitter=0.1";

struct ChipOutcome {
    Outcome outcome;
    std::map<std::pair<std::uint64_t, Branch>, std::vector<PacketEnd>> ends;
};

ChipOutcome run_on_chip(const VirtualRun& run, const Execution& how = {}) {
    WorkerPool workers(how.threads);
    ChipOutcome result;
    std::mutex mutex;
    VirtualSettings settings = run.settings(how);
    settings.packets = [&](std::uint64_t presentation, Branch branch, const PacketEnd& end) {
        const std::lock_guard<std::mutex> lock(mutex);
        result.ends[{presentation, branch}].push_back(end);
    };
    const Device device = run.device();
    Network network = run.network;
    VirtualTime engine(network.wiring, neuron_model(run.scenario), device, settings, workers);
    derive_images(network, device.dead, false, engine.bits_a_window(), workers);
    result.outcome = engine.run(run.plan(), network, run.minibatch);
    for (auto& one : result.ends) std::sort(one.second.begin(), one.second.end());
    return result;
}

bool same_states(const Outcome& a, const Outcome& b) {
    return a.fingerprint == b.fingerprint && a.answers == b.answers &&
           a.counters.back().spikes == b.counters.back().spikes;
}

/// What the plain fabric makes of the firings of a branch that began with its presentation.
std::vector<PacketEnd> by_plain_fabric(const VirtualRun& run, const std::vector<PacketEnd>& seen, Time end) {
    const ChipSettings& chip = *run.scenario.chip;
    const std::uint64_t seed = run.scenario.timing.device_seed;
    const std::int64_t unit = run.device().settings.unit_ps;
    const Placement placement = place(chip, run.network.wiring.sizes(), seed);
    const DeadLinks dead = run.device().dead;
    std::map<std::pair<int, int>, int> targets;  // live links from a neuron to a core
    const Wiring& wiring = run.network.wiring;
    for (const Pathway& way : wiring.pathways()) {
        for (int i = 0; i < wiring.size(way.target); ++i) {
            const int core = placement.core[static_cast<std::size_t>(wiring.first_neuron(way.target) + i)];
            run.network.over(way).visit_row(!way.transposed, i, mask_of(dead, way.projection),
                                            [&](std::int32_t source, float) {
                                                ++targets[{wiring.first_neuron(way.source) + source, core}];
                                            });
        }
    }
    std::map<std::tuple<int, int, int>, PlainPacket> packets;
    for (const PacketEnd& one : seen) {
        if (one.fate == PacketEnd::Fate::lost) continue;
        PlainPacket& packet = packets[{one.source, one.tick, one.copy}];
        packet.sent = one.sent;
        packet.enters = one.sent * unit;
        packet.source = one.source;
        packet.tick = one.tick;
        packet.copy = one.copy;
        packet.targets[one.core] = targets.at({one.source, one.core});
    }
    std::vector<std::pair<int, PlainPacket>> all;
    for (const auto& [key, packet] : packets) {
        const int core = placement.core[static_cast<std::size_t>(packet.source)];
        if (chip.multicast) {
            all.emplace_back(core, packet);
            continue;
        }
        for (const auto& target : packet.targets) {
            PlainPacket one = packet;
            one.targets = {target};
            all.emplace_back(core, one);
        }
    }
    std::vector<PacketEnd> ends;
    for (const PlainEnd& one : PlainFabric(chip, seed).run(all)) {
        PacketEnd expected;
        expected.sent = packets.at({one.source, one.tick, one.copy}).sent;
        expected.source = one.source;
        expected.tick = one.tick;
        expected.core = one.core;
        expected.copy = static_cast<std::uint8_t>(one.copy);
        expected.fate = -1 - one.leaves <= end * unit ? PacketEnd::Fate::dropped : PacketEnd::Fate::expired;
        if (one.leaves >= 0) {
            expected.arrived = std::max((one.leaves + unit - 1) / unit, expected.sent + 1);
            expected.fate = PacketEnd::Fate::delivered;
            if (expected.arrived > end) {
                expected.arrived = -1;
                expected.fate = PacketEnd::Fate::expired;
            }
        }
        expected.hops = expected.fate == PacketEnd::Fate::delivered ? one.hops : 0;
        ends.push_back(expected);
    }
    std::sort(ends.begin(), ends.end());
    return ends;
}

void check_against_plain(const std::string& keys) {
    CAPTURE(keys);
    const VirtualRun run(keys);
    const ChipOutcome found = run_on_chip(run);
    CHECK(conserved(found.outcome.counters));
    std::uint64_t delivered = 0;
    for (const auto& [key, seen] : found.ends) {
        std::vector<PacketEnd> main = seen;
        for (PacketEnd& one : main) {
            delivered += one.fate == PacketEnd::Fate::delivered ? 1 : 0;
            if (one.fate != PacketEnd::Fate::delivered) one.hops = 0;
        }
        std::erase_if(main, [](const PacketEnd& one) { return one.fate == PacketEnd::Fate::lost; });
        std::sort(main.begin(), main.end());
        const Time end = run.scenario.timing.period * 19;
        const std::vector<PacketEnd> expected = by_plain_fabric(run, seen, end);
        REQUIRE(main.size() == expected.size());
        CHECK(main == expected);
    }
    CHECK(delivered > 400);
    CHECK(delivered == total(found.outcome.counters).deliveries);
    CHECK(total(found.outcome.counters).dropped == found.outcome.chip.dropped);
    const ChipOutcome again = run_on_chip(run, {7, 3, 0, 0});
    CHECK(again.outcome.fingerprint == found.outcome.fingerprint);
    CHECK(again.outcome.counters == found.outcome.counters);
    CHECK(again.outcome.chip == found.outcome.chip);
    CHECK(again.ends == found.ends);
}

}  // namespace

TEST_CASE("a chip without times and limits changes no bit") {
    for (const std::string keys :
         {"timing.phase=random; timing.jitter=0.2; timing.drift=0.02",
          "timing.phase=random; timing.link=level; phases.splitstream=true",
          "timing.jitter={ distribution = \"normal\", width = 0.1, accumulate = true }; learning.beta_sign=both",
          "faults.dead_links=0.2; faults.stuck_at_one=0.1; timing.phase=random"}) {
        CAPTURE(keys);
        const Outcome without = VirtualRun(keys + "; timing.latency=0.3").run();
        for (const std::string chip : {"chip.mesh=[3, 3]; chip.neurons_per_core=6",
                                       "chip.mesh=[2, 4]; chip.neurons_per_core=7; "
                                       "chip.placement=random; chip.multicast=false",
                                       "chip.mesh=[3, 1]; chip.placement=spread"}) {
            const ChipOutcome with = run_on_chip(VirtualRun(keys + "; timing.latency=0.3; " + chip));
            CHECK(same_states(without, with.outcome));
            CHECK(total(without.counters).synaptic_operations == total(with.outcome.counters).synaptic_operations);
            CHECK(conserved(with.outcome.counters));
        }
    }
}

TEST_CASE("a chip whose packets never meet is a chip of constant latencies") {
    // Every neuron has an encoder of its own, which takes 200 ns and has nothing else to do.
    const std::string keys = "timing.phase=random; timing.jitter=0.1; timing.period=1 us; ";
    const Outcome without = VirtualRun(keys + "timing.latency=200 ns").run();
    for (const std::string multicast : {"true", "false; chip.link=0 ns"}) {
        if (multicast != "true") continue;
        const ChipOutcome with = run_on_chip(VirtualRun(
            keys + "chip.mesh=[7, 7]; chip.neurons_per_core=1; chip.encode=200 ns; chip.multicast=" + multicast));
        CHECK(same_states(without, with.outcome));
    }
}

TEST_CASE("every arrival on a chip is where an independent event-by-event program puts it") {
    const std::string congested = loihi + "; chip.neurons_per_core=8; chip.synapse=40 ns; chip.link=60 ns";
    check_against_plain(congested);
    for (const std::string full : {"wait", "drop"}) {
        for (const std::string multicast : {"true", "false"}) {
            check_against_plain(congested + "; chip.buffer=1; chip.full=" + full + "; chip.multicast=" + multicast);
            check_against_plain(congested + "; chip.buffer=2; chip.placement=random; chip.full=" + full +
                                "; chip.multicast=" + multicast + "; chip.slow=0.3");
        }
    }
    check_against_plain(congested + "; chip.buffer=16; chip.cores_per_tile=3; chip.mesh=[2, 1]");
    check_against_plain(loihi +
                        "; chip.neurons_per_core=8; chip.buffer=1; timing.link=level; "
                        "faults.dead_links=0.3; timing.loss=0.2; timing.duplication=0.1");
}

TEST_CASE("forks copy what is in queues") {
    for (const std::string fork : {"phases.splitstream=true", "learning.beta_sign=both"}) {
        const VirtualRun run(loihi + "; chip.neurons_per_core=8; chip.synapse=60 ns; chip.buffer=2; " + fork);
        const ChipOutcome one = run_on_chip(run), other = run_on_chip(run, {1, 3, 0, 0});
        CHECK(conserved(one.outcome.counters));
        CHECK(total(one.outcome.counters).duplicated > 0);
        CHECK(one.outcome.fingerprint == other.outcome.fingerprint);
        CHECK(one.outcome.counters == other.outcome.counters);
        CHECK(one.outcome.chip == other.outcome.chip);
    }
}

TEST_CASE("times of a chip scale with its period") {
    const std::string keys =
        "timing.phase=random; timing.jitter=0.1; chip.mesh=[3, 2]; chip.neurons_per_core=8; "
        "chip.buffer=2; ";
    const ChipOutcome one = run_on_chip(VirtualRun(
        keys + "timing.period=1 us; chip.decode=16 ns; chip.synapse=3.8 ns; chip.link=20 ns; chip.hop_x=4 ns"));
    const ChipOutcome other = run_on_chip(VirtualRun(
        keys + "timing.period=1 ms; chip.decode=16 us; chip.synapse=3.8 us; chip.link=20 us; chip.hop_x=4 us"));
    CHECK(one.outcome.fingerprint == other.outcome.fingerprint);
    CHECK(one.outcome.counters == other.outcome.counters);
}

}  // namespace settle

// Small networks on a chip in virtual time, and the plain fabric as a judge of every arrival.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "models/chip/placement.hpp"
#include "sim/engines/virtual/chip_run.hpp"
#include "tests/sim/engines/virtual/plain_fabric.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

namespace settle {

struct ChipOutcome {
    Outcome outcome;
    std::map<std::pair<std::uint64_t, Branch>, std::vector<PacketEnd>> ends;
};

inline ChipOutcome run_on_chip(const VirtualRun& run, const Plan& plan, const Execution& how = {},
                               const EventSink& events = {}) {
    WorkerPool workers(how.threads);
    ChipOutcome result;
    std::mutex mutex;
    VirtualSettings settings = run.settings(how);
    if (plan.tables) settings.script.all = plan.tables->conditions;
    settings.packets = [&](std::uint64_t presentation, Branch branch, const PacketEnd& end) {
        const std::lock_guard<std::mutex> lock(mutex);
        result.ends[{presentation, branch}].push_back(end);
    };
    const Device device = run.device();
    Network network = run.network;
    VirtualTime engine(network.wiring, neuron_model(run.scenario), device, settings, workers);
    derive_images(network, device.dead, false, engine.bits_a_window(), workers);
    result.outcome = engine.run(plan, network, run.minibatch, nullptr, nullptr, events);
    for (auto& one : result.ends) std::sort(one.second.begin(), one.second.end());
    return result;
}

inline ChipOutcome run_on_chip(const VirtualRun& run, const Execution& how = {}) {
    return run_on_chip(run, run.plan(), how);
}

inline bool same_states(const Outcome& a, const Outcome& b) {
    return a.fingerprint == b.fingerprint && a.answers == b.answers &&
           a.counters.back().spikes == b.counters.back().spikes;
}

/// Live links from a neuron to a core.
using CoreTargets = std::map<std::pair<int, int>, int>;

inline CoreTargets core_targets(const VirtualRun& run, const DeadLinks& dead) {
    const Placement placement = place(*run.scenario.chip, run.network.wiring.sizes(), run.scenario.timing.device_seed);
    CoreTargets targets;
    const Wiring& wiring = run.network.wiring;
    for (const Pathway& way : wiring.pathways()) {
        for (int i = 0; i < wiring.size(way.target); ++i) {
            const int core = placement.core[static_cast<std::size_t>(wiring.first_neuron(way.target) + i)];
            run.network.over(way).visit_row(!way.transposed, i, mask_of(dead, way.projection),
                                            [&](std::int32_t source, float weight) {
                                                if (weight == 0) return;  // dead
                                                ++targets[{wiring.first_neuron(way.source) + source, core}];
                                            });
        }
    }
    return targets;
}

/// Which are alive at the time of a tick.
using TargetsAt = std::function<const CoreTargets&(Time sent)>;

/// What the plain fabric makes of the firings of a branch that began with its presentation.
inline std::vector<PacketEnd> by_plain_fabric(const VirtualRun& run, const std::vector<PacketEnd>& seen, Time end,
                                              const TargetsAt& targets) {
    const ChipSettings& chip = *run.scenario.chip;
    const std::uint64_t seed = run.scenario.timing.device_seed;
    const std::int64_t unit = run.device().settings.unit_ps;
    const Placement placement = place(chip, run.network.wiring.sizes(), seed);
    std::map<std::tuple<int, int, int>, PlainPacket> packets;
    for (const PacketEnd& one : seen) {
        if (one.fate == PacketEnd::Fate::lost) continue;
        PlainPacket& packet = packets[{one.source, one.tick, one.copy}];
        packet.sent = one.sent;
        packet.enters = one.sent * unit;
        packet.source = one.source;
        packet.tick = one.tick;
        packet.copy = one.copy;
        packet.targets[one.core] = targets(one.sent).at({one.source, one.core});
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

inline void check_against_plain(const VirtualRun& run, const Plan& plan, const TargetsAt& targets) {
    const ChipOutcome found = run_on_chip(run, plan);
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
        const std::vector<PacketEnd> expected = by_plain_fabric(run, seen, end, targets);
        REQUIRE(main.size() == expected.size());
        CHECK(main == expected);
    }
    CHECK(delivered > 400);
    CHECK(delivered == total(found.outcome.counters).deliveries);
    CHECK(total(found.outcome.counters).dropped == found.outcome.chip.dropped);
    const ChipOutcome again = run_on_chip(run, plan, {7, 3, 0, 0});
    CHECK(again.outcome.fingerprint == found.outcome.fingerprint);
    CHECK(again.outcome.counters == found.outcome.counters);
    CHECK(again.outcome.chip == found.outcome.chip);
    CHECK(again.ends == found.ends);
}

inline void check_against_plain(const VirtualRun& run) {
    const CoreTargets targets = core_targets(run, run.device().dead);
    check_against_plain(run, run.plan(), [&](Time) -> const CoreTargets& { return targets; });
}

}  // namespace settle

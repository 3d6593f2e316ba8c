// A presentation on a chip: firings become packets, whose fates are drawn, and the fabric carries them to the slices.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/chip/packet_noise.hpp"
#include "models/device/conditions.hpp"
#include "sim/engines/actors/segment.hpp"
#include "sim/engines/virtual/fabric.hpp"

namespace settle {

/// What all presentations on a chip share: its servers, and where packets go.
struct ChipPlan {
    ChipPlan(const Partition& partition, const Network& network, const DeadLinks& dead,
             const std::vector<DeadLinks>& severed);

    ChipSettings chip;
    Mesh mesh;
    Services services;
    std::vector<PacketRoutes> routes;         ///< of the links that live, then as Sever numbers them
    std::vector<std::int32_t> population_of;  ///< (neurons)
    Picoseconds least_encode = 0;             ///< of any packet
    std::vector<Picoseconds> least_decode;    ///< (cores) of any packet there
};

/// A neuron has ticked, and sends.
struct Firing {
    Time sent = 0;
    std::int32_t source = 0;
    std::int32_t tick = 0;  ///< from 1
    std::uint8_t bit = 1;   ///< parity links: ParityBits
    float lambda = 0;       ///< parity links: of the schedule, at this tick
};

/// Wants to see what becomes of every bit to a target core. Called from several workers at once.
using PacketWatch = std::function<void(std::uint64_t presentation, Branch branch, const PacketEnd& end)>;

/// Not thread-safe.
class ChipRun {
public:
    ChipRun(const Partition& partition, const ChipPlan& plan);

    void begin(const SliceInput& input, PopulationCounters& counters);
    /// `branch` is a copy of main.
    void fork(Branch branch, Time at);
    void enter(Branch branch);
    void alter(Branch branch, const Conditions& conditions);
    void sever(Branch branch, int links) { states_[static_cast<std::size_t>(branch)].links = links; }
    void end(Time at);

    /// Its packets enter the fabric; nothing that was asked for before may have left yet.
    void fire(const Firing& firing);
    Fabric& fabric() { return fabric_; }
    void watch(PacketWatch watch) { watch_ = std::move(watch); }
    /// Of all presentations since the last call.
    ChipFigures take_figures();

private:
    struct State {
        std::optional<Conditions> conditions;
        int links = -1;
        std::vector<Duration> latency;  ///< (neurons) from soma to encoder; empty: as the device has it
        std::vector<LossChain> chains;  ///< (PacketRoutes::chains) where losses come in bursts
    };

    std::vector<Duration> draw_latency(const Distribution& latency) const;
    void send_copy(const Firing& firing, int copy, std::span<const PacketTarget> targets);
    void count(Time at);
    void note(Branch branch, const PacketEnd& end);

    const Partition& partition_;
    const ChipPlan& plan_;
    Fabric fabric_;
    std::vector<Duration> latency_;  ///< (neurons)
    std::array<State, branches> states_;
    State* now_ = nullptr;
    std::optional<PacketNoise> noise_;
    SliceInput input_;
    PacketWatch watch_;
    PopulationCounters* counters_ = nullptr;
    std::vector<std::int32_t> chosen_;
};

}  // namespace settle

// What the packets of neurons ask of a chip, and what a presentation comes to period by period: what its price in
// joules is made of (sim/measures/energy_bill), beside the counters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engines/counters.hpp"

namespace settle {

/// Services that packets have had, of whatever they are counted for.
struct Traffic {
    std::uint64_t encodes = 0;  ///< by the encoder of their source
    std::uint64_t hops_x = 0;   ///< east or west
    std::uint64_t hops_y = 0;   ///< north or south
    std::uint64_t decodes = 0;  ///< by decoders of their targets

    bool operator==(const Traffic&) const = default;

    Traffic& operator+=(const Traffic& other) {
        encodes += other.encodes;
        hops_x += other.hops_x;
        hops_y += other.hops_y;
        decodes += other.decodes;
        return *this;
    }
};

inline Traffic operator*(const Traffic& one, std::uint64_t times) {
    return {one.encodes * times, one.hops_x * times, one.hops_y * times, one.decodes * times};
}

/// (populations 0..L) By the population that sends.
using PopulationTraffic = std::vector<Traffic>;

inline PopulationTraffic& operator+=(PopulationTraffic& sum, const PopulationTraffic& more) {
    sum.resize(std::max(sum.size(), more.size()));
    for (std::size_t l = 0; l < more.size(); ++l) sum[l] += more[l];
    return sum;
}

/// What one packet of every neuron asks for; without a target it sends none.
struct PacketTable {
    std::vector<Traffic> each;  ///< (neurons)
    std::vector<bool> even;     ///< (populations) whether all packets of it ask for the same
};

/// How the traffic of a presentation is counted.
struct PacketPlan {
    std::vector<PacketTable> tables;  ///< as Sever numbers what is dead, from -1 on
    bool decodes_deliveries = true;   ///< a decode is a message that arrives; else the packet's table has them
    bool by_period = false;           ///< what the free phase has come to is kept at every period end

    const PacketTable& table(int links) const { return tables[static_cast<std::size_t>(links + 1)]; }
};

/// What a stretch of time has come to, of all populations together.
struct Effort {
    std::uint64_t ticks = 0;
    std::uint64_t spikes = 0;
    std::uint64_t synaptic_operations = 0;
    Traffic traffic;

    bool operator==(const Effort&) const = default;

    Effort& operator+=(const Effort& other) {
        ticks += other.ticks;
        spikes += other.spikes;
        synaptic_operations += other.synaptic_operations;
        traffic += other.traffic;
        return *this;
    }
};

/// Of counters and traffic so far.
inline Effort effort_of(const PopulationCounters& counters, const PopulationTraffic& traffic, const PacketPlan& plan) {
    Effort effort;
    for (const Traffic& one : traffic) effort.traffic += one;
    if (plan.decodes_deliveries) effort.traffic.decodes = 0;
    for (const Counters& one : counters) {
        effort.ticks += one.ticks;
        effort.spikes += one.spikes;
        effort.synaptic_operations += one.synaptic_operations;
        if (plan.decodes_deliveries) effort.traffic.decodes += one.deliveries;
    }
    return effort;
}

/// What has been added since.
inline Effort operator-(const Effort& now, const Effort& before) {
    return {now.ticks - before.ticks,
            now.spikes - before.spikes,
            now.synaptic_operations - before.synaptic_operations,
            {now.traffic.encodes - before.traffic.encodes, now.traffic.hops_x - before.traffic.hops_x,
             now.traffic.hops_y - before.traffic.hops_y, now.traffic.decodes - before.traffic.decodes}};
}

}  // namespace settle

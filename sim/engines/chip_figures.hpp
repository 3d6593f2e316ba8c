// What the fabric of a chip did in a run: of every server and of all packets. Integers only, so that what is added up
// does not depend on the order: the same for any threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/chip/log_histogram.hpp"

namespace settle {

/// Sums of picoseconds over a whole run do not fit 64 bits.
__extension__ using WideCount = __int128;

/// Numbered as Mesh has them. Times are ps.
struct ServerFigures {
    std::uint64_t packets = 0;   ///< whose service has begun
    WideCount busy = 0;          ///< in service, not blocked; what a branch's end cuts off is not counted
    WideCount blocked = 0;       ///< done, but held by a packet that found no place
    WideCount queued = 0;        ///< integral of the number of packets in the queue, the one in service included
    std::int64_t queue_max = 0;  ///< packets, the one in service included
    WideCount waited = 0;        ///< from joining to the beginning of the service, all packets whose service has begun
    LogHistogram waits;          ///< of each of them
    std::uint64_t drops = 0;     ///< parts that found the queue full

    bool operator==(const ServerFigures&) const = default;
    ServerFigures& operator+=(const ServerFigures& other) {
        packets += other.packets;
        busy += other.busy;
        blocked += other.blocked;
        queued += other.queued;
        queue_max = std::max(queue_max, other.queue_max);
        waited += other.waited;
        waits += other.waits;
        drops += other.drops;
        return *this;
    }
};

/// Services that have begun for packets that a population has sent.
struct TrafficFigures {
    std::uint64_t encoded = 0, hops_x = 0, hops_y = 0, decoded = 0;

    bool operator==(const TrafficFigures&) const = default;
    TrafficFigures& operator+=(const TrafficFigures& other) {
        encoded += other.encoded;
        hops_x += other.hops_x;
        hops_y += other.hops_y;
        decoded += other.decoded;
        return *this;
    }
};

/// What the neurons of a core have done.
struct CoreFigures {
    std::uint64_t ticks = 0, spikes = 0, synaptic_operations = 0;

    bool operator==(const CoreFigures&) const = default;
    CoreFigures& operator+=(const CoreFigures& other) {
        ticks += other.ticks;
        spikes += other.spikes;
        synaptic_operations += other.synaptic_operations;
        return *this;
    }
};

/// Without servers: no chip, or one without virtual time.
struct ChipFigures {
    std::vector<ServerFigures> servers;       ///< (Mesh::servers())
    std::vector<TrafficFigures> populations;  ///< (populations) by source
    std::vector<CoreFigures> cores;           ///< (Mesh::cores())
    std::uint64_t packets = 0;                ///< that entered the fabric; without multicast one a target core
    std::uint64_t delivered = 0;              ///< bits that left the decoder of a core
    std::uint64_t hops = 0;                   ///< links that those have taken, in all
    std::uint64_t dropped = 0;                ///< bits to a target core that found a queue full
    WideCount latency = 0;                    ///< ps from fired to heard, in all
    LogHistogram latencies;                   ///< ps from fired to heard
    WideCount time = 0;                       ///< ps of all branches of all presentations: what busy is a fraction of

    bool empty() const { return servers.empty(); }
    bool operator==(const ChipFigures&) const = default;
    ChipFigures& operator+=(const ChipFigures& other) {
        servers.resize(std::max(servers.size(), other.servers.size()));
        for (std::size_t i = 0; i < other.servers.size(); ++i) servers[i] += other.servers[i];
        populations.resize(std::max(populations.size(), other.populations.size()));
        for (std::size_t i = 0; i < other.populations.size(); ++i) populations[i] += other.populations[i];
        cores.resize(std::max(cores.size(), other.cores.size()));
        for (std::size_t i = 0; i < other.cores.size(); ++i) cores[i] += other.cores[i];
        packets += other.packets;
        delivered += other.delivered;
        hops += other.hops;
        dropped += other.dropped;
        latency += other.latency;
        latencies += other.latencies;
        time += other.time;
        return *this;
    }
};

}  // namespace settle

// What happened in a run, counted the same way by every engine, for any number of threads and any shard size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace settle {

/// Of one population, or of all. Training and evaluation together. A message is one bit to one target population (scope
/// axon) or to one target (synapse).
struct Counters {
    std::uint64_t ticks = 0;       ///< neuron updates, layer 0 included
    std::uint64_t spikes = 0;      ///< bits of value 1, layer 0 included
    std::uint64_t messages = 0;    ///< sent to the populations that listen (nobody sends to layer 0)
    std::uint64_t deliveries = 0;  ///< messages that reached their target's sum
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;           ///< copies: by the link, or by a fork that copies what is in flight
    std::uint64_t expired = 0;              ///< in flight when their presentation or branch ended
    std::uint64_t synaptic_operations = 0;  ///< weights added to a target
    std::uint64_t dropped = 0;              ///< by a queue of the chip that was full

    bool operator==(const Counters&) const = default;

    Counters& operator+=(const Counters& other) {
        ticks += other.ticks;
        spikes += other.spikes;
        messages += other.messages;
        deliveries += other.deliveries;
        lost += other.lost;
        dropped += other.dropped;
        duplicated += other.duplicated;
        expired += other.expired;
        synaptic_operations += other.synaptic_operations;
        return *this;
    }

    /// Law 6, whenever nothing is in flight.
    bool conserved() const { return messages + duplicated == deliveries + lost + dropped + expired; }
};

/// (populations 0..L). Who ticks and spikes is counted where it ticks; a message, and whatever becomes of it, in the
/// population that it is addressed to: there it arrives, is held while it is in flight and costs its additions, and so
/// law 6 holds for every population by itself. Nobody sends to layer 0.
using PopulationCounters = std::vector<Counters>;

inline PopulationCounters& operator+=(PopulationCounters& sum, const PopulationCounters& more) {
    sum.resize(std::max(sum.size(), more.size()));
    for (std::size_t l = 0; l < more.size(); ++l) sum[l] += more[l];
    return sum;
}

inline Counters total(const PopulationCounters& counters) {
    Counters sum;
    for (const Counters& population : counters) sum += population;
    return sum;
}

/// Law 6, population by population.
inline bool conserved(const PopulationCounters& counters) {
    return std::all_of(counters.begin(), counters.end(), [](const Counters& one) { return one.conserved(); });
}

}  // namespace settle

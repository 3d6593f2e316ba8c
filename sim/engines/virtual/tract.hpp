// Tracts: how populations whose shards are small talk. What a neuron says to hundreds of shards is said once, in a log
// that all of them read; how far it has got is one of the promises of its population.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/aligned.hpp"
#include "core/broadcast.hpp"
#include "core/promises.hpp"
#include "sim/engines/actors/partition.hpp"

namespace settle {

/// A bit as it is said to a population, whoever hears it there.
struct Saying {
    Time at;    ///< when it arrives
    Time sent;  ///< the tick that sent it
    float lambda;
    std::uint8_t bit;
    std::uint8_t copy;
};

/// Whether a bit from one population to another goes through a tract, and not through a channel to each shard that
/// hears it. The one place that decides. With scope synapse each target is told something else, and on a chip the
/// fabric delivers.
bool has_tract(const Partition& partition, int source, int target);

/// From one population to another, in one presentation: a log for each neuron of the source.
class Tract {
public:
    /// `ring`: messages that a log has room for at first.
    Tract(const Partition& partition, int source, int target, const Promises& promises, std::uint32_t ring);

    /// Shard of the neuron, a number within the source.
    void say(std::int32_t neuron, const Saying& saying) {
        logs_[static_cast<std::size_t>(neuron)].say(saying, [this] { return all_heard(); });
    }
    /// The same, while no shard runs: everybody has heard all that it said.
    void clear(std::int32_t neuron) { logs_[static_cast<std::size_t>(neuron)].clear(); }

    int source() const { return source_; }
    int target() const { return target_; }
    /// Of the source.
    const Promises& promises() const { return promises_; }

private:
    friend class TractEar;
    Time all_heard() const;

    const int source_, target_;
    const Promises& promises_;
    std::vector<Broadcast<Saying>> logs_;
    /// (slices of the target) up to when each has heard all logs. Written by the slice's shard.
    AlignedVector<std::atomic<Time>> heard_;
};

/// What one slice hears of a tract. For its shard.
class TractEar {
public:
    /// `part`: of the slice, which is one of the tract's target.
    TractEar(Tract& tract, int part) : tract_(&tract), part_(part) {}

    /// Before it listens: hears a neuron of the source, in the source's slice `part`, as one of its own rows.
    void add(std::int32_t neuron, std::int32_t part, std::int32_t row);

    /// While no shard runs: time begins anew, and all logs are cleared.
    void start();

    /// Calls hear(row, saying) for everything that was sent up to `until` and is new. `until` is a least promise.
    template <class Hear>
    void listen(Time until, const Hear& hear);

    Tract& tract() const { return *tract_; }

private:
    struct Source {
        std::int32_t neuron, part, row;
        std::uint32_t next;  ///< of its log
    };

    Tract* tract_;
    int part_;
    std::vector<Source> sources_;
    std::vector<Time> silent_until_;  ///< (sources) nothing new was sent at or before this time
};

/// All tracts of a presentation, and the promises of all populations, once there is any.
struct Tracts {
    Tracts(const Partition& partition, std::uint32_t ring);

    /// Null: no tract.
    Tract* between(int source, int target) const;

    /// (populations) A speaker for each slice; who waits for them are shards. Empty: there are no tracts.
    std::vector<std::unique_ptr<Promises>> promises;
    std::vector<std::unique_ptr<Tract>> tracts;
    /// (populations) the shards that may wait, in the order of their numbers as waiters.
    std::vector<std::vector<int>> waiters;
};

template <class Hear>
void TractEar::listen(Time until, const Hear& hear) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        if (silent_until_[i] >= until) continue;
        Source& source = sources_[i];
        // The promise first, the log after: what a promise covers is in the log by then.
        const Time promised = tract_->promises_.of(source.part);
        const Time next = tract_->logs_[static_cast<std::size_t>(source.neuron)].listen(
            source.next, until, Promises::never, [&](const Saying& saying) { hear(source.row, saying); });
        silent_until_[i] = next == Promises::never ? promised : next - 1;
    }
    tract_->heard_[static_cast<std::size_t>(part_)].store(until, std::memory_order_release);
}

}  // namespace settle

// Tracts: how populations whose shards are small talk. What a neuron says to hundreds of shards is said once, and all
// of them read one list of what its population says; how far it has got is one of the promises of that population.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/chorus.hpp"
#include "sim/engines/actors/partition.hpp"

namespace settle {

/// A bit as it is said to a population, whoever hears it there.
struct Saying {
    Time at;    ///< when it arrives
    Time sent;  ///< the tick that sent it
    float lambda;
    std::int32_t neuron;  ///< that sent it, within its population
    std::uint8_t bit;
    std::uint8_t copy;
};

/// Whether a bit from one population to another goes through a tract, and not through a channel to each shard that
/// hears it: where a matrix joins them, and many small slices speak. With scope synapse each target is told something
/// else, and on a chip the fabric delivers. This and many_speak() decide, and nobody else.
bool has_tract(const Partition& partition, int source, int target);
/// So many neurons in so many slices, heard by so many slices.
bool many_speak(double neurons, double speakers, double listeners);

/// From one population to another, in one presentation. Voices: the neurons of the source; speakers: its slices;
/// listeners: the slices of the target, which are woken by the numbers of their shards.
struct Tract {
    int source, target;
    Chorus<Saying> chorus;
};

/// What one slice hears of a tract. For its shard.
class TractEar {
public:
    TractEar(Tract& tract, const Slice& slice, const Partition& partition);

    /// While no shard runs: time begins anew.
    void start() { tract_->chorus.restart_listener(part_, next_); }

    /// Everything up to this time can be heard.
    Time gathered() const { return tract_->chorus.gathered(); }
    /// Calls hear(row, saying) for everything that other shards sent and that is new. Returns up to when it has heard
    /// everything.
    template <class Hear>
    Time listen(const Hear& hear) {
        return tract_->chorus.listen(part_, next_, [&](const Saying& saying) {
            if (own_.empty() || !own_[static_cast<std::size_t>(saying.neuron)])
                hear(first_row_ + saying.neuron, saying);
        });
    }
    /// As Chorus::wait().
    template <class Poke>
    bool wait(Time until, const Poke& poke) const {
        return tract_->chorus.wait(part_, until, poke);
    }
    void wait_no_more() const { tract_->chorus.wait_no_more(part_); }

private:
    Tract* tract_;
    int part_;
    std::int32_t first_row_;  ///< of the source's neuron 0
    std::uint32_t next_ = 0;
    /// (neurons of the source) those of this shard, which hand over what they say; empty: there are none.
    std::vector<bool> own_;
};

/// All tracts of a presentation.
struct Tracts {
    /// `ring`: messages that a log has room for at first.
    Tracts(const Partition& partition, std::uint32_t ring);

    bool none() const { return tracts.empty(); }
    /// Null: no tract.
    Tract* between(int source, int target) const;
    /// While no shard runs: time begins anew.
    void start(Duration period);

    /// (populations) A speaker for each slice; empty: there are no tracts.
    std::vector<std::unique_ptr<Promises>> promises;
    std::vector<std::unique_ptr<Tract>> tracts;
    /// (populations) Slices of the input wait for those that hear them, lest they run away: by their parts.
    std::vector<std::unique_ptr<Waiters>> followed;
};

}  // namespace settle

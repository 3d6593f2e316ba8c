// What the coordinator hands to the shards of a presentation that runs, and what a shard's turn comes to: the same in
// virtual time and free-running.
#pragma once

#include <cstdint>
#include <vector>

#include "core/stop.hpp"
#include "models/neuron/neuron_model.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/event_journal.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// What a presentation is, for a slice; x and label are those that it begins with.
struct SliceInput {
    std::uint64_t presentation = 0;  ///< PresentationId::word()
    const float* x = nullptr;        ///< (padded inputs)
    int label = 0;
    bool jitter_changes = false;  ///< while it runs
    std::uint64_t seed = 0;       ///< of the noise
    const AnnealingTable* annealing = nullptr;
    const PacketPlan* packets = nullptr;  ///< null: nobody asks for the traffic

    // Where events are wanted; else as they are here.
    const EventSink* events = nullptr;
    std::int64_t minibatch = 0;
    int index = 0;                    ///< of the presentation in it
    Time ends[branches] = {};         ///< when each branch ends
    Time last_fork = -1;              ///< after it no branch begins
    EventJournal* journal = nullptr;  ///< of the slice's shard
};

/// Of the neurons of a slice: the one with the greatest state, the lowest number on a tie.
struct Foremost {
    float s = -1;
    std::int32_t neuron = 0;  ///< within the population
};

/// A stretch of a branch between two actions of the coordinator. Shards write the parts of it that are their neurons'.
/// Periods are ticks where there is no virtual time.
struct Segment {
    Branch branch = Branch::main;
    Branch noise = Branch::main;  ///< whose draws it takes: a free phase that is replayed, main's
    Time end = 0;                 ///< a period end
    std::int64_t begin = 0;       ///< period where it begins
    Duration period = 0;
    std::int64_t answers = 0;                   ///< the foremost output is kept at all period ends up to this one
    std::vector<Sample> samples;                ///< in order of time: s is added to the sums of a slot
    TickRows* rows = nullptr;                   ///< recording: a row for every period of the segment; null: none
    bool shows_input_bits = false;              ///< in the rows
    std::vector<Foremost>* foremost = nullptr;  ///< (periods x slices of the output) where `answers` asks for them
    Outcome* outcome = nullptr;
    int presentation = 0;             ///< index in the minibatch
    const StopCheck* stop = nullptr;  ///< asked once a window or a tick; turns throw Stopped
};

/// Begins the journal of one of so many shards, and tells its slices of it.
void begin_journal(SliceInput& input, int shards, EventJournal& journal);

/// Keeps everything that the segment asks for of a slice at a period end: `s` are the states of its lanes (layers
/// 1..L). `next_sample`: the slice's own place in the list of samples.
void keep_states(const Segment& segment, const Partition& partition, const Slice& slice, std::int64_t period,
                 const float* s, std::size_t& next_sample);

/// What a turn of a shard came to.
struct ShardTurn {
    bool finished = false;     ///< the segment's end was reached in it
    bool advanced = false;     ///< it got further
    WallDuration wake_at{-1};  ///< pace: it has nothing to do before this time of the steady clock; -1: it has
};

}  // namespace settle

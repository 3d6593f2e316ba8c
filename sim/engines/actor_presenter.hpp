// One live presentation of an engine of actors: its shards, and the coordinator that walks through the plan. The same
// in virtual time and free-running.
#pragma once

#include <memory>
#include <vector>

#include "sim/engines/segment.hpp"

namespace settle {

/// What is given for one presentation; nothing of it changes while it runs.
struct PresenterContext {
    const Plan* plan = nullptr;
    const Minibatch* minibatch = nullptr;
    const AnnealingTable* annealing = nullptr;
    const TickSink* sink = nullptr;
    const StopCheck* stop = nullptr;
    std::uint64_t seed = 1;
    Outcome* outcome = nullptr;  ///< each presentation writes rows of its own
};

/// A shard that must be run to the end of a phase once more to be nudged the other way (free-running hardware cannot be
/// copied with -beta) has `replay`; one that may leave bits in its channels at the end of a segment has `settle`.
/// Shard: VirtualShard or FreeShard. Not thread-safe but for the turns of its shards: whoever started a segment, or
/// ended it, calls the rest.
template <class Shard>
class ActorPresenter {
public:
    /// The shards of one presentation, joined by channels.
    ActorPresenter(const Chip& chip, std::vector<std::unique_ptr<Shard>> shards);

    void begin(const PresenterContext& context, int index);

    /// Acts at the instants of the plan until time has to go on, and starts that segment on all shards; false: the
    /// presentation is over.
    bool next_segment();

    std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }
    /// "nudged phase of presentation 17 of the minibatch"; for messages about what went wrong.
    std::string describe() const;

    /// Of all presentations since the last call.
    std::uint64_t take_results(PopulationCounters& counters);

private:
    void act(const Fork& fork);
    void act(const Nudge& nudge);
    void act(const Sample& sample);
    void act(const Reading& reading);
    void act(const End& end);
    void start_segment(Branch branch, std::int64_t to);
    void begin_rows();
    void finish_segment();
    void add_up();

    const Chip& chip_;
    std::vector<std::unique_ptr<Shard>> shards_;
    PresenterContext context_;
    int index_ = 0;
    std::size_t next_instant_ = 0;
    std::int64_t period_[branches] = {};  ///< up to where each branch has run
    bool running_ = false;                ///< a segment has been started and not yet been finished
    Segment segment_;
    TickRows rows_;
    std::vector<float> outputs_;  ///< (periods x outputs)
    PopulationCounters counters_;
    std::uint64_t fingerprint_ = 0;
};

}  // namespace settle

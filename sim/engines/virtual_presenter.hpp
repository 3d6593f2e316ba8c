// One live presentation in virtual time: its shards, and the coordinator that walks through the plan.
#pragma once

#include <memory>
#include <vector>

#include "sim/engines/virtual_shard.hpp"

namespace settle {

/// What is given for one presentation; nothing of it changes while it runs.
struct VirtualContext {
    const Plan* plan = nullptr;
    const Minibatch* minibatch = nullptr;
    const AnnealingTable* annealing = nullptr;
    const TickSink* sink = nullptr;
    std::uint64_t seed = 1;
    Outcome* outcome = nullptr;  ///< each presentation writes rows of its own
};

/// Not thread-safe but for the turns of its shards: whoever started a segment, or ended it, calls the rest.
class VirtualPresenter {
public:
    VirtualPresenter(const Chip& chip, const NeuronModel& model, Duration window, std::uint32_t ring);

    void begin(const VirtualContext& context, int index);

    /// Acts at the instants of the plan until time has to go on, and starts that segment on all shards; false: the
    /// presentation is over.
    bool next_segment();

    /// Runs a whole presentation on the calling thread, its shards by turns.
    void present(const VirtualContext& context, int index);

    std::vector<std::unique_ptr<VirtualShard>>& shards() { return shards_; }
    /// "nudged phase of presentation 17 of the minibatch"; for messages about what went wrong.
    std::string describe() const;

    /// Of all presentations since the last call.
    std::uint64_t take_results(PopulationCounters& counters);

private:
    void act(const Instant& instant);
    void read(const Instant& instant);
    void start_segment(Branch branch, std::int64_t to);
    void finish_segment();
    void add_up();

    const Chip& chip_;
    std::vector<std::unique_ptr<VirtualShard>> shards_;
    VirtualContext context_;
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

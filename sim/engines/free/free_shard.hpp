// A shard of a free-running presentation: the unit that a worker runs, an actor in core/actor. It ticks whenever it
// gets a turn, as long as it is not too far ahead of those that it listens or sends to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/channel.hpp"
#include "core/pacer.hpp"
#include "sim/engines/free/free_slice.hpp"

namespace settle {

/// How shards run.
struct FreeRules {
    std::int64_t max_lead = 4;  ///< a shard may tick when its tick count is at most this above the least around it
    WallDuration pace{0};       ///< of a tick; 0: as fast as the machine can
    int burst = 0;              ///< ticks in a row before others get a turn; 0: automatic
    std::uint32_t ring = 0;     ///< capacity of a channel; 0: automatic
    /// Called before every tick, for tests: it may stall, or throw.
    std::function<void(int shard, std::int64_t tick)> probe;
};

/// Law of the lead: a shard may tick when its tick count is at most max_lead above the least of all shards that it
/// listens to or sends to (inputs listen to nobody, and would run away). Else it registers with the laggard, looks
/// again and goes idle; the laggard pokes it when it has advanced. The slowest shard is never blocked, so nothing
/// deadlocks.
///
/// Law of the window: everything sent in ticks that a shard has published is in the rings. Whoever ticks has looked at
/// all tick counts first and drained the rings after, so between two ticks of its target a source lands at most
/// 2 max_lead + 2 bits: the target's last window took all bits up to its own tick count - max_lead - 1, and the source
/// cannot be beyond that tick count + max_lead + 1.
///
/// A bit that arrives gives nobody a turn: it waits in the ring for the next tick, or, after the last one, for the
/// coordinator, who puts what is left into the sums (settle()). Only a full ring has its receiver poked.
class FreeShard {
public:
    FreeShard(const Partition& partition, int shard, const NeuronModel& model, const FreeRules& rules);

    /// Joins the shards of one presentation by channels: where this one sends to, and whom it hears.
    static void connect(std::vector<std::unique_ptr<FreeShard>>& shards);

    // Called by the coordinator, while no shard runs.
    void begin(const SliceInput& input);
    void fork(Branch branch, Time at);
    void replay(Branch branch);
    void nudge(Branch branch, float beta);
    void present(Branch branch, const float* x, std::int32_t label, Time at);
    void alter(Branch branch, const Conditions& conditions, Time at);
    void restart_annealing(Branch branch, int population, Time at);
    void silence(Branch branch, const std::vector<std::int32_t>& neurons);
    void sever(Branch branch, int links);
    void start(const Segment& segment);
    void settle();
    void end(Branch branch, Time at);

    /// Called by one worker at a time: drains its channels, ticks as often as it may, sends. `poke(shard)` for those
    /// who have something to do because of it.
    template <class Poke>
    ShardTurn turn(const Poke& poke);

    /// Any thread: its tick count; what it sent until then is in the channels.
    std::int64_t progress() const { return progress_.load(std::memory_order_acquire); }

    int number() const { return shard_; }
    PopulationCounters& counters() { return counters_; }
    /// Where the plan asks for it.
    const PopulationTraffic& traffic() const { return traffic_; }
    /// (periods of the free phase) What was added in each.
    const std::vector<Effort>& efforts() const { return efforts_; }
    EventJournal& journal() { return journal_; }
    Asynchrony& asynchrony() { return asynchrony_; }

private:
    struct Out {
        int shard;
        Channel<BitBundle> channel;
    };
    struct In {
        int shard;
        Channel<BitBundle>* channel;
    };
    /// A shard that it listens to or sends to, or both.
    struct Neighbour {
        FreeShard* shard;
        int slot;  ///< this shard's place among the neighbours of that one
        bool is_heard;
    };
    struct OwnSlice {
        FreeSlice run;
        std::size_t next_sample = 0;
    };

    void meet(FreeShard& other, bool heard);
    int look();
    bool must_wait_for(int neighbour);
    bool is_due(ShardTurn& turn);
    void tick();
    void keep_results();
    void count_traffic();
    void look_around();
    void send_all();
    void receive(const BitBundle& bundle);
    template <class Poke>
    void hear(const Poke& poke);
    template <class Poke>
    void publish(const Poke& poke);
    template <class Poke>
    void make_room(const Poke& poke);

    const Partition& partition_;
    const int shard_;
    const FreeRules& rules_;
    std::vector<OwnSlice> own_;
    std::vector<int> own_of_slice_;  ///< (slices of the partition) index in own_, or -1
    std::vector<Out> out_;
    std::vector<int> out_of_slice_;  ///< (slices of the partition) index in out_, or -1
    std::vector<In> in_;
    std::vector<Neighbour> neighbours_;
    std::vector<const FreeShard*> all_;  ///< all of them, to see what is in flight

    Segment segment_;
    std::int64_t ticks_ = 0, end_ = 0;
    bool done_ = true;
    bool overflowing_ = false;
    std::int64_t slowest_source_ = 0, fastest_source_ = 0;  ///< tick counts when it looked last
    WallDuration started_{0};                               ///< the segment, on the steady clock
    PopulationCounters counters_;
    Asynchrony asynchrony_;
    const PacketPlan* packets_ = nullptr;  ///< null: nobody asks for the traffic
    PopulationTraffic traffic_;
    Effort counted_;               ///< that is in efforts_
    std::vector<Effort> efforts_;  ///< of a presentation's free phase
    EventJournal journal_;

    /// Written by this shard, read by its neighbours. A neighbour that waits sets its flag first, then says that there
    /// is one, then looks at the progress again; this shard publishes its progress first and asks for waiters then: one
    /// of the two sees the other.
    alignas(64) std::atomic<std::int64_t> progress_{0};
    std::atomic<std::uint64_t> sent_{0}, received_{0};  ///< messages; sent: but for those that are lost
    alignas(64) std::atomic<bool> anybody_waits_{false};
    std::unique_ptr<std::atomic<bool>[]> waits_;  ///< (neighbours)
};

template <class Poke>
ShardTurn FreeShard::turn(const Poke& poke) {
    ShardTurn result;
    for (int ticks = 0;;) {
        if (segment_.stop) give_up_if(*segment_.stop);
        // The tick counts first, the rings after: what a tick count covers is in the ring by then.
        const int laggard = look();  // [lead.look]
        hear(poke);                  // [lead.covered]
        if (overflowing_) make_room(poke);
        if (overflowing_) break;
        if (ticks_ == end_) {
            result.finished = !done_;
            done_ = true;
            break;
        }
        if (laggard >= 0) {
            if (must_wait_for(laggard)) break;
            continue;
        }
        if (rules_.pace.count() > 0 && !is_due(result)) break;
        if (ticks == rules_.burst) {
            poke(shard_);
            break;
        }
        if (rules_.probe) rules_.probe(shard_, ticks_ + 1);
        tick();
        send_all();
        ++ticks;
        result.advanced = true;
        if (overflowing_) {
            make_room(poke);
        } else {
            publish(poke);
        }
    }
    return result;
}

template <class Poke>
void FreeShard::hear(const Poke& poke) {
    for (const In& in : in_) {
        if (in.channel->drain([this](const BitBundle& bundle) { receive(bundle); }) > 0 && in.channel->sender_waits())
            poke(in.shard);
    }
}

template <class Poke>
void FreeShard::publish(const Poke& poke) {
    progress_.store(ticks_, std::memory_order_release);                      // [lead.publish]
    if (!anybody_waits_.exchange(false, std::memory_order_acq_rel)) return;  // [lead.ask]
    for (std::size_t i = 0; i < neighbours_.size(); ++i) {
        if (!waits_[i].exchange(false, std::memory_order_acq_rel)) continue;
        poke(neighbours_[i].shard->number());  // [lead.poke]
    }
}

/// Moves what did not fit into the rings; whoever is to drain them gets a turn.
template <class Poke>
void FreeShard::make_room(const Poke& poke) {
    overflowing_ = false;
    for (Out& out : out_) {
        if (out.channel.flush()) continue;
        overflowing_ = true;
        poke(out.shard);  // [lead.full]
    }
    if (!overflowing_) publish(poke);
}

}  // namespace settle

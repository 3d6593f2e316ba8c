// A shard of one presentation in virtual time: the unit that a worker runs, an actor in core/actor. It advances on
// its own as far as the others' promises let it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/channel.hpp"
#include "sim/engines/virtual/slice_run.hpp"
#include "sim/engines/virtual/tract.hpp"

namespace settle {

/// Conservative synchronization (Chandy and Misra 1979, Bryant 1977): nothing is ever taken back.
///
/// Law of its turn: deliveries and ticks happen in windows, slice by slice. A slice's window ends before anything that
/// is not known yet could arrive: no source sends before its next tick, and no bit arrives sooner than the lookahead
/// after it was sent. So of two populations that hear each other, each goes two lookaheads further at a time.
class VirtualShard final : public Outbox {
public:
    /// `window`: the longest window; 0: no limit but the law's. `ring`: capacity of channels.
    VirtualShard(const Partition& partition, int shard, const NeuronModel& model, Duration window, std::uint32_t ring);

    /// Joins the shards of one presentation by channels and tracts: where this one sends to, and whom it hears.
    static void connect(std::vector<std::unique_ptr<VirtualShard>>& shards);

    // Called by the coordinator, while no shard runs.
    void begin(const SliceInput& input);
    void fork(Branch branch, Time at);
    void nudge(Branch branch, float beta);
    void present(Branch branch, const float* x, std::int32_t label, Time at);
    void alter(Branch branch, const Conditions& conditions, Time at);
    void silence(Branch branch, const std::vector<std::int32_t>& neurons);
    void sever(Branch branch, int links);
    void restart_annealing(Branch branch, int population, Time at);
    void start(const Segment& segment);
    void end(Branch branch, Time at);

    /// Called by one worker at a time: drains its channels, advances as far as it can, sends. `poke(shard)` for those
    /// who have something to do because of it.
    template <class Poke>
    ShardTurn turn(const Poke& poke);

    /// Any thread: everything that was sent to others at or before this time is in the channels. One atomic that
    /// listeners read stands in for the null messages of Chandy, Misra and Bryant.
    Time promise() const { return promise_.load(std::memory_order_acquire); }
    /// Any thread, for the watchdog: how far it has got, whether or not others hear it.
    Time progress() const { return progress_.load(std::memory_order_relaxed); }

    bool done() const { return done_; }
    int number() const { return shard_; }
    PopulationCounters& counters() { return counters_; }
    /// Where the plan asks for it.
    const PopulationTraffic& traffic() const { return traffic_; }
    /// (periods of the free phase) What was added in each.
    const std::vector<Effort>& efforts() const { return efforts_; }
    std::uint64_t& fingerprint() { return fingerprint_; }
    EventJournal& journal() { return journal_; }

    void send(const Message& message) override;
    void fire(const Firing& firing) override { fired_.push_back(firing); }

    /// On a chip: what its fabric did in all presentations since the last call.
    ChipFigures take_chip_figures() { return chip_ ? chip_->take_figures() : ChipFigures(); }
    void watch(const PacketWatch& watch) {
        if (chip_) chip_->watch(watch);
    }

private:
    struct Out {
        int shard;
        Channel<Message> channel;
        bool moved = false;             ///< something went into the ring in this turn
        Time unsent = SliceRun::never;  ///< nothing in its overflow was sent before
    };
    struct In {
        VirtualShard* shard;
        Channel<Message>* channel;
    };

    void receive(const Message& message);
    /// A slice, and how far its readings have come.
    struct OwnSlice {
        explicit OwnSlice(SliceRun&& one) : run(std::move(one)) {}

        SliceRun run;
        std::size_t next_sample = 0;
        std::vector<int> hears;         ///< own slices that it hears
        std::vector<int> heard_by;      ///< own slices that hear it
        bool hears_others = false;      ///< it hears other shards
        bool heard_by_others = false;   ///< other shards hear it
        std::vector<TractEar> ears;     ///< what it hears by tracts
        std::vector<Tract*> speaks_to;  ///< what others hear it by
        Promises* promises = nullptr;   ///< of its population; null: there are no tracts
        Waiters* followed = nullptr;    ///< the same: inputs that wait for these
        Time promised = -1;             ///< its own one there
    };
    /// Who hears inputs of this shard by a tract, and the shard's place among those that wait for it.
    struct Follower {
        const Promises* promises;
        Waiters* waiters;
        int waiter;
    };

    bool advance();
    std::uint64_t ticks() const;
    void start_on_chip(const Segment& segment);
    bool advance_on_chip();
    void advance_on_chip(std::size_t number, Time at, Time stop);
    Time next_bit(const OwnSlice& own) const;
    void inject_ahead(Time until);
    void catch_up(OwnSlice& own, Time to);
    Time next_count(Time reached) const;
    void count_period(Time end);
    Traffic count_services();
    /// What a slice does in `act` is done by the core that it lives in.
    template <class Act>
    void in_core(const OwnSlice& own, const Act& act) {
        if (!chip_) return act();
        const Counters& counter = counters_[static_cast<std::size_t>(own.run.slice().population)];
        const CoreFigures before{counter.ticks, counter.spikes, counter.synaptic_operations};
        act();
        chip_->fabric().figures.cores[static_cast<std::size_t>(own.run.slice().core)] +=
            {counter.ticks - before.ticks, counter.spikes - before.spikes,
             counter.synaptic_operations - before.synaptic_operations};
    }
    void advance(OwnSlice& own, Time to);
    void advance_run(OwnSlice& own, Time to, bool complete);
    bool counts_periods(std::int64_t passed) const;
    Time window_end(const OwnSlice& own) const;
    bool shows(const OwnSlice& own) const;
    Time next_stop(const OwnSlice& own) const;
    void at_period_end(OwnSlice& own);
    void record_bits(SliceRun& run, std::int64_t period);
    Time now() const;
    void flush();
    bool make_room();
    void publish();
    Time promise_of(const OwnSlice& own) const;

    // What there is for tracts.
    static void join_tracts(std::vector<std::unique_ptr<VirtualShard>>& shards, const std::shared_ptr<Tracts>& tracts);
    void start_tracts();
    void listen();
    template <class Poke>
    void raise(const Poke& poke);
    bool must_not_lead(const OwnSlice& own) const;
    Time followed() const;
    Time needs_heard() const;
    Time needs_not_to_lead(const OwnSlice& input) const;
    Time needs_followed() const;
    const TractEar* least_heard(Time until) const;
    const Follower* behind(Time until) const;
    template <class Poke>
    bool rest(const Poke& poke);
    void wait_no_more();

    const Partition& partition_;
    const int shard_;
    const Duration window_;
    const std::uint32_t ring_;
    std::vector<OwnSlice> own_;  ///< as Partition::slices_of_shard has them
    std::vector<Out> out_;
    std::vector<int> out_of_slice_;  ///< (slices of the partition) index in out_, or -1; empty: there are no channels
    std::vector<In> in_;
    std::shared_ptr<Tracts> tracts_;   ///< of all shards of the presentation
    std::vector<Follower> followers_;  ///< they must not be left behind
    Time heard_until_ = -1;            ///< everything that was sent by tracts up to here has been received
    Time told_ = SliceRun::never;      ///< least promise of channels, read before they were drained
    const TractEar* waits_for_ = nullptr;
    const Follower* waits_for_follower_ = nullptr;

    std::unique_ptr<ChipRun> chip_;  ///< null: no chip
    std::vector<Firing> fired_;      ///< in the window at hand
    std::vector<Firing> ahead_;      ///< of inputs, by time
    std::size_t injected_ = 0;       ///< so many of them have entered the fabric
    Fabric::Deliver deliver_;
    // (own slices) Side by side, since every window looks at all of them: the next tick, and up to where all is taken.
    std::vector<Time> next_ticks_, reached_;
    std::vector<TrafficFigures> services_;  ///< (populations) that traffic_ has already
    Effort counted_;                        ///< that efforts_ have already, or that was before the segment

    Segment segment_;
    bool done_ = true;
    Time known_ = 0;      ///< least promise of those that this shard hears, read before the rings were drained
    Time promised_ = -1;  ///< the last value of promise_
    bool overflowing_ = false;
    PopulationCounters counters_;
    std::uint64_t fingerprint_ = 0;
    const PacketPlan* packets_ = nullptr;  ///< null: nobody asks for the traffic
    PopulationTraffic traffic_;
    std::vector<Effort> efforts_;  ///< of a presentation's free phase
    EventJournal journal_;

    /// Everything sent at or before this time is in the rings. Written by this shard, read by those that hear it.
    alignas(64) std::atomic<Time> promise_{-1};
    std::atomic<Time> progress_{-1};
};

template <class Poke>
ShardTurn VirtualShard::turn(const Poke& poke) {
    // The promises first, the rings after: what a promise covers is in the ring by then.
    ShardTurn result;
    if (tracts_) wait_no_more();
    Time known = SliceRun::never;
    for (const In& in : in_) known = std::min(known, in.shard->promise());
    told_ = known;
    for (const In& in : in_) {
        if (in.channel->drain([this](const Message& message) { receive(message); }) > 0 && in.channel->sender_waits())
            poke(in.shard->number());
    }
    listen();
    known_ = std::min(told_, heard_until_);
    const Time came_from = now();
    bool goes_on = false;
    do {
        flush();
        goes_on = !overflowing_ && advance();
    } while (overflowing_ && make_room());
    result.advanced = now() > came_from;
    const Time before = promised_;
    publish();
    const bool promises_more = promised_ > before;
    for (Out& out : out_) {
        if (promises_more || out.moved) poke(out.shard);
        out.moved = false;
    }
    raise(poke);
    if (!done_ && now() == segment_.end && heard_until_ >= segment_.end && !overflowing_)
        done_ = result.finished = true;
    if (goes_on || (tracts_ && !rest(poke))) poke(shard_);
    return result;
}

/// Tells those who hear it by tracts how far it has got, and wakes who has waited for that.
template <class Poke>
void VirtualShard::raise(const Poke& poke) {
    if (!tracts_) return;
    for (OwnSlice& own : own_) {
        const Time promise = promise_of(own);
        if (promise == own.promised) continue;
        own.promised = promise;
        if (!own.promises->raise(own.run.slice().part, promise)) continue;
        own.followed->wake(own.promises->least(), poke);
        for (Tract* tract : own.speaks_to) tract->chorus.promised(poke);
    }
}

/// Has itself woken once there is something to do, where tracts can tell; channels poke. False: there is something
/// already.
template <class Poke>
bool VirtualShard::rest(const Poke& poke) {
    if (done_ || overflowing_) return true;
    const Time heard = needs_heard(), follows = needs_followed();
    while (true) {
        wait_no_more();
        waits_for_ = least_heard(heard);
        waits_for_follower_ = behind(follows);
        if (heard != SliceRun::never && !waits_for_ && told_ >= heard) return false;
        if (follows != SliceRun::never && !waits_for_follower_) return false;
        // Who has got there meanwhile wakes nobody: look again.
        if (waits_for_ && !waits_for_->wait(heard, poke)) continue;
        if (!waits_for_follower_) return true;
        waits_for_follower_->waiters->wait(waits_for_follower_->waiter, follows);
        if (waits_for_follower_->promises->least() < follows) return true;
    }
}

}  // namespace settle

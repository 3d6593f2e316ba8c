#include "sim/engines/free/free_shard.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <set>

namespace settle {

FreeShard::FreeShard(const Partition& partition, int shard, const NeuronModel& model, const FreeRules& rules)
    : partition_(partition),
      shard_(shard),
      rules_(rules),
      own_of_slice_(partition.slices.size(), -1),
      out_of_slice_(partition.slices.size(), -1),
      counters_(static_cast<std::size_t>(partition.wiring.populations())) {
    assert(rules.max_lead >= 1 && rules.burst >= 1 && rules.ring >= 1);
    for (const int index : partition.slices_of_shard[static_cast<std::size_t>(shard)]) {
        own_of_slice_[static_cast<std::size_t>(index)] = static_cast<int>(own_.size());
        own_.push_back({FreeSlice(partition, partition.slices[static_cast<std::size_t>(index)], model), 0});
    }
}

void FreeShard::connect(std::vector<std::unique_ptr<FreeShard>>& shards) {
    for (auto& from : shards) {
        std::set<int> targets;
        for (const OwnSlice& own : from->own_) {
            for (const Route& route : own.run.slice().routes) {
                for (const Route::Address& to : route.addresses)
                    targets.insert(from->partition_.slices[static_cast<std::size_t>(to.slice)].shard);
            }
        }
        targets.erase(from->shard_);
        from->out_.reserve(targets.size());
        for (const int target : targets) {
            from->out_.push_back({target, Channel<BitBundle>(from->rules_.ring)});
            for (const int slice : from->partition_.slices_of_shard[static_cast<std::size_t>(target)])
                from->out_of_slice_[static_cast<std::size_t>(slice)] = static_cast<int>(from->out_.size()) - 1;
        }
        for (Out& out : from->out_) {
            FreeShard& to = *shards[static_cast<std::size_t>(out.shard)];
            to.in_.push_back({from->shard_, &out.channel});
            to.meet(*from, true);
            from->meet(to, false);
        }
    }
    for (auto& shard : shards) {
        shard->waits_ = std::make_unique<std::atomic<bool>[]>(shard->neighbours_.size());
        for (Neighbour& neighbour : shard->neighbours_) {
            const auto& theirs = neighbour.shard->neighbours_;
            const auto me = std::find_if(theirs.begin(), theirs.end(),
                                         [&](const Neighbour& other) { return other.shard == shard.get(); });
            neighbour.slot = static_cast<int>(me - theirs.begin());
        }
        for (const auto& other : shards) shard->all_.push_back(other.get());
    }
}

void FreeShard::meet(FreeShard& other, bool heard) {
    for (Neighbour& neighbour : neighbours_) {
        if (neighbour.shard != &other) continue;
        neighbour.is_heard = neighbour.is_heard || heard;
        return;
    }
    neighbours_.push_back({&other, 0, heard});
}

void FreeShard::begin(const SliceInput& input) {
    SliceInput journalled = input;
    begin_journal(journalled, partition_.shards(), journal_);
    for (OwnSlice& own : own_) own.run.begin(journalled);
    std::fill(counters_.begin(), counters_.end(), Counters());
    packets_ = input.packets;
    traffic_.assign(packets_ ? counters_.size() : 0, Traffic());
    counted_ = {};
    efforts_.clear();
    sent_.store(0, std::memory_order_relaxed);
    received_.store(0, std::memory_order_relaxed);
}

void FreeShard::fork(Branch branch, Time /*at*/) {
    for (OwnSlice& own : own_) own.run.fork(branch);
}

void FreeShard::replay(Branch branch) {
    for (OwnSlice& own : own_) own.run.replay(branch);
}

void FreeShard::nudge(Branch branch, float beta) {
    for (OwnSlice& own : own_) own.run.nudge(branch, beta);
}

void FreeShard::present(Branch branch, const float* x, std::int32_t label, Time /*at*/) {
    for (OwnSlice& own : own_) own.run.present(branch, x, label);
}

void FreeShard::alter(Branch branch, const Conditions& conditions, Time /*at*/) {
    for (OwnSlice& own : own_) own.run.alter(branch, conditions);
}

void FreeShard::silence(Branch branch, const std::vector<std::int32_t>& neurons) {
    for (OwnSlice& own : own_) own.run.silence(branch, neurons);
}

void FreeShard::sever(Branch branch, int links) {
    for (OwnSlice& own : own_) own.run.sever(branch, links);
}

void FreeShard::restart_annealing(Branch branch, int population, Time /*at*/) {
    for (OwnSlice& own : own_) {
        if (population < 0 || population == own.run.slice().population) own.run.restart_annealing(branch);
    }
}

void FreeShard::start(const Segment& segment) {
    segment_ = segment;
    ticks_ = segment.begin;
    end_ = segment.end / segment.period;
    done_ = false;
    journal_.enter(segment.branch);
    for (OwnSlice& own : own_) {
        own.run.enter(segment.branch, segment.noise);
        own.next_sample = 0;
        assert(own.run.ticks() == ticks_);
    }
    progress_.store(ticks_, std::memory_order_relaxed);
    anybody_waits_.store(false, std::memory_order_relaxed);
    for (std::size_t i = 0; i < neighbours_.size(); ++i) waits_[i].store(false, std::memory_order_relaxed);
    if (rules_.pace.count() > 0) started_ = Pacer::now();
}

/// Every bit sent is in its target's sum after that.
void FreeShard::settle() {
    assert(!overflowing_ && ticks_ == end_);
    hear([](int) {});
    for (OwnSlice& own : own_) {
        if (!own.run.slice().clamped) own.run.settle();
    }
}

void FreeShard::end(Branch /*branch*/, Time /*at*/) {
    // A segment has ended, so nothing is in flight that could expire.
    assert(done_);
}

/// The tick counts around: whom it would be too far ahead of, or -1.
int FreeShard::look() {
    int laggard = -1;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    slowest_source_ = least;
    fastest_source_ = -1;
    for (std::size_t i = 0; i < neighbours_.size(); ++i) {
        const std::int64_t ticks = neighbours_[i].shard->progress();
        if (ticks < least) {
            least = ticks;
            laggard = static_cast<int>(i);
        }
        if (!neighbours_[i].is_heard) continue;
        slowest_source_ = std::min(slowest_source_, ticks);
        fastest_source_ = std::max(fastest_source_, ticks);
    }
    // Written so that nothing can overflow.
    return laggard >= 0 && ticks_ - least > rules_.max_lead ? laggard : -1;
}

/// Registers with a laggard; false: it has advanced meanwhile.
bool FreeShard::must_wait_for(int neighbour) {
    const Neighbour& laggard = neighbours_[static_cast<std::size_t>(neighbour)];
    std::atomic<bool>& flag = laggard.shard->waits_[static_cast<std::size_t>(laggard.slot)];
    flag.store(true, std::memory_order_relaxed);  // [lead.flag]
    // Exchanged and not stored: the laggard, who takes it by an exchange, then sees the flags of all who said so.
    laggard.shard->anybody_waits_.exchange(true, std::memory_order_acq_rel);  // [lead.register]
    if (ticks_ - laggard.shard->progress() <= rules_.max_lead) return false;  // [lead.recheck]
    ++asynchrony_.blocked;
    return true;
}

/// Tick k of a segment is due at its start + (k - 1) paces; it is late, but not skipped, when the next one is due, too.
bool FreeShard::is_due(ShardTurn& turn) {
    // A failed run must not wait for long.
    constexpr WallDuration longest_sleep = std::chrono::milliseconds(100);
    const WallDuration now = Pacer::now();
    const WallDuration passed = now - started_;
    const std::int64_t done = ticks_ - segment_.begin;
    if (passed / rules_.pace < done) {
        const WallDuration rest = rules_.pace - passed % rules_.pace;
        turn.wake_at = now + std::min(rest, longest_sleep);
        return false;
    }
    if (passed / rules_.pace > done) ++asynchrony_.late;
    return true;
}

void FreeShard::tick() {
    if (fastest_source_ >= 0) {
        const auto above = [](std::int64_t a, std::int64_t b) {
            return static_cast<std::uint64_t>(std::max<std::int64_t>(a - b, 0));
        };
        const std::uint64_t lead = above(ticks_, slowest_source_), lag = above(fastest_source_, ticks_);
        ++asynchrony_.looks;
        asynchrony_.lead_sum += lead;
        asynchrony_.lead_max = std::max(asynchrony_.lead_max, lead);
        asynchrony_.lag_sum += lag;
        asynchrony_.lag_max = std::max(asynchrony_.lag_max, lag);
    }
    // All tick before anything is sent, so that who shares a shard hears of it at the next tick, as others do.
    for (OwnSlice& own : own_) own.run.tick(counters_, asynchrony_);
    ++ticks_;
    if (packets_) count_traffic();
    keep_results();
}

/// What a tick has sent, and what had arrived before it, is of its period.
void FreeShard::count_traffic() {
    for (const OwnSlice& own : own_) own.run.count_traffic(traffic_);
    if (!packets_->by_period || ticks_ > segment_.answers) return;
    efforts_.resize(static_cast<std::size_t>(segment_.answers));
    const Effort now = effort_of(counters_, traffic_, *packets_);
    efforts_[static_cast<std::size_t>(ticks_ - 1)] = now - counted_;
    counted_ = now;
}

void FreeShard::keep_results() {
    for (OwnSlice& own : own_) {
        const Slice& slice = own.run.slice();
        if (journal_.spikes()) own.run.note_spikes(journal_);
        if (segment_.rows) {
            const auto row = static_cast<std::size_t>(ticks_ - 1 - segment_.begin);
            const auto neurons = static_cast<std::size_t>(partition_.wiring.neurons());
            own.run.take_bits(segment_.rows->bits.data() + row * neurons + slice.first_neuron);
        }
        if (!slice.clamped) keep_states(segment_, partition_, slice, ticks_, own.run.states(), own.next_sample);
    }
}

void FreeShard::send_all() {
    std::uint64_t sent = 0;
    for (const Counters& counter : counters_) sent += counter.messages - counter.lost;
    // Before the bits themselves, so that nobody counts more received than sent.
    sent_.store(sent, std::memory_order_relaxed);
    for (const OwnSlice& own : own_) {
        own.run.send([this](const BitBundle& bundle) {
            const auto slice = static_cast<std::size_t>(bundle.slice);
            if (own_of_slice_[slice] >= 0) return receive(bundle);
            if (out_[static_cast<std::size_t>(out_of_slice_[slice])].channel.send(bundle)) overflowing_ = true;
        });
    }
    std::uint64_t received = 0;
    for (const Counters& counter : counters_) received += counter.deliveries;
    received_.store(received, std::memory_order_release);
    // They take turns, so that it costs as much as looking at one's neighbours.
    if (ticks_ % static_cast<std::int64_t>(all_.size()) == shard_) look_around();
}

/// Messages in flight: received is read before sent, so that the difference is never negative.
void FreeShard::look_around() {
    std::uint64_t received = 0, sent = 0;
    for (const FreeShard* shard : all_) received += shard->received_.load(std::memory_order_acquire);
    for (const FreeShard* shard : all_) sent += shard->sent_.load(std::memory_order_relaxed);
    assert(sent >= received);
    ++asynchrony_.flights;
    asynchrony_.flight_sum += sent - received;
    asynchrony_.flight_max = std::max(asynchrony_.flight_max, sent - received);
}

void FreeShard::receive(const BitBundle& bundle) {
    own_[static_cast<std::size_t>(own_of_slice_[static_cast<std::size_t>(bundle.slice)])].run.receive(bundle,
                                                                                                      counters_);
}

}  // namespace settle

#include "sim/engines/virtual/virtual_shard.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace settle {

VirtualShard::VirtualShard(const Partition& partition, int shard, const NeuronModel& model, Duration window,
                           std::uint32_t ring)
    : partition_(partition),
      shard_(shard),
      window_(window),
      ring_(ring),
      counters_(static_cast<std::size_t>(partition.wiring.populations())) {
    const std::vector<int>& numbers = partition.slices_of_shard[static_cast<std::size_t>(shard)];
    for (const int index : numbers) {
        own_.emplace_back(SliceRun(partition, partition.slices[static_cast<std::size_t>(index)], model));
    }
    if (partition.chip) {
        chip_ = std::make_unique<ChipRun>(partition, *partition.chip);
        deliver_ = [this](const PacketTarget& target, const Injection& bit, Time arrives, Time order) {
            Message message;
            message.at = arrives;
            message.sent = order;  // of two bits of one source the one that left later holds
            message.bit = bit.bit;
            message.lambda = bit.lambda;
            for (const PacketTarget::Row& row : target.rows) {
                message.slice = row.slice;
                message.row = row.row;
                receive(message);
            }
        };
    }
    for (OwnSlice& from : own_) {
        for (std::size_t i = 0; i < numbers.size(); ++i) from.run.join(numbers[i], own_[i].run);
    }
    for (OwnSlice& own : own_) {
        for (const int slice : own.run.slice().hears) {
            const Slice& heard = partition.slices[static_cast<std::size_t>(slice)];
            if (heard.shard != shard) {
                own.hears_others = true;
            } else {
                own.hears.push_back(heard.place);
                own_[static_cast<std::size_t>(heard.place)].heard_by.push_back(static_cast<int>(&own - own_.data()));
            }
        }
    }
}

void VirtualShard::connect(std::vector<std::unique_ptr<VirtualShard>>& shards) {
    const VirtualShard& any = *shards.front();
    auto tracts = std::make_shared<Tracts>(any.partition_, any.ring_);
    if (!tracts->none()) join_tracts(shards, tracts);
    for (auto& from : shards) {
        std::set<int> targets;
        for (OwnSlice& own : from->own_) {
            for (const Route& route : own.run.slice().routes) {
                const bool tract = tracts->between(own.run.slice().population, route.population) != nullptr;
                for (const Route::Address& to : route.addresses) {
                    const int shard = from->partition_.slices[static_cast<std::size_t>(to.slice)].shard;
                    own.heard_by_others = own.heard_by_others || shard != from->shard_;
                    if (!tract) targets.insert(shard);
                }
            }
        }
        targets.erase(from->shard_);
        from->out_.reserve(targets.size());
        if (!targets.empty()) from->out_of_slice_.assign(from->partition_.slices.size(), -1);
        for (const int target : targets) {
            from->out_.push_back({target, Channel<Message>(from->ring_)});
            for (const int slice : from->partition_.slices_of_shard[static_cast<std::size_t>(target)])
                from->out_of_slice_[static_cast<std::size_t>(slice)] = static_cast<int>(from->out_.size()) - 1;
        }
        for (Out& out : from->out_)
            shards[static_cast<std::size_t>(out.shard)]->in_.push_back({from.get(), &out.channel});
    }
}

void VirtualShard::begin(const SliceInput& input) {
    packets_ = input.packets;
    // On a chip the fabric counts services as they begin.
    for (OwnSlice& own : own_) own.run.count_traffic(packets_ && !chip_ ? &traffic_ : nullptr);
    SliceInput journalled = input;
    begin_journal(journalled, partition_.shards(), journal_);
    for (OwnSlice& own : own_) own.run.begin(journalled);
    std::fill(counters_.begin(), counters_.end(), Counters());
    if (chip_) chip_->begin(journalled, counters_);
    if (chip_) services_ = chip_->fabric().figures.populations;
    traffic_.assign(packets_ ? counters_.size() : 0, Traffic());
    efforts_.clear();
    fingerprint_ = 0;
}

void VirtualShard::fork(Branch branch, Time at) {
    if (chip_) chip_->fork(branch, at);
    journal_.enter(branch);
    for (OwnSlice& own : own_) own.run.fork(branch, at, counters_);
}

void VirtualShard::nudge(Branch branch, float beta) {
    for (OwnSlice& own : own_) own.run.nudge(branch, beta);
}

void VirtualShard::present(Branch branch, const float* x, std::int32_t label, Time at) {
    for (OwnSlice& own : own_) in_core(own, [&] { own.run.present(branch, x, label, at, counters_); });
}

void VirtualShard::alter(Branch branch, const Conditions& conditions, Time at) {
    if (chip_) chip_->alter(branch, conditions);
    for (OwnSlice& own : own_) own.run.alter(branch, conditions, at);
}

void VirtualShard::silence(Branch branch, const std::vector<std::int32_t>& neurons) {
    for (OwnSlice& own : own_) own.run.silence(branch, neurons);
}

void VirtualShard::sever(Branch branch, int links) {
    if (chip_) chip_->sever(branch, links);
    for (OwnSlice& own : own_) own.run.sever(branch, links);
}

void VirtualShard::restart_annealing(Branch branch, int population, Time at) {
    for (OwnSlice& own : own_) {
        if (population < 0 || population == own.run.slice().population) own.run.restart_annealing(branch, at);
    }
}

void VirtualShard::start(const Segment& segment) {
    // The first segment of a presentation includes time 0.
    const Time begin = segment.begin == 0 ? -1 : segment.begin * segment.period;
    segment_ = segment;
    done_ = false;
    if (chip_) start_on_chip(segment);
    journal_.enter(segment.branch);
    for (OwnSlice& own : own_) {
        own.run.enter(segment.branch);
        own.run.begin_segment(begin);
        own.run.count_sent(shows(own));
        own.next_sample = 0;
    }
    heard_until_ = -1;
    if (tracts_) start_tracts();
    publish();
}

void VirtualShard::end(Branch branch, Time at) {
    if (chip_) chip_->end(at);
    if (chip_ && packets_) count_services();
    for (OwnSlice& own : own_) in_core(own, [&] { own.run.end(branch, at, counters_); });
}

void VirtualShard::receive(const Message& message) {
    const Slice& slice = partition_.slices[static_cast<std::size_t>(message.slice)];
    SliceRun& run = own_[static_cast<std::size_t>(slice.place)].run;
    // The law of the window, seen from the other side: nothing arrives in what has already happened.
    assert(message.at > run.now());
    run.receive(message, counters_);
}

void VirtualShard::send(const Message& message) {
    assert(partition_.slices[static_cast<std::size_t>(message.slice)].shard != shard_);
    Out& out = out_[static_cast<std::size_t>(out_of_slice_[static_cast<std::size_t>(message.slice)])];
    if (out.channel.send(message)) overflowing_ = true;
    // A window's bits leave panel by panel, not in order of time: the oldest one need not be the first that waits.
    if (overflowing_ && out.channel.overflowing()) out.unsent = std::min(out.unsent, message.sent);
    out.moved = true;
}

/// True: it could go on, but has had its turn. A turn must end some time: only then do others see its progress. They
/// wait for no more than some thousand ticks: where two shards hear each other at their borders alone, each has much to
/// do inside while the other one advances.
bool VirtualShard::advance() {
    if (chip_) return advance_on_chip();
    constexpr int windows_a_turn = 64;
    constexpr std::uint64_t ticks_a_turn = 16384;
    const std::uint64_t enough = ticks() + ticks_a_turn;
    // Whoever has unsent bits lets those who wait for them go first: overflows stay small.
    bool advanced = true;
    for (int window = 0; advanced && !overflowing_; ++window) {
        if (window == windows_a_turn || (!in_.empty() && ticks() >= enough)) return true;
        if (segment_.stop) give_up_if(*segment_.stop);
        advanced = false;
        for (OwnSlice& own : own_) {
            const Time to = window_end(own);
            if (to <= own.run.now()) continue;
            advance(own, to);
            advanced = true;
        }
    }
    return false;
}

/// Of all its populations so far.
std::uint64_t VirtualShard::ticks() const {
    std::uint64_t sum = 0;
    for (const Counters& counters : counters_) sum += counters.ticks;
    return sum;
}

/// Stops at the period ends where something is read.
void VirtualShard::advance(OwnSlice& own, Time to) {
    for (Time stop = next_stop(own); stop <= to; stop = next_stop(own)) {
        if (own.run.now() < stop) advance_run(own, stop, true);
        at_period_end(own);
        if (stop == segment_.end) break;
    }
    if (own.run.now() < to) advance_run(own, to, false);
    if (to == segment_.end) own.run.end_segment(counters_);
}

/// Whether what a period comes to is kept, so many having passed.
bool VirtualShard::counts_periods(std::int64_t passed) const {
    return packets_ && packets_->by_period && passed < segment_.answers;
}

/// Within one period, where they are counted apart; on a chip count_period() does.
void VirtualShard::advance_run(OwnSlice& own, Time to, bool complete) {
    const std::int64_t period = (std::max<Time>(to, 1) - 1) / segment_.period;
    if (chip_ || !counts_periods(period)) return own.run.advance(to, complete, *this, counters_, fingerprint_);
    const Effort before = effort_of(counters_, traffic_, *packets_);
    own.run.advance(to, complete, *this, counters_, fingerprint_);
    if (to % segment_.period == 0) own.run.count_silent(to, counters_);
    efforts_.resize(static_cast<std::size_t>(segment_.answers));
    efforts_[static_cast<std::size_t>(period)] += effort_of(counters_, traffic_, *packets_) - before;
}

/// Up to where everything that arrives at a slice is known.
Time VirtualShard::window_end(const OwnSlice& own) const {
    Time end = segment_.end;
    const auto heard_before = [&](Time silent_until) {
        if (silent_until < SliceRun::never - partition_.lookahead)
            end = std::min(end, silent_until + partition_.lookahead);
    };
    if (own.hears_others) heard_before(known_);
    for (const int source : own.hears) heard_before(own_[static_cast<std::size_t>(source)].run.next_tick() - 1);
    const Time now = own.run.now();
    const Duration longest = own.run.longest_window();
    end = std::min(end, now + (window_ > 0 ? std::min(window_, longest) : longest));
    // Who says nothing any more need not wait.
    if (must_not_lead(own) && own.run.next_tick() <= segment_.end) end = std::min(end, followed());
    if (!own.run.slice().clamped || own.heard_by.empty()) return end;
    // Inputs hear nobody and would run away: they go a period ahead of those that hear them, and wait for them.
    Time behind = SliceRun::never;
    for (const int target : own.heard_by) behind = std::min(behind, own_[static_cast<std::size_t>(target)].run.now());
    if (now > behind + segment_.period / 4) return now;
    return std::min(end, behind + segment_.period * 5 / 4);
}

/// Whether rows have something of this slice: of inputs, only bits.
bool VirtualShard::shows(const OwnSlice& own) const {
    return segment_.rows && (!own.run.slice().clamped || segment_.shows_input_bits);
}

/// The next period end where something of this slice is read.
Time VirtualShard::next_stop(const OwnSlice& own) const {
    const Duration period = segment_.period;
    const std::int64_t passed = own.run.now() < 0 ? 0 : own.run.now() / period;
    const Slice& slice = own.run.slice();
    if (shows(own) || counts_periods(passed) ||
        (slice.population == partition_.wiring.output() && passed < segment_.answers))
        return std::min((passed + 1) * period, segment_.end);
    if (own.next_sample < segment_.samples.size() && !slice.clamped)
        return std::min(segment_.samples[own.next_sample].period * period, segment_.end);
    return segment_.end;
}

void VirtualShard::at_period_end(OwnSlice& own) {
    const SliceRun& run = own.run;
    const std::int64_t period = run.now() / segment_.period;
    if (shows(own)) record_bits(own.run, period);
    if (!run.slice().clamped) keep_states(segment_, partition_, run.slice(), period, run.states(), own.next_sample);
}

Time VirtualShard::now() const {
    Time now = SliceRun::never;
    for (const OwnSlice& own : own_) now = std::min(now, own.run.now());
    return now;
}

void VirtualShard::record_bits(SliceRun& run, std::int64_t period) {
    const auto row = static_cast<std::size_t>(period - 1 - segment_.begin);
    const auto neurons = static_cast<std::size_t>(partition_.wiring.neurons());
    run.take_sent(segment_.rows->bits.data() + row * neurons + run.slice().first_neuron);
}

void VirtualShard::flush() {
    if (!overflowing_) return;
    overflowing_ = false;
    for (Out& out : out_) {
        if (!out.channel.overflowing()) continue;
        out.moved = true;
        if (out.channel.flush()) {
            out.unsent = SliceRun::never;
        } else {
            overflowing_ = true;
        }
    }
}

/// Tries to get rid of an overflow that advance() has begun; true: time may go on.
bool VirtualShard::make_room() {
    flush();
    return !overflowing_ && now() < segment_.end;
}

void VirtualShard::publish() {
    // Clocks are autonomous: nothing is sent before the next tick, whatever arrives.
    Time promise = SliceRun::never, reached = SliceRun::never;
    for (const OwnSlice& own : own_) {
        reached = std::min(reached, own.run.next_tick());
        if (own.heard_by_others) promise = std::min(promise, promise_of(own));
    }
    if (overflowing_) {
        for (const Out& out : out_) {
            if (out.channel.overflowing()) promise = std::min(promise, out.unsent - 1);
        }
    }
    promised_ = promise;
    progress_.store(std::min(reached, promise), std::memory_order_relaxed);
    promise_.store(promise, std::memory_order_release);
}

}  // namespace settle

#include "sim/engines/virtual_shard.hpp"

#include <algorithm>
#include <cassert>
#include <set>

namespace settle {

VirtualShard::VirtualShard(const Chip& chip, int shard, const NeuronModel& model, Duration window, std::uint32_t ring)
    : chip_(chip),
      shard_(shard),
      window_(window),
      ring_(ring),
      member_of_strip_(chip.strips.size(), -1),
      out_of_strip_(chip.strips.size(), -1),
      counters_(static_cast<std::size_t>(chip.wiring.populations())) {
    const std::vector<int>& own = chip.strips_of_shard[static_cast<std::size_t>(shard)];
    for (const int index : own) {
        member_of_strip_[static_cast<std::size_t>(index)] = static_cast<int>(members_.size());
        members_.push_back({StripRun(chip, chip.strips[static_cast<std::size_t>(index)], model), 0, {}, {}, false});
    }
    for (Member& from : members_) {
        for (std::size_t i = 0; i < own.size(); ++i) from.run.join(own[i], members_[i].run);
    }
    for (Member& member : members_) {
        for (const int pathway : chip.wiring.incoming(member.run.strip().population)) {
            for (const int strip : chip.sources(pathway)) {
                const int at = member_of_strip_[static_cast<std::size_t>(strip)];
                if (at < 0) {
                    member.hears_others = true;
                } else {
                    member.hears.push_back(at);
                    members_[static_cast<std::size_t>(at)].heard_by.push_back(
                        static_cast<int>(&member - members_.data()));
                }
            }
        }
    }
}

void VirtualShard::connect(std::vector<std::unique_ptr<VirtualShard>>& shards) {
    for (auto& from : shards) {
        std::set<int> targets;
        for (const Member& member : from->members_) {
            for (const int pathway : from->chip_.wiring.outgoing(member.run.strip().population)) {
                for (const int strip : from->chip_.targets(pathway))
                    targets.insert(from->chip_.strips[static_cast<std::size_t>(strip)].shard);
            }
        }
        targets.erase(from->shard_);
        from->out_.reserve(targets.size());
        for (const int target : targets) {
            from->out_.push_back({target, Channel<Message>(from->ring_)});
            for (const int strip : from->chip_.strips_of_shard[static_cast<std::size_t>(target)])
                from->out_of_strip_[static_cast<std::size_t>(strip)] = static_cast<int>(from->out_.size()) - 1;
        }
        for (Out& out : from->out_)
            shards[static_cast<std::size_t>(out.shard)]->in_.push_back({from.get(), &out.channel});
    }
}

void VirtualShard::begin(const StripInput& input) {
    for (Member& member : members_) member.run.begin(input);
    std::fill(counters_.begin(), counters_.end(), Counters());
    fingerprint_ = 0;
}

void VirtualShard::fork(Branch branch, Time at) {
    for (Member& member : members_) member.run.fork(branch, at, counters_);
}

void VirtualShard::nudge(Branch branch, float beta) {
    for (Member& member : members_) member.run.nudge(branch, beta);
}

void VirtualShard::start(const Segment& segment) {
    // The first segment of a presentation includes time 0.
    const Time begin = segment.begin == 0 ? -1 : segment.begin * segment.period;
    segment_ = segment;
    done_ = false;
    for (Member& member : members_) {
        member.run.enter(segment.branch);
        member.run.begin_segment(begin);
        member.run.count_sent(segment.rows != nullptr);
        member.next_sample = 0;
    }
    publish();
}

void VirtualShard::end(Branch branch, Time at) {
    for (Member& member : members_) member.run.end(branch, at, counters_);
}

void VirtualShard::receive(const Message& message) {
    StripRun& run = members_[static_cast<std::size_t>(member_of_strip_[static_cast<std::size_t>(message.strip)])].run;
    // The law of the window, seen from the other side: nothing arrives in what has already happened.
    assert(message.at > run.now());
    run.receive(message);
}

void VirtualShard::send(const Message& message) {
    if (member_of_strip_[static_cast<std::size_t>(message.strip)] >= 0) return receive(message);
    Out& out = out_[static_cast<std::size_t>(out_of_strip_[static_cast<std::size_t>(message.strip)])];
    if (out.channel.send(message)) overflowing_ = true;
    // A window's bits leave panel by panel, not in order of time: the oldest one need not be the first that waits.
    if (overflowing_ && out.channel.overflowing()) out.unsent = std::min(out.unsent, message.sent);
    out.moved = true;
}

/// True: it could go on, but has had its turn. A turn must end some time: only then do others see its progress.
bool VirtualShard::advance() {
    constexpr int windows_a_turn = 64;
    // Whoever has unsent bits lets those who wait for them go first: overflows stay small.
    bool advanced = true;
    for (int window = 0; advanced && !overflowing_; ++window) {
        if (window == windows_a_turn) return true;
        if (segment_.stop) give_up_if(*segment_.stop);
        advanced = false;
        for (Member& member : members_) {
            const Time to = window_end(member);
            if (to <= member.run.now()) continue;
            advance(member, to);
            advanced = true;
        }
    }
    return false;
}

/// Stops at the period ends where something is read.
void VirtualShard::advance(Member& member, Time to) {
    for (Time stop = next_stop(member); stop <= to; stop = next_stop(member)) {
        if (member.run.now() < stop) member.run.advance(stop, true, *this, counters_, fingerprint_);
        at_period_end(member);
        if (stop == segment_.end) break;
    }
    if (member.run.now() < to) member.run.advance(to, false, *this, counters_, fingerprint_);
    if (to == segment_.end) member.run.end_segment();
}

/// Up to where everything that arrives at a strip is known.
Time VirtualShard::window_end(const Member& member) const {
    Time end = segment_.end;
    const auto heard_before = [&](Time silent_until) {
        if (silent_until < StripRun::never - chip_.lookahead) end = std::min(end, silent_until + chip_.lookahead);
    };
    if (member.hears_others) heard_before(known_);
    for (const int source : member.hears) heard_before(members_[static_cast<std::size_t>(source)].run.next_tick() - 1);
    const Time now = member.run.now();
    const Duration longest = member.run.longest_window();
    end = std::min(end, now + (window_ > 0 ? std::min(window_, longest) : longest));
    if (!member.run.strip().clamped || member.heard_by.empty()) return end;
    // Inputs hear nobody and would run away: they go a period ahead of those that hear them, and wait for them.
    Time behind = StripRun::never;
    for (const int target : member.heard_by)
        behind = std::min(behind, members_[static_cast<std::size_t>(target)].run.now());
    if (now > behind + segment_.period / 4) return now;
    return std::min(end, behind + segment_.period * 5 / 4);
}

/// The next period end where something of this strip is read.
Time VirtualShard::next_stop(const Member& member) const {
    const Duration period = segment_.period;
    const std::int64_t passed = member.run.now() < 0 ? 0 : member.run.now() / period;
    const Strip& strip = member.run.strip();
    if (segment_.rows || (strip.population == chip_.wiring.output() && passed < segment_.answers))
        return std::min((passed + 1) * period, segment_.end);
    if (member.next_sample < segment_.samples.size() && !strip.clamped)
        return std::min(segment_.samples[member.next_sample].period * period, segment_.end);
    return segment_.end;
}

void VirtualShard::at_period_end(Member& member) {
    const StripRun& run = member.run;
    const std::int64_t period = run.now() / segment_.period;
    if (segment_.rows) record_bits(member.run, period);
    if (!run.strip().clamped) keep_states(segment_, chip_, run.strip(), period, run.states(), member.next_sample);
}

Time VirtualShard::now() const {
    Time now = StripRun::never;
    for (const Member& member : members_) now = std::min(now, member.run.now());
    return now;
}

void VirtualShard::record_bits(StripRun& run, std::int64_t period) {
    const auto row = static_cast<std::size_t>(period - 1 - segment_.begin);
    const auto neurons = static_cast<std::size_t>(chip_.wiring.neurons());
    run.take_sent(segment_.rows->bits.data() + row * neurons + run.strip().first_neuron);
}

void VirtualShard::flush() {
    if (!overflowing_) return;
    overflowing_ = false;
    for (Out& out : out_) {
        if (!out.channel.overflowing()) continue;
        out.moved = true;
        if (out.channel.flush()) {
            out.unsent = StripRun::never;
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
    Time promise = StripRun::never;
    for (const Member& member : members_) promise = std::min(promise, member.run.next_tick());
    if (promise != StripRun::never) promise -= 1;
    if (overflowing_) {
        for (const Out& out : out_) {
            if (out.channel.overflowing()) promise = std::min(promise, out.unsent - 1);
        }
    }
    promised_ = promise;
    promise_.store(promise, std::memory_order_release);
}

}  // namespace settle

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
      strip_at_(chip.strips.size(), -1),
      out_of_strip_(chip.strips.size(), -1),
      counters_(chip.layers.size()) {
    for (const int index : chip.strips_of_shard[static_cast<std::size_t>(shard)]) {
        const Strip& strip = chip.strips[static_cast<std::size_t>(index)];
        strip_at_[static_cast<std::size_t>(index)] = static_cast<int>(strips_.size());
        strips_.emplace_back(chip, strip, model);
        if (strip.population == chip.last()) has_output_ = true;
    }
}

void VirtualShard::connect(std::vector<std::unique_ptr<VirtualShard>>& shards) {
    for (auto& from : shards) {
        std::set<int> targets;
        for (const StripRun& run : from->strips_) {
            for (const bool above : {false, true}) {
                const int population = run.strip().population;
                if (!from->chip_.listens(population, above)) continue;
                const auto target = static_cast<std::size_t>(population + (above ? 1 : -1));
                for (const int strip : from->chip_.strips_of_population[target])
                    targets.insert(from->chip_.strips[static_cast<std::size_t>(strip)].shard);
            }
        }
        from->hears_itself_ = targets.erase(from->shard_) > 0;
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
    for (StripRun& strip : strips_) strip.begin(input);
    now_ = -1;
    std::fill(counters_.begin(), counters_.end(), Counters());
    fingerprint_ = 0;
}

void VirtualShard::fork(Branch branch, Time at) {
    for (StripRun& strip : strips_) strip.fork(branch, at, counters_);
}

void VirtualShard::nudge(Branch branch, float beta) {
    for (StripRun& strip : strips_) strip.nudge(branch, beta);
}

void VirtualShard::start(const Segment& segment) {
    // The first segment of a presentation includes time 0.
    const Time begin = segment.begin == 0 ? -1 : segment.begin * segment.period;
    segment_ = segment;
    next_sample_ = 0;
    now_ = begin;
    done_ = false;
    for (StripRun& strip : strips_) {
        strip.enter(segment.branch);
        strip.count_sent(segment.rows != nullptr);
    }
    publish();
}

void VirtualShard::end(Branch branch, Time at) {
    for (StripRun& strip : strips_) strip.end(branch, at, counters_);
}

void VirtualShard::clear() {
    for (Out& out : out_) out.channel.clear();
    overflowing_ = false;
    done_ = true;
}

void VirtualShard::receive(const Message& message) {
    // The law of the window, seen from the other side: nothing arrives in what has already happened.
    assert(message.at > now_);
    strips_[static_cast<std::size_t>(strip_at_[static_cast<std::size_t>(message.strip)])].receive(message);
}

void VirtualShard::send(const Message& message) {
    const int own = strip_at_[static_cast<std::size_t>(message.strip)];
    if (own >= 0) return strips_[static_cast<std::size_t>(own)].receive(message);
    Out& out = out_[static_cast<std::size_t>(out_of_strip_[static_cast<std::size_t>(message.strip)])];
    if (out.channel.send(message)) overflowing_ = true;
    out.moved = true;
}

void VirtualShard::advance() {
    // Whoever has unsent bits lets those who wait for them go first: overflows stay small.
    while (now_ < segment_.end && !overflowing_) {
        const Time stop = next_stop();
        const Time to = std::min(window_end(), stop);
        if (to <= now_) break;
        for (StripRun& strip : strips_) strip.advance(to, *this, counters_, fingerprint_);
        now_ = to;
        if (now_ == stop) at_period_end();
    }
}

/// Up to where everything that arrives is known.
Time VirtualShard::window_end() const {
    Time end = segment_.end;
    if (!in_.empty() && known_ < StripRun::never - chip_.lookahead) end = std::min(end, known_ + chip_.lookahead);
    if (hears_itself_) {
        // Its own next tick is the first that can send: its bit arrives after this.
        Time next = StripRun::never;
        for (const StripRun& strip : strips_) next = std::min(next, strip.next_tick());
        if (next < StripRun::never - chip_.lookahead) end = std::min(end, next + chip_.lookahead - 1);
    }
    if (window_ > 0) end = std::min(end, now_ + window_);
    return end;
}

/// The next period end where something is read.
Time VirtualShard::next_stop() const {
    const Duration period = segment_.period;
    const std::int64_t passed = now_ < 0 ? 0 : now_ / period;
    if (segment_.rows || (has_output_ && passed < segment_.answers))
        return std::min((passed + 1) * period, segment_.end);
    if (next_sample_ < segment_.samples.size())
        return std::min(segment_.samples[next_sample_].period * period, segment_.end);
    return segment_.end;
}

void VirtualShard::at_period_end() {
    const std::int64_t period = now_ / segment_.period;
    const auto outputs = static_cast<std::size_t>(chip_.layers.back());
    if (has_output_ && period <= segment_.answers) {
        float* row = segment_.outputs->data() + static_cast<std::size_t>(period - 1) * outputs;
        for (const StripRun& run : strips_) {
            if (run.strip().population != chip_.last()) continue;
            for (int lane = 0; lane < run.strip().lanes(); ++lane)
                row[run.strip().neurons[static_cast<std::size_t>(lane)]] = run.state(lane);
        }
    }
    for (; next_sample_ < segment_.samples.size() && segment_.samples[next_sample_].period == period; ++next_sample_) {
        BatchStates& sums = segment_.outcome->reads[static_cast<std::size_t>(segment_.samples[next_sample_].slot)];
        for (const StripRun& run : strips_) {
            if (run.strip().clamped) continue;
            float* sum = sums.of(run.strip().population, segment_.presentation);
            for (int lane = 0; lane < run.strip().lanes(); ++lane)
                sum[run.strip().neurons[static_cast<std::size_t>(lane)]] += run.state(lane);
        }
    }
    if (segment_.rows) record_row(period);
}

void VirtualShard::record_row(std::int64_t period) {
    const auto row = static_cast<std::size_t>(period - 1 - segment_.begin);
    const auto neurons = static_cast<std::size_t>(chip_.first_neuron.back());
    const auto inputs = static_cast<std::size_t>(chip_.layers.front());
    for (StripRun& run : strips_) {
        const auto first = static_cast<std::size_t>(run.strip().first_neuron);
        run.take_sent(segment_.rows->bits.data() + row * neurons + first);
        if (run.strip().clamped) continue;
        float* states = segment_.rows->states.data() + row * (neurons - inputs) + first - inputs;
        for (int lane = 0; lane < run.strip().lanes(); ++lane)
            states[run.strip().neurons[static_cast<std::size_t>(lane)]] = run.state(lane);
    }
}

void VirtualShard::flush() {
    if (!overflowing_) return;
    overflowing_ = false;
    for (Out& out : out_) {
        if (!out.channel.overflowing()) continue;
        out.moved = true;
        if (!out.channel.flush()) overflowing_ = true;
    }
}

/// Tries to get rid of an overflow that advance() has begun; true: time may go on.
bool VirtualShard::make_room() {
    flush();
    return !overflowing_ && now_ < segment_.end;
}

void VirtualShard::publish() {
    // Clocks are autonomous: nothing is sent before the next tick, whatever arrives.
    Time promise = StripRun::never;
    for (const StripRun& strip : strips_) promise = std::min(promise, strip.next_tick());
    if (promise != StripRun::never) promise -= 1;
    if (overflowing_) {
        for (const Out& out : out_) {
            if (const Message* waiting = out.channel.first_unsent()) promise = std::min(promise, waiting->sent - 1);
        }
    }
    promised_ = promise;
    promise_.store(promise, std::memory_order_release);
}

}  // namespace settle

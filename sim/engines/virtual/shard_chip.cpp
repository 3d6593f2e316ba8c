// What a shard does on a chip, where all slices of a presentation are in one: see virtual_shard.hpp and chip_run.hpp.
#include <algorithm>
#include <cassert>
#include <tuple>

#include "sim/engines/virtual/virtual_shard.hpp"

namespace settle {

/// From tick to tick. The fabric goes on up to the earliest one to come, and whoever ticks then goes on to where all
/// that he hears is known: the further, the more his core's decoder has to do for a packet. Nobody goes on before his
/// tick, so that a window has as many of them as can be. Inputs hear nobody: they go on by a period, and what they send
/// waits here until the fabric gets there.
bool VirtualShard::advance_on_chip() {
    constexpr int windows_a_turn = 4096;
    next_ticks_.clear();
    reached_.clear();
    for (const OwnSlice& own : own_) {
        next_ticks_.push_back(own.run.next_tick());
        reached_.push_back(own.run.now());
    }
    const Duration patience = own_.front().run.longest_window() / 2;
    Time tick = *std::min_element(next_ticks_.begin(), next_ticks_.end());
    Time reached = now(), stop = next_count(reached);
    for (int window = 0; reached < segment_.end; ++window) {
        if (window == windows_a_turn) return true;
        if (segment_.stop && window % 64 == 0) give_up_if(*segment_.stop);
        const Time at = std::min(tick, stop);
        const bool stops = tick > stop;
        inject_ahead(at - 1);
        chip_->fabric().run(at, deliver_);
        const Time must_reach = stops ? stop : at - patience;
        tick = SliceRun::never;
        for (std::size_t i = 0; i < own_.size(); ++i) {
            if (next_ticks_[i] <= at || reached_[i] < must_reach) advance_on_chip(i, at, stop);
            tick = std::min(tick, next_ticks_[i]);
        }
        if (window % 64 == 0) chip_->fabric().settle(at);
        if (!stops) continue;
        inject_ahead(stop);
        count_period(stop);
        reached = stop;
        stop = next_count(reached);
    }
    chip_->fabric().run_through(segment_.end, deliver_);
    return false;
}

/// One slice, with the fabric at `at`.
void VirtualShard::advance_on_chip(std::size_t number, Time at, Time stop) {
    OwnSlice& own = own_[number];
    const Slice& slice = own.run.slice();
    const Time to =
        std::min(stop, slice.clamped ? at + segment_.period : chip_->fabric().known(slice.core, at, next_bit(own)));
    assert(to >= at && to > reached_[number]);
    catch_up(own, to);
    next_ticks_[number] = own.run.next_tick();
    reached_[number] = to;
    if (!slice.clamped) {
        for (const Firing& firing : fired_) chip_->fire(firing);
    } else if (!fired_.empty()) {
        ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(injected_));
        injected_ = 0;
        ahead_.insert(ahead_.end(), fired_.begin(), fired_.end());
        std::sort(ahead_.begin(), ahead_.end(), [](const Firing& a, const Firing& b) {
            return std::tie(a.sent, a.source) < std::tie(b.sent, b.source);
        });
    }
    fired_.clear();
}

/// Nobody whom this slice hears sends anything before, but for what is in the fabric.
Time VirtualShard::next_bit(const OwnSlice& own) const {
    Time next = injected_ < ahead_.size() ? ahead_[injected_].sent : SliceRun::never / 2;
    for (const int source : own.hears) next = std::min(next, next_ticks_[static_cast<std::size_t>(source)]);
    return next;
}

/// What inputs have sent up to and including `until` enters the fabric.
void VirtualShard::inject_ahead(Time until) {
    for (; injected_ < ahead_.size() && ahead_[injected_].sent <= until; ++injected_) chip_->fire(ahead_[injected_]);
}

/// What slices do is counted up to every period end from here on.
void VirtualShard::start_on_chip(const Segment& segment) {
    chip_->enter(segment.branch);
    if (packets_) counted_ = effort_of(counters_, {}, *packets_);
}

/// By windows that the mailbox can hold.
void VirtualShard::catch_up(OwnSlice& own, Time to) {
    in_core(own, [&] {
        const Duration longest = own.run.longest_window();
        while (to - own.run.now() > longest) advance(own, own.run.now() + longest);
        advance(own, to);
    });
}

/// On a chip: the next period end up to which services are counted apart, or the end of the segment.
Time VirtualShard::next_count(Time reached) const {
    const std::int64_t passed = std::max<Time>(reached, 0) / segment_.period;
    return counts_periods(passed) ? std::min(segment_.end, (passed + 1) * segment_.period) : segment_.end;
}

/// What has been done up to a period end; all that enters until then has.
void VirtualShard::count_period(Time end) {
    const std::int64_t period = end / segment_.period - 1;
    if (!counts_periods(period)) return;
    chip_->fabric().run_through(end, deliver_);
    for (OwnSlice& own : own_) in_core(own, [&] { own.run.count_silent(end, counters_); });
    efforts_.resize(static_cast<std::size_t>(segment_.answers));
    Effort& effort = efforts_[static_cast<std::size_t>(period)];
    const Effort now = effort_of(counters_, {}, *packets_);
    effort += now - counted_;
    effort.traffic += count_services();
    counted_ = now;
}

/// Takes over what the fabric has counted since the last time; returns the sum of it.
Traffic VirtualShard::count_services() {
    Traffic sum;
    const std::vector<TrafficFigures>& now = chip_->fabric().figures.populations;
    services_.resize(now.size());
    for (std::size_t p = 0; p < now.size(); ++p) {
        const TrafficFigures& before = services_[p];
        const Traffic more{now[p].encoded - before.encoded, now[p].hops_x - before.hops_x,
                           now[p].hops_y - before.hops_y, now[p].decoded - before.decoded};
        traffic_[p] += more;
        sum += more;
        services_[p] = now[p];
    }
    return sum;
}

}  // namespace settle

#include "sim/engines/virtual/mailbox.hpp"

#include <algorithm>
#include <cassert>

#include "models/kernels/timed_sum.hpp"

namespace settle {

Mailbox::Mailbox(const Slice& slice, const LinkSettings& link, const TerminalRule& terminals)
    : slice_(slice),
      afferents_(&slice.afferents),
      level_(link.kind == Link::level),
      pulses_(!sends_every_tick(link.kind)),
      fills_(terminals.fills),
      by_lane_(link.scope == Scope::synapse),
      rule_(terminals),
      day_shift_(day_shift(link)) {
    const auto lanes = static_cast<std::size_t>(padded_size(slice.lanes()));
    heard_.resize(lanes);
    link.sums_are_wide() ? wide_ahead_.resize(lanes) : ahead_.resize(lanes);
    begin_.resize(lanes + 1);
}

void Mailbox::reset(MailboxState& state) const {
    // Those that are not used stay without days.
    if (slice_.afferents.dense_rows() == 0) {
        assert(in_flight(state) == 0);
    } else if (!pulses_) {
        state.levels.reset(day_shift_);
    } else if (by_lane_) {
        state.synapse_pulses.reset(day_shift_);
    } else {
        state.pulses.reset(day_shift_);
    }
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(slice_.afferents.dense_rows()),
               lanes = static_cast<std::size_t>(slice_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

template <class Sum>
void Mailbox::sum_held(const MailboxState& state, Sum* sums) const {
    assert(level_ && empty());
    const std::int32_t rows = slice_.afferents.dense_rows();
    const auto width = static_cast<std::size_t>(by_lane_ ? slice_.lanes() : 1);
    std::fill(sums, sums + padded_size(slice_.lanes()), Sum{0});
    for (std::size_t lane = 0; lane < width; ++lane) {
        std::vector<std::int32_t> held;
        std::vector<Arrival> arrivals;
        for (std::int32_t row = 0; row < rows; ++row) {
            if (!state.held[static_cast<std::size_t>(row) * width + lane]) continue;
            held.push_back(row);
            arrivals.push_back({0, row});
        }
        if (!by_lane_) return afferents_->add(held, sums);
        sums[lane] = afferents_->sum_for_lane<Sum>(static_cast<int>(lane), arrivals, nullptr);
    }
}

void Mailbox::begin(const MailboxState& state, Time from) {
    assert(empty());
    last_day_ = from >> day_shift_;
    base_ = last_day_ << day_shift_;
    begin_of_day_[static_cast<std::size_t>(last_day_) % Timetable::days] = 0;
    if (!by_lane_) std::fill(heard_.begin(), heard_.end(), static_cast<std::int32_t>(from - base_));
    std::fill(ahead_.begin(), ahead_.end(), 0);
    std::fill(wide_ahead_.begin(), wide_ahead_.end(), 0);
    if (level_) ones_before_ = state.ones;
}

void Mailbox::start_terminals(MailboxState& state, const std::vector<Time>& tick_zero) const {
    const auto rows = static_cast<std::size_t>(slice_.afferents.dense_rows());
    const std::size_t count = by_lane_ ? rows * static_cast<std::size_t>(slice_.lanes()) : rows;
    state.terminals.start(std::span(tick_zero).first(count), rule_);
}

Opened Mailbox::open(MailboxState& state, Time from, Time to) {
    assert(!by_lane_ || empty());
    assert(to > from && to - from <= longest_window());
    if (afferents_->dense_rows() == 0) return {};
    const std::size_t before = in_flight(state);
    if (by_lane_) base_ = from;
    if (pulses_) {
        by_lane_ ? open_pulses_by_lane(state, from, to) : open_pulses(state, from, to);
        const std::size_t arrived = before - in_flight(state);
        return {arrived, arrived};
    }
    if (empty()) ones_before_ = state.ones;
    sort_arrived(state, from, to);
    const auto first = static_cast<std::size_t>(size());
    Opened opened{before - in_flight(state), 0};
    if (level_) {
        append_changes(state);
    } else {
        opened.pulses = append_heard(state, from, to);
    }
    if (by_lane_) {
        split_by_lane();
    } else {
        note_days(to, first);
    }
    return opened;
}

void Mailbox::sort_arrived(MailboxState& state, Time from, Time to) {
    arrived_.clear();
    const std::int64_t last_day = state.levels.day(to);
    for (std::int64_t day = state.levels.day(from + 1); day <= last_day; ++day) {
        const auto begin = static_cast<std::ptrdiff_t>(arrived_.size());
        state.levels.take(day, to, [&](Time at, const LevelBit& level) { arrived_.push_back({at, level}); });
        std::sort(arrived_.begin() + begin, arrived_.end(), arrives_before);
    }
}

void Mailbox::open_pulses(MailboxState& state, Time from, Time to) {
    const std::int64_t last_day = state.pulses.day(to);
    std::size_t count = arrivals_.size();
    arrivals_.resize(count + state.pulses.size() + Calendar<std::int32_t>::places);
    for (std::int64_t day = state.pulses.day(from + 1); day <= last_day; ++day) {
        // A day that an earlier window has begun goes on.
        if (day > last_day_) note_day(day, count);
        const Time begin = day << day_shift_;
        const auto arrival = [begin = static_cast<std::int32_t>(begin - base_)](std::int32_t after, std::int32_t row) {
            return Arrival{begin + after, row};
        };
        if (day < last_day) {
            count += state.pulses.take_whole(day, arrivals_.data() + count, arrival);
        } else {
            state.pulses.take(day, to, [&](Time at, std::int32_t row) {
                arrivals_[count++] = arrival(static_cast<std::int32_t>(at - begin), row);
            });
        }
    }
    arrivals_.resize(count);
    last_day_ = last_day;
    note_day(last_day + 1, count);
}

void Mailbox::open_pulses_by_lane(MailboxState& state, Time from, Time to) {
    const std::int64_t last_day = state.synapse_pulses.day(to);
    for (std::int64_t day = state.synapse_pulses.day(from + 1); day <= last_day; ++day) {
        state.synapse_pulses.take(day, to, [&](Time at, const SynapsePulse& pulse) {
            arrivals_.push_back({static_cast<std::int32_t>(at - base_), pulse.row});
            lanes_.push_back(pulse.lane);
        });
    }
    split_by_lane();
}

/// Level links: the last bit received of each source holds; only changes move the sums.
void Mailbox::append_changes(MailboxState& state) {
    const std::size_t width = by_lane_ ? static_cast<std::size_t>(slice_.lanes()) : 1;
    for (const auto& [at, level] : arrived_) {
        const auto lane = static_cast<std::size_t>(by_lane_ ? level.lane : 0);
        std::uint8_t& held = state.held[static_cast<std::size_t>(level.row) * width + lane];
        if (held == level.bit) continue;
        held = level.bit;
        state.ones[lane] += level.bit ? 1 : -1;
        arrivals_.push_back({static_cast<std::int32_t>(at - base_), level.row});
        if (by_lane_) lanes_.push_back(level.lane);
        signs_.push_back(level.bit ? 0 : -1);
        ones_after_.push_back(state.ones[lane]);
    }
}

/// Parity links: what terminals make of the messages, and put in where they miss some.
std::uint64_t Mailbox::append_heard(MailboxState& state, Time from, Time to) {
    const std::size_t width = by_lane_ ? static_cast<std::size_t>(slice_.lanes()) : 1;
    parts_.clear();
    const std::uint64_t additions = state.terminals.take(arrived_, width, rule_, from, to, parts_);
    for (const auto& [at, row, lane, parts] : parts_) {
        const auto offset = static_cast<std::int32_t>(at - base_);
        for (int copy = 0; copy < (fills_ ? 1 : parts); ++copy) {
            arrivals_.push_back({offset, row});
            if (by_lane_) lanes_.push_back(lane);
        }
        if (fills_) signs_.push_back(parts);
    }
    return additions;
}

/// From one list in order of time to one after the other, lane by lane, each in order of time; pulses are in the order
/// of their days.
void Mailbox::split_by_lane() {
    std::fill(begin_.begin(), begin_.end(), 0);
    for (const std::int32_t lane : lanes_) ++begin_[static_cast<std::size_t>(lane) + 1];
    for (std::size_t lane = 1; lane < begin_.size(); ++lane) begin_[lane] += begin_[lane - 1];
    std::copy(begin_.begin(), begin_.end() - 1, heard_.begin());
    if (empty()) return;
    places_.resize(lanes_.size());
    for (std::size_t k = 0; k < lanes_.size(); ++k) places_[k] = heard_[static_cast<std::size_t>(lanes_[k])]++;
    std::copy(begin_.begin(), begin_.end() - 1, heard_.begin());
    const auto move = [this](auto& list, auto& other) {
        other.resize(list.size());
        for (std::size_t k = 0; k < list.size(); ++k) other[static_cast<std::size_t>(places_[k])] = list[k];
        list.swap(other);
    };
    move(arrivals_, moved_);
    if (level_ || fills_) move(signs_, moved_signs_);
    if (level_) move(ones_after_, moved_ones_);
}

void Mailbox::note_day(std::int64_t day, std::size_t begin) {
    begin_of_day_[static_cast<std::size_t>(day) % Timetable::days] = static_cast<std::int32_t>(begin);
}

/// Where the days of the window begin in the list, whose part from `k` on belongs to the window.
void Mailbox::note_days(Time to, std::size_t k) {
    const std::int64_t last_day = to >> day_shift_;
    for (std::int64_t day = last_day_ + 1; day <= last_day + 1; ++day) {
        while (k < arrivals_.size() && (base_ + arrivals_[k].offset) >> day_shift_ < day) ++k;
        note_day(day, k);
    }
    last_day_ = last_day;
}

template <class Sum>
AlignedVector<Sum>& Mailbox::ahead() {
    if constexpr (sizeof(Sum) == sizeof(std::int64_t)) {
        return wide_ahead_;
    } else {
        return ahead_;
    }
}

template <class Sum>
void Mailbox::hear(int panel, const Time* times, LaneSet lanes, Sum* sums) {
    const int first = panel * panel_width;
    if (afferents_->dense_rows() == 0) return;
    if (!by_lane_) {
        const Ears<Sum> ears{heard_.data() + first, ahead<Sum>().data() + first};
        return afferents_->hear(timetable(), panel, times, lanes, ears, sums);
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        if (pulses_) {
            hear_by_lane(first + lane, gather_heard(first + lane, times[lane]), sums);
            continue;
        }
        const auto from = begin_[static_cast<std::size_t>(first + lane)];
        hear_by_lane(first + lane, arrived_until(from, last(first + lane), times[lane] - base_), sums);
    }
}

void Mailbox::hear(std::span<const PanelRound> rounds, const Time* times, std::int32_t* sums) {
    assert(!by_lane_);
    if (afferents_->dense_rows() == 0) return;
    afferents_->hear(timetable(), rounds, times, Ears<std::int32_t>{heard_.data(), ahead_.data()}, sums);
}

/// Level and parity links, whose list is in order of time: where what arrives after `offset` begins, among [from, to).
std::int32_t Mailbox::arrived_until(std::int32_t from, std::int32_t to, Time offset) const {
    const auto begin = arrivals_.begin();
    const auto later = [](Time time, const Arrival& arrival) { return time < arrival.offset; };
    return static_cast<std::int32_t>(std::upper_bound(begin + from, begin + to, offset, later) - begin);
}

/// Pulses: moves what this lane hears up to `time` before the rest of its list. Returns where the rest begins.
std::int32_t Mailbox::gather_heard(int lane, Time time) {
    const Time day_end = (((time >> day_shift_) + 1) << day_shift_) - base_;
    const std::int32_t end = last(lane);
    std::int32_t next = heard_[static_cast<std::size_t>(lane)];
    for (std::int32_t k = next; k < end && arrivals_[static_cast<std::size_t>(k)].offset < day_end; ++k) {
        Arrival& arrival = arrivals_[static_cast<std::size_t>(k)];
        if (arrival.offset > time - base_) continue;
        std::swap(arrival, arrivals_[static_cast<std::size_t>(next)]);
        ++next;
    }
    return next;
}

/// `sums` are those of the lane's panel.
template <class Sum>
void Mailbox::hear_by_lane(int lane, std::int32_t end, Sum* sums) {
    std::int32_t& heard = heard_[static_cast<std::size_t>(lane)];
    if (heard >= end) return;
    const std::span arrivals(arrivals_.data() + heard, static_cast<std::size_t>(end - heard));
    sums[lane % panel_width] +=
        afferents_->sum_for_lane<Sum>(lane, arrivals, level_ || fills_ ? signs_.data() + heard : nullptr, fills_);
    heard = end;
}

std::int64_t Mailbox::ones(int lane) const {
    assert(level_);
    const std::int32_t first = by_lane_ ? begin_[static_cast<std::size_t>(lane)] : 0;
    std::int32_t heard = heard_[static_cast<std::size_t>(lane)];
    if (!by_lane_) heard = arrived_until(0, size(), heard);
    if (heard > first) return ones_after_[static_cast<std::size_t>(heard) - 1];
    return ones_before_[static_cast<std::size_t>(by_lane_ ? lane : 0)];
}

/// Everybody hears all that arrives up to and including `until`.
template <class Sum>
void Mailbox::catch_up(Time until, Sum* sums) {
    alignas(64) Time times[panel_width];
    std::fill(times, times + panel_width, until);
    for (int first = 0; first < static_cast<int>(heard_.size()); first += panel_width)
        hear(first / panel_width, times, (LaneSet{1} << panel_width) - 1, sums + first);
}

template <class Sum>
void Mailbox::flush(const MailboxState& state, Time to, Sum* sums) {
    if (by_lane_) {
        for (int lane = 0; !empty() && lane < static_cast<int>(heard_.size()); ++lane)
            hear_by_lane(lane, last(lane), sums + lane / panel_width * panel_width);
        std::fill(heard_.begin(), heard_.end(), 0);
        std::fill(begin_.begin(), begin_.end(), 0);
    } else if (!empty()) {
        catch_up(to, sums);
    }
    arrivals_.clear();
    signs_.clear();
    ones_after_.clear();
    lanes_.clear();
    ones_before_ = state.ones;
}

template <class Sum>
void Mailbox::tidy(Time until, Sum* sums) {
    constexpr std::int32_t enough = 1024;
    const std::int64_t days = last_day_ - (base_ >> day_shift_);
    if (by_lane_ || afferents_->dense_rows() == 0 || (size() < enough && days < Timetable::days / 2)) return;
    std::int32_t heard = *std::min_element(heard_.begin(), heard_.end());
    if (last_day_ - ((base_ + heard) >> day_shift_) > Timetable::days / 4) {
        catch_up(until, sums);
        heard = *std::min_element(heard_.begin(), heard_.end());
    }
    cut(heard);
}

/// Cuts off the days before the one of this offset.
void Mailbox::cut(std::int32_t offset) {
    const std::int64_t day = (base_ + offset) >> day_shift_;
    const std::int32_t count = begin_of_day_[static_cast<std::size_t>(day) % Timetable::days];
    const auto shift = static_cast<std::int32_t>((day << day_shift_) - base_);
    if (level_ && count > 0) ones_before_[0] = ones_after_[static_cast<std::size_t>(count) - 1];
    const auto cut = [count](auto& list) {
        if (!list.empty()) list.erase(list.begin(), list.begin() + count);
    };
    cut(arrivals_);
    cut(signs_);
    cut(ones_after_);
    base_ += shift;
    for (Arrival& arrival : arrivals_) arrival.offset -= shift;
    for (std::int32_t& time : heard_) time -= shift;
    for (std::int32_t& k : begin_of_day_) k = std::max(k - count, 0);
}

template void Mailbox::sum_held(const MailboxState&, std::int32_t*) const;
template void Mailbox::hear(int, const Time*, LaneSet, std::int32_t*);
template void Mailbox::flush(const MailboxState&, Time, std::int32_t*);
template void Mailbox::tidy(Time, std::int32_t*);
template void Mailbox::sum_held(const MailboxState&, std::int64_t*) const;
template void Mailbox::hear(int, const Time*, LaneSet, std::int64_t*);
template void Mailbox::flush(const MailboxState&, Time, std::int64_t*);
template void Mailbox::tidy(Time, std::int64_t*);

}  // namespace settle

#include "sim/engines/mailbox.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "models/timed_sum.hpp"

namespace settle {

namespace {

/// A ring of days of 2^22 ns: offsets are 32-bit numbers.
constexpr int longest_day = 22;

/// Days so long that the ring holds what is usually in flight: what inputs send ahead, and the longest latency.
int day_shift(const LinkSettings& link) {
    const Time ahead = 5 * link.period / 2 + link.latency.high;
    int shift = 0;
    while (ahead >> shift >= Timetable::days && shift < longest_day) ++shift;
    return shift;
}

}  // namespace

Mailbox::Mailbox(const Strip& strip, const LinkSettings& link)
    : strip_(strip),
      level_(link.kind == Link::level),
      pulses_(!level_),
      by_lane_(link.scope == Scope::synapse),
      day_shift_(day_shift(link)) {
    const auto lanes = static_cast<std::size_t>(padded_size(strip.lanes()));
    heard_.resize(lanes);
    begin_.resize(lanes + 1);
}

void Mailbox::reset(MailboxState& state) const {
    // One of them is used; the other one stays without days.
    if (pulses_) {
        state.pulses.reset(day_shift_);
    } else {
        state.messages.reset(day_shift_);
    }
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(strip_.rows.rows()), lanes = static_cast<std::size_t>(strip_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

void Mailbox::begin(const MailboxState& state, Time from) {
    assert(empty());
    last_day_ = from >> day_shift_;
    base_ = last_day_ << day_shift_;
    begin_of_day_[static_cast<std::size_t>(last_day_) % Timetable::days] = 0;
    if (!by_lane_) std::fill(heard_.begin(), heard_.end(), static_cast<std::int32_t>(from - base_));
    if (level_) ones_before_ = state.ones;
}

std::size_t Mailbox::open(MailboxState& state, Time from, Time to) {
    assert(!by_lane_ || empty());
    assert(to > from && to - from <= longest_window());
    const std::size_t before = in_flight(state);
    if (by_lane_) base_ = from;
    if (pulses_) {
        by_lane_ ? open_pulses_by_lane(state, from, to) : open_pulses(state, from, to);
        return before - in_flight(state);
    }
    if (empty()) ones_before_ = state.ones;
    arrived_.clear();
    const std::int64_t last_day = state.messages.day(to);
    for (std::int64_t day = state.messages.day(from + 1); day <= last_day; ++day) {
        const auto begin = static_cast<std::ptrdiff_t>(arrived_.size());
        state.messages.take(day, to, [&](const Message& message) { arrived_.push_back(message); });
        std::sort(arrived_.begin() + begin, arrived_.end(), arrives_before);
    }
    const auto first = static_cast<std::size_t>(size());
    append_changes(state);
    if (by_lane_) {
        split_by_lane();
    } else {
        note_days(to, first);
    }
    return before - in_flight(state);
}

void Mailbox::open_pulses(MailboxState& state, Time from, Time to) {
    const std::int64_t last_day = state.pulses.day(to);
    std::size_t count = rows_.size();
    const auto note = [&](std::int64_t day) {
        begin_of_day_[static_cast<std::size_t>(day) % Timetable::days] = static_cast<std::int32_t>(count);
    };
    offsets_.resize(count + state.pulses.size());
    rows_.resize(offsets_.size());
    for (std::int64_t day = state.pulses.day(from + 1); day <= last_day; ++day) {
        // A day that an earlier window has begun goes on.
        if (day > last_day_) note(day);
        state.pulses.take(day, to, [&](const Pulse& message) {
            offsets_[count] = static_cast<std::int32_t>(message.at - base_);
            rows_[count++] = message.row;
        });
    }
    offsets_.resize(count);
    rows_.resize(count);
    last_day_ = last_day;
    note(last_day + 1);
}

void Mailbox::open_pulses_by_lane(MailboxState& state, Time from, Time to) {
    const std::int64_t last_day = state.pulses.day(to);
    for (auto* list : {&offsets_, &rows_, &lanes_}) list->resize(state.pulses.size());
    std::size_t count = 0;
    for (std::int64_t day = state.pulses.day(from + 1); day <= last_day; ++day) {
        state.pulses.take(day, to, [&](const Pulse& pulse) {
            offsets_[count] = static_cast<std::int32_t>(pulse.at - base_);
            rows_[count] = pulse.row;
            lanes_[count++] = pulse.lane;
        });
    }
    for (auto* list : {&offsets_, &rows_, &lanes_}) list->resize(count);
    split_by_lane();
}

/// Level links: the last bit received of each source holds; only changes move the sums.
void Mailbox::append_changes(MailboxState& state) {
    const std::size_t width = by_lane_ ? static_cast<std::size_t>(strip_.lanes()) : 1;
    for (const Message& message : arrived_) {
        const auto lane = static_cast<std::size_t>(by_lane_ ? message.lane : 0);
        std::uint8_t& held = state.held[static_cast<std::size_t>(message.row) * width + lane];
        if (held == message.bit) continue;
        held = message.bit;
        state.ones[lane] += message.bit ? 1 : -1;
        offsets_.push_back(static_cast<std::int32_t>(message.at - base_));
        rows_.push_back(message.row);
        if (by_lane_) lanes_.push_back(message.lane);
        signs_.push_back(message.bit ? 0 : -1);
        ones_after_.push_back(state.ones[lane]);
    }
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
    move(offsets_, moved_);
    move(rows_, moved_);
    if (!level_) return;
    move(signs_, moved_);
    move(ones_after_, moved_ones_);
}

/// Where the days of the window begin in the list, whose part from `k` on belongs to the window.
void Mailbox::note_days(Time to, std::size_t k) {
    const std::int64_t last_day = to >> day_shift_;
    for (std::int64_t day = last_day_ + 1; day <= last_day + 1; ++day) {
        while (k < rows_.size() && (base_ + offsets_[k]) >> day_shift_ < day) ++k;
        begin_of_day_[static_cast<std::size_t>(day) % Timetable::days] = static_cast<std::int32_t>(k);
    }
    last_day_ = last_day;
}

void Mailbox::hear(int panel, const Time* times, LaneSet lanes, std::int32_t* sums) {
    const int first = panel * panel_width;
    if (!by_lane_) {
        const Timetable table{offsets_.data(),      rows_.data(), level_ ? signs_.data() : nullptr,
                              begin_of_day_.data(), base_,        day_shift_};
        return settle::hear(table, strip_.rows.panel(panel), times, lanes, heard_.data() + first, sums);
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        if (pulses_) {
            hear_by_lane(first + lane, gather_heard(first + lane, times[lane]), sums);
            continue;
        }
        const auto from = offsets_.begin() + begin_[static_cast<std::size_t>(first + lane)];
        const auto to = offsets_.begin() + last(first + lane);
        const auto rank = static_cast<std::int32_t>(std::upper_bound(from, to, times[lane] - base_) - offsets_.begin());
        hear_by_lane(first + lane, rank, sums);
    }
}

/// Pulses: moves what this lane hears up to `time` before the rest of its list. Returns where the rest begins.
std::int32_t Mailbox::gather_heard(int lane, Time time) {
    const Time day_end = (((time >> day_shift_) + 1) << day_shift_) - base_;
    const std::int32_t end = last(lane);
    std::int32_t next = heard_[static_cast<std::size_t>(lane)];
    for (std::int32_t k = next; k < end && offsets_[static_cast<std::size_t>(k)] < day_end; ++k) {
        const auto from = static_cast<std::size_t>(k), to = static_cast<std::size_t>(next);
        if (offsets_[from] > time - base_) continue;
        std::swap(offsets_[from], offsets_[to]);
        std::swap(rows_[from], rows_[to]);
        ++next;
    }
    return next;
}

/// `sums` are those of the lane's panel.
void Mailbox::hear_by_lane(int lane, std::int32_t end, std::int32_t* sums) {
    const std::int32_t* rows = strip_.rows.panel(lane / panel_width) + lane % panel_width;
    std::int32_t& heard = heard_[static_cast<std::size_t>(lane)];
    for (; heard < end; ++heard) {
        const auto k = static_cast<std::size_t>(heard);
        const std::int32_t weight = rows[static_cast<std::ptrdiff_t>(rows_[k]) * panel_width];
        sums[lane % panel_width] += level_ && signs_[k] < 0 ? -weight : weight;
    }
}

std::int64_t Mailbox::ones(int lane) const {
    assert(level_);
    const std::int32_t first = by_lane_ ? begin_[static_cast<std::size_t>(lane)] : 0;
    std::int32_t heard = heard_[static_cast<std::size_t>(lane)];
    if (!by_lane_)
        heard = static_cast<std::int32_t>(std::upper_bound(offsets_.begin(), offsets_.end(), heard) - offsets_.begin());
    if (heard > first) return ones_after_[static_cast<std::size_t>(heard) - 1];
    return ones_before_[static_cast<std::size_t>(by_lane_ ? lane : 0)];
}

/// Everybody hears all that arrives up to and including `until`.
void Mailbox::catch_up(Time until, std::int32_t* sums) {
    alignas(64) Time times[panel_width];
    std::fill(times, times + panel_width, until);
    for (int first = 0; first < static_cast<int>(heard_.size()); first += panel_width)
        hear(first / panel_width, times, (LaneSet{1} << panel_width) - 1, sums + first);
}

void Mailbox::flush(const MailboxState& state, Time to, std::int32_t* sums) {
    if (by_lane_) {
        for (int lane = 0; !empty() && lane < static_cast<int>(heard_.size()); ++lane)
            hear_by_lane(lane, last(lane), sums + lane / panel_width * panel_width);
        std::fill(heard_.begin(), heard_.end(), 0);
        std::fill(begin_.begin(), begin_.end(), 0);
    } else if (!empty()) {
        catch_up(to, sums);
    }
    offsets_.clear();
    rows_.clear();
    signs_.clear();
    ones_after_.clear();
    lanes_.clear();
    ones_before_ = state.ones;
}

void Mailbox::tidy(Time until, std::int32_t* sums) {
    constexpr std::int32_t enough = 1024;
    const std::int64_t days = last_day_ - (base_ >> day_shift_);
    if (by_lane_ || (size() < enough && days < Timetable::days / 2)) return;
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
    cut(offsets_);
    cut(rows_);
    cut(signs_);
    cut(ones_after_);
    base_ += shift;
    for (std::int32_t& time : offsets_) time -= shift;
    for (std::int32_t& time : heard_) time -= shift;
    for (std::int32_t& k : begin_of_day_) k = std::max(k - count, 0);
}

}  // namespace settle

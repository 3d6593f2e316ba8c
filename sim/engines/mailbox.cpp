#include "sim/engines/mailbox.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "models/timed_sum.hpp"

namespace settle {

namespace {

/// Days so long that the ring holds what is usually in flight: what inputs send ahead, and the longest latency.
int day_shift(const LinkSettings& link) {
    const Time ahead = 6 * link.period + link.latency.high;
    int shift = 0;
    while (ahead >> shift >= Timetable::days) ++shift;
    return shift;
}

}  // namespace

Mailbox::Mailbox(const Strip& strip, const LinkSettings& link)
    : strip_(strip),
      level_(link.kind == Link::level),
      pulses_(link.kind == Link::pulse && link.scope == Scope::axon),
      by_lane_(link.scope == Scope::synapse),
      day_shift_(day_shift(link)) {
    const auto lanes = static_cast<std::size_t>(padded_size(strip.lanes()));
    heard_.resize(lanes);
    begin_.resize(lanes + 1);
}

void Mailbox::reset(MailboxState& state) const {
    state.pulses = Calendar<Pulse>(day_shift_);
    state.messages = Calendar<Message>(day_shift_);
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(strip_.rows.rows()), lanes = static_cast<std::size_t>(strip_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

std::size_t Mailbox::open(MailboxState& state, Time from, Time to) {
    assert(!by_lane_ || empty());
    assert(to > from && to - from <= longest_window);
    from_ = from;
    const std::size_t before = in_flight(state);
    offsets_.resize(rows_.size());
    if (level_ && empty()) ones_before_ = state.ones;
    if (pulses_) {
        open_pulses(state, to);
    } else {
        arrived_.clear();
        const std::int64_t last_day = state.messages.day(to);
        for (std::int64_t day = state.messages.day(from + 1); day <= last_day; ++day)
            state.messages.take(day, to, [&](const Message& message) { arrived_.push_back(message); });
        std::sort(arrived_.begin(), arrived_.end(), [](const Message& a, const Message& b) {
            return a.lane != b.lane ? a.lane < b.lane : arrives_before(a, b);
        });
        const auto first = static_cast<std::size_t>(size());
        if (level_) {
            append_changes(state);
        } else {
            for (const Message& message : arrived_) append(message);
        }
        if (by_lane_) {
            split_by_lane();
        } else {
            note_days(to, first);
        }
    }
    offsets_.push_back(std::numeric_limits<std::int32_t>::max());
    return before - in_flight(state);
}

/// Day by day, each sorted as it comes: a few messages a day. Sums do not depend on the order of what arrives at the
/// same time.
void Mailbox::open_pulses(MailboxState& state, Time to) {
    const std::int64_t last_day = state.pulses.day(to);
    for (std::int64_t day = state.pulses.day(from_ + 1); day <= last_day; ++day) {
        const std::size_t begin = rows_.size();
        begin_of_day_[static_cast<std::size_t>(day) % Timetable::days] = static_cast<std::int32_t>(begin);
        state.pulses.take(day, to, [&](const Pulse& message) {
            std::size_t k = rows_.size();
            const auto offset = static_cast<std::int32_t>(message.at - from_);
            offsets_.push_back(offset);
            rows_.push_back(message.row);
            for (; k > begin && offsets_[k - 1] > offset; --k) {
                offsets_[k] = offsets_[k - 1];
                rows_[k] = rows_[k - 1];
            }
            offsets_[k] = offset;
            rows_[k] = message.row;
        });
    }
}

void Mailbox::append(const Message& message) {
    offsets_.push_back(static_cast<std::int32_t>(message.at - from_));
    rows_.push_back(message.row);
    if (by_lane_) lanes_.push_back(message.lane);
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
        append(message);
        signs_.push_back(message.bit ? 0 : -1);
        ones_after_.push_back(state.ones[lane]);
    }
}

void Mailbox::split_by_lane() {
    std::fill(begin_.begin(), begin_.end(), 0);
    for (const std::int32_t lane : lanes_) ++begin_[static_cast<std::size_t>(lane) + 1];
    for (std::size_t lane = 1; lane < begin_.size(); ++lane) begin_[lane] += begin_[lane - 1];
    std::copy(begin_.begin(), begin_.end() - 1, heard_.begin());
}

/// Where the days of the window begin in the list, whose part from `k` on belongs to the window.
void Mailbox::note_days(Time to, std::size_t k) {
    const std::int64_t last_day = to >> day_shift_;
    for (std::int64_t day = (from_ + 1) >> day_shift_; day <= last_day; ++day) {
        while (k < rows_.size() && (from_ + offsets_[k]) >> day_shift_ < day) ++k;
        begin_of_day_[static_cast<std::size_t>(day) % Timetable::days] = static_cast<std::int32_t>(k);
    }
}

void Mailbox::hear(int panel, const Time* times, LaneSet lanes, std::int32_t* sums) {
    const int first = panel * panel_width;
    if (!by_lane_) {
        const Timetable table{offsets_.data(),      rows_.data(), level_ ? signs_.data() : nullptr,
                              begin_of_day_.data(), from_,        day_shift_};
        return settle::hear(table, strip_.rows.panel(panel), times, lanes, heard_.data() + first, sums);
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        const auto from = offsets_.begin() + begin_[static_cast<std::size_t>(first + lane)];
        const auto to = offsets_.begin() + last(first + lane);
        const auto rank = static_cast<std::int32_t>(std::upper_bound(from, to, times[lane] - from_) - offsets_.begin());
        hear_by_lane(first + lane, rank, sums);
    }
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
    const std::int32_t heard = heard_[static_cast<std::size_t>(lane)];
    if (heard > first) return ones_after_[static_cast<std::size_t>(heard) - 1];
    return ones_before_[static_cast<std::size_t>(by_lane_ ? lane : 0)];
}

void Mailbox::flush(const MailboxState& state, std::int32_t* sums) {
    for (int first = 0; !empty() && first < static_cast<int>(heard_.size()); first += panel_width) {
        for (int lane = first; by_lane_ && lane < first + panel_width; ++lane)
            hear_by_lane(lane, last(lane), sums + first);
        if (by_lane_) continue;
        alignas(64) std::int32_t end[panel_width];
        std::fill(end, end + panel_width, size());
        if (level_) {
            add_signed_rows_between(strip_.rows.panel(first / panel_width), rows_, signs_.data(), heard_.data() + first,
                                    end, sums + first);
        } else {
            add_rows_between(strip_.rows.panel(first / panel_width), rows_, heard_.data() + first, end, sums + first);
        }
    }
    offsets_.clear();
    rows_.clear();
    signs_.clear();
    ones_after_.clear();
    lanes_.clear();
    std::fill(heard_.begin(), heard_.end(), 0);
    std::fill(begin_.begin(), begin_.end(), 0);
    ones_before_ = state.ones;
}

void Mailbox::compact() {
    constexpr std::int32_t enough = 4096;
    if (by_lane_ || size() < enough) return;
    const std::int32_t heard = *std::min_element(heard_.begin(), heard_.end());
    if (heard == 0) return;
    if (level_) ones_before_[0] = ones_after_[static_cast<std::size_t>(heard) - 1];
    const auto cut = [heard](auto& list) {
        if (!list.empty()) list.erase(list.begin(), list.begin() + heard);
    };
    cut(offsets_);
    cut(rows_);
    cut(signs_);
    cut(ones_after_);
    for (std::int32_t& lane : heard_) lane -= heard;
    for (std::int32_t& k : begin_of_day_) k = std::max(k - heard, 0);
}

}  // namespace settle

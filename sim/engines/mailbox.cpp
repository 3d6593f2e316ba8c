#include "sim/engines/mailbox.hpp"

#include <algorithm>
#include <cassert>

#include "models/timed_sum.hpp"

namespace settle {

namespace {

/// Days so long that the ring holds what is usually in flight: what inputs send ahead, and the longest latency.
int day_shift(const LinkSettings& link) {
    const Time ahead = 4 * link.period + link.latency.high;
    int shift = 0;
    while (ahead >> shift >= Calendar::days) ++shift;
    return shift;
}

}  // namespace

Mailbox::Mailbox(const Strip& strip, const LinkSettings& link)
    : strip_(strip),
      level_(link.kind == Link::level),
      by_lane_(link.scope == Scope::synapse),
      day_shift_(day_shift(link)) {
    const auto lanes = static_cast<std::size_t>(padded_size(strip.lanes()));
    heard_.resize(lanes);
    begin_.resize(lanes + 1);
}

void Mailbox::reset(MailboxState& state) const {
    state.pending = Calendar(day_shift_);
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(strip_.rows.rows()), lanes = static_cast<std::size_t>(strip_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

std::size_t Mailbox::open(MailboxState& state, Time from, Time to) {
    assert(!by_lane_ || empty());
    const std::size_t before = state.pending.size();
    if (level_ && empty()) ones_before_ = state.ones;
    if (!level_ && !by_lane_) {
        open_pulses(state, from, to);
    } else {
        arrived_.clear();
        const std::int64_t last_day = state.pending.day(to);
        for (std::int64_t day = state.pending.day(from + 1); day <= last_day; ++day)
            state.pending.take(day, to, [&](const Message& message) { arrived_.push_back(message); });
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
            note_days(from, to, first);
        }
    }
    return before - state.pending.size();
}

/// Day by day, each sorted as it comes: a few messages a day. Sums do not depend on the order of what arrives at the
/// same time.
void Mailbox::open_pulses(MailboxState& state, Time from, Time to) {
    const std::int64_t last_day = state.pending.day(to);
    for (std::int64_t day = state.pending.day(from + 1); day <= last_day; ++day) {
        const std::size_t begin = times_.size();
        begin_of_day_[static_cast<std::size_t>(day) % Calendar::days] = static_cast<std::int32_t>(begin);
        state.pending.take(day, to, [&](const Message& message) {
            std::size_t k = times_.size();
            times_.push_back(message.at);
            rows_.push_back(message.row);
            for (; k > begin && times_[k - 1] > message.at; --k) {
                times_[k] = times_[k - 1];
                rows_[k] = rows_[k - 1];
            }
            times_[k] = message.at;
            rows_[k] = message.row;
        });
    }
}

void Mailbox::append(const Message& message) {
    times_.push_back(message.at);
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
void Mailbox::note_days(Time from, Time to, std::size_t k) {
    const std::int64_t last_day = to >> day_shift_;
    for (std::int64_t day = (from + 1) >> day_shift_; day <= last_day; ++day) {
        while (k < times_.size() && times_[k] >> day_shift_ < day) ++k;
        begin_of_day_[static_cast<std::size_t>(day) % Calendar::days] = static_cast<std::int32_t>(k);
    }
}

std::int32_t Mailbox::rank(int lane, Time time) const {
    if (by_lane_) {
        const auto from = times_.begin() + begin_[static_cast<std::size_t>(lane)], to = times_.begin() + last(lane);
        return static_cast<std::int32_t>(std::upper_bound(from, to, time) - times_.begin());
    }
    std::int32_t k = begin_of_day_[static_cast<std::size_t>(time >> day_shift_) % Calendar::days];
    while (k < size() && times_[static_cast<std::size_t>(k)] <= time) ++k;
    return k;
}

void Mailbox::add(int panel, const std::int32_t* end, std::int32_t* sums) {
    std::int32_t* start = heard_.data() + panel * panel_width;
    const std::int32_t* rows = strip_.rows.panel(panel);
    if (by_lane_) {
        add_by_lane(panel, start, end, sums);
    } else if (level_) {
        add_signed_rows_between(rows, rows_, signs_.data(), start, end, sums);
    } else {
        add_rows_between(rows, rows_, start, end, sums);
    }
    std::copy(end, end + panel_width, start);
}

void Mailbox::add_by_lane(int panel, const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) const {
    const std::int32_t* rows = strip_.rows.panel(panel);
    for (int lane = 0; lane < panel_width; ++lane) {
        for (auto k = static_cast<std::size_t>(start[lane]); k < static_cast<std::size_t>(end[lane]); ++k) {
            const std::int32_t weight = rows[static_cast<std::ptrdiff_t>(rows_[k]) * panel_width + lane];
            sums[lane] += level_ && signs_[k] < 0 ? -weight : weight;
        }
    }
}

std::int64_t Mailbox::ones(int lane, std::int32_t rank) const {
    assert(level_);
    const std::int32_t first = by_lane_ ? begin_[static_cast<std::size_t>(lane)] : 0;
    if (rank > first) return ones_after_[static_cast<std::size_t>(rank) - 1];
    return ones_before_[static_cast<std::size_t>(by_lane_ ? lane : 0)];
}

void Mailbox::flush(const MailboxState& state, std::int32_t* sums) {
    if (!empty()) {
        alignas(64) std::int32_t end[panel_width];
        for (int first = 0; first < static_cast<int>(heard_.size()); first += panel_width) {
            for (int lane = 0; lane < panel_width; ++lane) end[lane] = last(first + lane);
            add(first / panel_width, end, sums + first);
        }
    }
    times_.clear();
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
    cut(times_);
    cut(rows_);
    cut(signs_);
    cut(ones_after_);
    for (std::int32_t& lane : heard_) lane -= heard;
    for (std::int32_t& k : begin_of_day_) k = std::max(k - heard, 0);
}

}  // namespace settle

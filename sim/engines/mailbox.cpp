#include "sim/engines/mailbox.hpp"

#include <algorithm>
#include <cassert>

#include "models/timed_sum.hpp"

namespace settle {

Mailbox::Mailbox(const Strip& strip, const LinkSettings& link)
    : strip_(strip), level_(link.kind == Link::level), by_lane_(link.scope == Scope::synapse) {}

void Mailbox::reset(MailboxState& state) const {
    state.pending.clear();
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(strip_.rows.rows()), lanes = static_cast<std::size_t>(strip_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

std::size_t Mailbox::open(MailboxState& state, Time to) {
    times_.clear();
    rows_.clear();
    signs_.clear();
    ones_after_.clear();
    take(state, to);
    if (level_) {
        keep_changes(state);
    } else {
        sort_pulses();
    }
    if (by_lane_) split_by_lane();
    return arrived_.size();
}

void Mailbox::take(MailboxState& state, Time to) {
    arrived_.clear();
    auto kept = state.pending.begin();
    for (const Message& message : state.pending) {
        if (message.at <= to) {
            arrived_.push_back(message);
        } else {
            *kept++ = message;
        }
    }
    state.pending.erase(kept, state.pending.end());
}

void Mailbox::sort_pulses() {
    if (by_lane_) {
        std::sort(arrived_.begin(), arrived_.end(), [](const Message& a, const Message& b) {
            return a.lane != b.lane ? a.lane < b.lane : arrives_before(a, b);
        });
        for (const Message& message : arrived_) {
            times_.push_back(message.at);
            rows_.push_back(message.row);
        }
        return;
    }
    order_.clear();
    for (const Message& message : arrived_) order_.emplace_back(message.at, message.row);
    std::sort(order_.begin(), order_.end());
    for (const auto& [at, row] : order_) {
        times_.push_back(at);
        rows_.push_back(row);
    }
}

/// Level links: the last bit received of each source holds; only changes move the sums.
void Mailbox::keep_changes(MailboxState& state) {
    ones_before_ = state.ones;
    std::sort(arrived_.begin(), arrived_.end(), [](const Message& a, const Message& b) {
        return a.lane != b.lane ? a.lane < b.lane : arrives_before(a, b);
    });
    for (const Message& message : arrived_) {
        const auto lane = static_cast<std::size_t>(by_lane_ ? message.lane : 0);
        const std::size_t width = by_lane_ ? static_cast<std::size_t>(strip_.lanes()) : 1;
        std::uint8_t& held = state.held[static_cast<std::size_t>(message.row) * width + lane];
        if (held == message.bit) continue;
        held = message.bit;
        state.ones[lane] += message.bit ? 1 : -1;
        times_.push_back(message.at);
        rows_.push_back(message.row);
        signs_.push_back(message.bit ? 0 : -1);
        ones_after_.push_back(state.ones[lane]);
        if (by_lane_) order_.emplace_back(message.at, message.lane);
    }
}

void Mailbox::split_by_lane() {
    begin_.assign(static_cast<std::size_t>(padded_size(strip_.lanes())) + 1, 0);
    if (level_) {
        for (const auto& [at, lane] : order_) ++begin_[static_cast<std::size_t>(lane) + 1];
        order_.clear();
    } else {
        for (const Message& message : arrived_) ++begin_[static_cast<std::size_t>(message.lane) + 1];
    }
    for (std::size_t lane = 1; lane < begin_.size(); ++lane) begin_[lane] += begin_[lane - 1];
}

std::int32_t Mailbox::rank(int lane, Time time) const {
    const auto from = times_.begin() + first(lane), to = times_.begin() + last(lane);
    return static_cast<std::int32_t>(std::upper_bound(from, to, time) - times_.begin());
}

void Mailbox::add(int panel, const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) const {
    if (by_lane_) return add_by_lane(panel, start, end, sums);
    const std::int32_t* rows = strip_.rows.panel(panel);
    if (level_) {
        add_signed_rows_between(rows, rows_, signs_.data(), start, end, sums);
    } else {
        add_rows_between(rows, rows_, start, end, sums);
    }
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
    assert(level_ && rank >= first(lane) && rank <= last(lane));
    if (rank > first(lane)) return ones_after_[static_cast<std::size_t>(rank) - 1];
    return ones_before_[static_cast<std::size_t>(by_lane_ ? lane : 0)];
}

}  // namespace settle

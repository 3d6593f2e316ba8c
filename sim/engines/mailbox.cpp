#include "sim/engines/mailbox.hpp"

#include <algorithm>
#include <cassert>

#include "models/timed_sum.hpp"

namespace settle {

Mailbox::Mailbox(const Strip& strip, const LinkSettings& link)
    : strip_(strip), level_(link.kind == Link::level), by_lane_(link.scope == Scope::synapse) {
    const auto lanes = static_cast<std::size_t>(padded_size(strip.lanes()));
    heard_.resize(lanes);
    begin_.resize(lanes + 1);
}

void Mailbox::reset(MailboxState& state) const {
    state.pending.clear();
    if (!level_) return;
    const auto rows = static_cast<std::size_t>(strip_.rows.rows()), lanes = static_cast<std::size_t>(strip_.lanes());
    state.held.assign(by_lane_ ? rows * lanes : rows, 0);
    state.ones.assign(by_lane_ ? lanes : 1, 0);
}

std::size_t Mailbox::open(MailboxState& state, Time from, Time to) {
    assert(!by_lane_ || empty());
    window_ = size();
    if (level_ && empty()) ones_before_ = state.ones;
    take(state, to);
    if (arrived_.empty()) {
        build_grid(from, to);
        return 0;
    }
    if (level_) {
        append_changes(state);
    } else {
        append_pulses();
    }
    if (by_lane_) {
        split_by_lane();
    } else {
        build_grid(from, to);
    }
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

void Mailbox::append(Time at, std::int32_t row) {
    times_.push_back(at);
    rows_.push_back(row);
}

/// Sums do not depend on the order of what arrives at the same time.
void Mailbox::append_pulses() {
    if (by_lane_) {
        std::sort(arrived_.begin(), arrived_.end(),
                  [](const Message& a, const Message& b) { return a.lane != b.lane ? a.lane < b.lane : a.at < b.at; });
        for (const Message& message : arrived_) {
            append(message.at, message.row);
            lanes_.push_back(message.lane);
        }
        return;
    }
    order_.clear();
    for (const Message& message : arrived_) order_.emplace_back(message.at, message.row);
    std::sort(order_.begin(), order_.end());
    for (const auto& [at, row] : order_) append(at, row);
}

/// Level links: the last bit received of each source holds; only changes move the sums.
void Mailbox::append_changes(MailboxState& state) {
    std::sort(arrived_.begin(), arrived_.end(), [](const Message& a, const Message& b) {
        return a.lane != b.lane ? a.lane < b.lane : arrives_before(a, b);
    });
    const std::size_t width = by_lane_ ? static_cast<std::size_t>(strip_.lanes()) : 1;
    for (const Message& message : arrived_) {
        const auto lane = static_cast<std::size_t>(by_lane_ ? message.lane : 0);
        std::uint8_t& held = state.held[static_cast<std::size_t>(message.row) * width + lane];
        if (held == message.bit) continue;
        held = message.bit;
        state.ones[lane] += message.bit ? 1 : -1;
        append(message.at, message.row);
        signs_.push_back(message.bit ? 0 : -1);
        ones_after_.push_back(state.ones[lane]);
        if (by_lane_) lanes_.push_back(message.lane);
    }
}

void Mailbox::split_by_lane() {
    std::fill(begin_.begin(), begin_.end(), 0);
    for (const std::int32_t lane : lanes_) ++begin_[static_cast<std::size_t>(lane) + 1];
    for (std::size_t lane = 1; lane < begin_.size(); ++lane) begin_[lane] += begin_[lane - 1];
    std::copy(begin_.begin(), begin_.end() - 1, heard_.begin());
}

/// Cells of equal length over the window, so that a rank is found in a step or two.
void Mailbox::build_grid(Time from, Time to) {
    grid_from_ = from + 1;
    grid_shift_ = 0;
    while ((to - grid_from_) >> grid_shift_ >= grid_cells) ++grid_shift_;
    std::int32_t k = window_;
    for (int cell = 0; cell < grid_cells; ++cell) {
        grid_[cell] = k;
        const Time end = grid_from_ + (static_cast<Time>(cell + 1) << grid_shift_);
        while (k < size() && times_[static_cast<std::size_t>(k)] < end) ++k;
    }
}

std::int32_t Mailbox::rank(int lane, Time time) const {
    if (by_lane_) {
        const auto from = times_.begin() + begin_[static_cast<std::size_t>(lane)], to = times_.begin() + last(lane);
        return static_cast<std::int32_t>(std::upper_bound(from, to, time) - times_.begin());
    }
    assert(time >= grid_from_ && (time - grid_from_) >> grid_shift_ < grid_cells);
    std::int32_t k = grid_[(time - grid_from_) >> grid_shift_];
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
}

}  // namespace settle

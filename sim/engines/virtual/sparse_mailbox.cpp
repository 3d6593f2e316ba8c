#include "sim/engines/virtual/sparse_mailbox.hpp"

#include <algorithm>
#include <bit>

namespace settle {

SparseMailbox::SparseMailbox(const Slice& slice, const LinkSettings& link, const TerminalRule& terminals)
    : slice_(slice),
      first_row_(slice.afferents.dense_rows()),
      lists_(&slice.afferents.lists()),
      pulses_(!sends_every_tick(link.kind)),
      level_(link.kind == Link::level),
      rule_(terminals),
      day_shift_(day_shift(link)) {
    if (used()) waits_.assign(static_cast<std::size_t>(slice.lanes()), nobody);
}

void SparseMailbox::reset(SparseMailboxState& state) const {
    if (!used()) return;
    if (pulses_) {
        state.pulses.reset(day_shift_);
        return;
    }
    state.levels.reset(day_shift_);
    if (!level_) return;
    state.held.assign(static_cast<std::size_t>(lists_->rows()), 0);
    state.ones.assign(static_cast<std::size_t>(slice_.lanes()), 0);
}

template <class Sum>
void SparseMailbox::sum_held(const SparseMailboxState& state, Sum* sums) const {
    for (std::size_t row = 0; row < state.held.size(); ++row) {
        if (state.held[row] == 0) continue;
        for (const auto& [lane, weight] : lists_->of(static_cast<std::int32_t>(row))) sums[lane] += weight;
    }
}

void SparseMailbox::start_terminals(SparseMailboxState& state, const std::vector<Time>& tick_zero) const {
    state.terminals.start(std::span(tick_zero).last(static_cast<std::size_t>(slice_.afferents.lists().rows())), rule_);
}

template <class Sum>
Opened SparseMailbox::open(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums) {
    Opened arrived;
    if (!used()) return arrived;
    const std::size_t before = in_flight(state);
    if (pulses_) {
        open_pulses(state, from, to, next, sums, arrived);
    } else if (!level_) {
        open_parities(state, from, to, next, sums, arrived);
    } else {
        open_levels(state, from, to, next, sums);
    }
    arrived.messages = before - in_flight(state);
    return arrived;
}

template <class Sum>
void SparseMailbox::open_pulses(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums,
                                Opened& opened) {
    const std::int64_t last_day = state.pulses.day(to);
    for (std::int64_t day = state.pulses.day(from + 1); day <= last_day; ++day) {
        state.pulses.take(day, to, [&](Time at, std::int32_t row) {
            const auto targets = lists_->of(row);
            opened.pulses += targets.size();
            for (const auto& [lane, weight] : targets) {
                if (at <= next[lane]) {
                    sums[lane] += weight;
                } else {
                    wait(lane, at, weight, 1);
                }
            }
        });
    }
}

template <class Sum>
void SparseMailbox::open_levels(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums) {
    const std::int64_t last_day = state.levels.day(to);
    for (std::int64_t day = state.levels.day(from + 1); day <= last_day; ++day) {
        arrived_.clear();
        state.levels.take(day, to, [&](Time at, const LevelBit& level) { arrived_.push_back({at, level}); });
        std::sort(arrived_.begin(), arrived_.end(), arrives_before);
        for (const LevelArrival& arrival : arrived_) change(state, arrival, next, sums);
    }
}

template <class Sum>
void SparseMailbox::open_parities(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums,
                                  Opened& opened) {
    const std::int64_t last_day = state.levels.day(to);
    arrived_.clear();
    for (std::int64_t day = state.levels.day(from + 1); day <= last_day; ++day) {
        const auto begin = static_cast<std::ptrdiff_t>(arrived_.size());
        state.levels.take(day, to, [&](Time at, const LevelBit& level) { arrived_.push_back({at, level}); });
        std::sort(arrived_.begin() + begin, arrived_.end(), arrives_before);
    }
    parts_.clear();
    state.terminals.take(arrived_, 1, rule_, from, to, parts_);
    for (const auto& [at, row, whole, parts] : parts_) {
        const auto targets = lists_->of(row);
        opened.pulses += targets.size() * (rule_.fills ? additions(parts) : static_cast<std::uint64_t>(parts));
        for (const auto& [lane, weight] : targets) {
            const std::int64_t more = std::int64_t{weight} * parts;
            if (at <= next[lane]) {
                sums[lane] += static_cast<Sum>(more);
            } else {
                wait(lane, at, more, 1);
            }
        }
    }
}

/// Level links: the last bit received of each source holds; only changes move the sums.
template <class Sum>
void SparseMailbox::change(SparseMailboxState& state, const LevelArrival& arrival, const Time* next, Sum* sums) {
    const LevelBit& level = arrival.level;
    std::uint8_t& held = state.held[static_cast<std::size_t>(level.row)];
    if (held == level.bit) return;
    held = level.bit;
    const std::int32_t sign = level.bit != 0 ? 1 : -1;
    for (const auto& [lane, weight] : lists_->of(level.row)) {
        if (arrival.at <= next[lane]) {
            sums[lane] += sign * weight;
            state.ones[static_cast<std::size_t>(lane)] += sign;
        } else {
            wait(lane, arrival.at, sign * weight, sign);
        }
    }
}

void SparseMailbox::wait(std::int32_t lane, Time at, std::int64_t weight, std::int32_t sign) {
    std::int32_t place = unused_;
    if (place == nobody) {
        place = static_cast<std::int32_t>(pool_.size());
        pool_.emplace_back();
    } else {
        unused_ = pool_[static_cast<std::size_t>(place)].next;
    }
    std::int32_t& first = waits_[static_cast<std::size_t>(lane)];
    pool_[static_cast<std::size_t>(place)] = {at, weight, sign, first};
    first = place;
    ++waiting_;
}

template <class Sum>
void SparseMailbox::wake(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next, Sum* sums) {
    for (; lanes != 0; lanes &= lanes - 1) {
        const int i = std::countr_zero(lanes);
        const auto lane = static_cast<std::size_t>(panel * panel_width + i);
        for (std::int32_t* at = &waits_[lane]; *at != nobody;) {
            Waiting& one = pool_[static_cast<std::size_t>(*at)];
            if (one.at > next[i]) {
                at = &one.next;
                continue;
            }
            sums[i] += static_cast<Sum>(one.weight);
            if (level_) state.ones[lane] += one.sign;
            const std::int32_t place = *at;
            *at = one.next;
            one.next = unused_;
            unused_ = place;
            --waiting_;
        }
    }
}

template void SparseMailbox::sum_held(const SparseMailboxState&, std::int32_t*) const;
template Opened SparseMailbox::open(SparseMailboxState&, Time, Time, const Time*, std::int32_t*);
template void SparseMailbox::wake(SparseMailboxState&, int, LaneSet, const Time*, std::int32_t*);
template void SparseMailbox::sum_held(const SparseMailboxState&, std::int64_t*) const;
template Opened SparseMailbox::open(SparseMailboxState&, Time, Time, const Time*, std::int64_t*);
template void SparseMailbox::wake(SparseMailboxState&, int, LaneSet, const Time*, std::int64_t*);

}  // namespace settle

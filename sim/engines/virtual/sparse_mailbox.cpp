#include "sim/engines/virtual/sparse_mailbox.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <span>

namespace settle {

Duration regular_window(const ClockSettings& clock) {
    constexpr double seldom = 3;  // deviations
    const double period = static_cast<double>(clock.period);
    const double shortest = period * std::max(0.0, 1 + clock.drift.mean() - seldom * clock.drift.deviation());
    const double spread = std::sqrt(2.0) * clock.jitter.deviation();
    return static_cast<Duration>(std::floor(shortest - period / 4 - seldom * spread));
}

bool hears_by_window(const DeviceSettings& device) {
    const Duration window = regular_window(device.clock);
    return !sends_every_tick(device.link.kind) && device.link.scope != Scope::synapse && !device.link.sums_are_wide() &&
           window > 0 && window >= device.clock.period / 4;
}

SparseMailbox::SparseMailbox(const Slice& slice, const LinkSettings& link, const TerminalRule& terminals,
                             Duration ahead)
    : slice_(slice),
      first_row_(slice.afferents.dense_rows()),
      lists_(&slice.afferents.lists()),
      pulses_(!sends_every_tick(link.kind)),
      level_(link.kind == Link::level),
      rule_(terminals),
      day_shift_(day_shift(link)),
      ahead_(ahead),
      keeps_ahead_(ahead > 0 && used() && pulses_ && !link.sums_are_wide()),
      windows_(slice) {
    if (used()) waits_.assign(keeps_ahead_ ? 0 : static_cast<std::size_t>(slice.lanes()), nobody);
}

void SparseMailbox::reset(SparseMailboxState& state) const {
    if (!used()) return;
    if (pulses_) {
        state.pulses.reset(day_shift_);
        if (!keeps_ahead_) return;
        state.lists_heard = false;
        state.both.assign(static_cast<std::size_t>(padded_size(slice_.lanes())), 0);
        windows_.reset(state.windows);
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

/// The two sums of a lane, each modulo 2^32: what waits for two ticks may be more than a sum holds, not what one of
/// them hears.
static std::int32_t first_of(std::uint64_t both) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(both));
}

static std::uint32_t second_of(std::uint64_t both) {
    return static_cast<std::uint32_t>((both - static_cast<std::uint64_t>(std::int64_t{first_of(both)})) >> 32);
}

static std::uint64_t both_of(std::uint32_t first, std::uint32_t second) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(first)}) +
           (static_cast<std::uint64_t>(second) << 32);
}

template <class Sum>
Opened SparseMailbox::open(SparseMailboxState& state, Time from, Time to, Time earliest, const Time* next, Sum* sums) {
    Opened opened;
    if (!used()) return opened;
    if (!pulses_) {
        level_ ? open_levels(state, from, to, next, sums, opened) : open_parities(state, from, to, next, sums, opened);
        return opened;
    }
    // Whoever ticks next has heard, or will then hear, all that came before.
    if (keeps_ahead_) {
        std::erase_if(pulses_arrived_, [&](const PulseArrival& pulse) { return pulse.at <= earliest; });
    } else {
        pulses_arrived_.clear();
    }
    const std::size_t first = pulses_arrived_.size();
    state.pulses.take(from, to, pulses_arrived_);
    opened_to_ = to;
    assert(keeps_ahead_ || !windows_.used());
    if (keeps_ahead_) {
        open_pulses_ahead(state, from, to, next, first, opened);
        return opened;
    }
    open_pulses(next, sums, first, opened);
    return opened;
}

/// The plain way: what comes after the next tick of its lane waits by itself.
template <class Sum>
void SparseMailbox::open_pulses(const Time* next, Sum* sums, std::size_t first, Opened& opened) {
    for (const auto& [at, row] : std::span(pulses_arrived_).subspan(first)) {
        count(row, opened);
        for (const auto& [lane, weight] : lists_->of(row)) {
            if (at <= next[lane]) {
                sums[lane] += weight;
            } else {
                wait(lane, at, weight, 1);
            }
        }
    }
}

/// The same with two sums a lane.
void SparseMailbox::open_pulses_ahead(SparseMailboxState& state, Time from, Time to, const Time* next,
                                      std::size_t first, Opened& opened) {
    std::span<const PulseArrival> pulses = std::span(pulses_arrived_).subspan(first);
    if (windows_.used()) {
        windows_.open(state.windows, pulses, from, to, next);
        pulses_listed_.clear();
        for (const PulseArrival& pulse : pulses) {
            if (windows_.adds(pulse.row)) {
                count(pulse.row, opened);
            } else {
                pulses_listed_.push_back(pulse);
            }
        }
        pulses = pulses_listed_;
    }
    add_lists(state, pulses, next, opened);
}

void SparseMailbox::count(std::int32_t row, Opened& opened) const {
    opened.pulses += lists_->of(row).size();
    opened.messages += slice_.afferents.counts(first_row_ + row) ? 1 : 0;
}

/// Where one is added depends on the lane alone, or whatever is added next would have to wait for the comparison. Lists
/// are far apart in memory: they are asked for some pulses before.
void SparseMailbox::add_lists(SparseMailboxState& state, std::span<const PulseArrival> pulses, const Time* next,
                              Opened& opened) const {
    constexpr std::size_t soon = 24, later = 40;
    constexpr std::size_t line = 64 / sizeof(TargetLists::Target);
    state.lists_heard = state.lists_heard || !pulses.empty();
    std::uint64_t* const both = state.both.data();
    const std::int64_t* const begins = lists_->first.data();
    for (std::size_t i = 0; i < pulses.size(); ++i) {
        if (i + later < pulses.size()) __builtin_prefetch(begins + pulses[i + later].row);
        if (i + soon < pulses.size()) {
            const auto targets = lists_->of(pulses[i + soon].row);
            for (std::size_t k = 0; k < targets.size(); k += line) __builtin_prefetch(targets.data() + k);
            if (!targets.empty()) __builtin_prefetch(&targets.back());
        }
        const auto [at, row] = pulses[i];
        count(row, opened);
        for (const auto& [lane, weight] : lists_->of(row)) {
            const int shift = at > next[lane] ? 32 : 0;
            both[lane] += static_cast<std::uint64_t>(std::int64_t{weight}) << shift;
        }
    }
}

template <class Sum>
void SparseMailbox::add_heard(const SparseMailboxState& state, int panel, LaneSet lanes, Sum* sums) const {
    const std::uint64_t* const both = state.both.data() + panel * panel_width;
    for (; lanes != 0; lanes &= lanes - 1) {
        const int i = std::countr_zero(lanes);
        sums[i] += first_of(both[i]);
    }
}

void SparseMailbox::take_ahead(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next) const {
    std::uint64_t* const both = state.both.data() + panel * panel_width;
    for (; lanes != 0; lanes &= lanes - 1) {
        const int i = std::countr_zero(lanes);
        const std::uint32_t later = next[i] < opened_to_ ? sum_after(panel * panel_width + i, next[i]) : 0;
        both[i] = both_of(second_of(both[i]) - later, later);
    }
}

/// What has arrived at a lane after a time, modulo 2^32.
std::uint32_t SparseMailbox::sum_after(std::int32_t lane, Time time) const {
    std::uint32_t sum = 0;
    for (const auto& [at, row] : pulses_arrived_) {
        if (at <= time || windows_.adds(row)) continue;
        for (const auto& target : lists_->of(row))
            sum += target.lane == lane ? static_cast<std::uint32_t>(target.weight) : 0;
    }
    return sum;
}

template <class Sum>
void SparseMailbox::open_levels(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums,
                                Opened& opened) {
    const std::int64_t last_day = state.levels.day(to);
    for (std::int64_t day = state.levels.day(from + 1); day <= last_day; ++day) {
        arrived_.clear();
        state.levels.take(day, to, [&](Time at, const LevelBit& level) { arrived_.push_back({at, level}); });
        std::sort(arrived_.begin(), arrived_.end(), arrives_before);
        for (const LevelArrival& arrival : arrived_) {
            opened.messages += slice_.afferents.counts(first_row_ + arrival.level.row) ? 1 : 0;
            change(state, arrival, next, sums);
        }
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
    for (const LevelArrival& arrival : arrived_)
        opened.messages += slice_.afferents.counts(first_row_ + arrival.level.row) ? 1 : 0;
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
template Opened SparseMailbox::open(SparseMailboxState&, Time, Time, Time, const Time*, std::int32_t*);
template void SparseMailbox::add_heard(const SparseMailboxState&, int, LaneSet, std::int32_t*) const;
template void SparseMailbox::wake(SparseMailboxState&, int, LaneSet, const Time*, std::int32_t*);
template void SparseMailbox::sum_held(const SparseMailboxState&, std::int64_t*) const;
template Opened SparseMailbox::open(SparseMailboxState&, Time, Time, Time, const Time*, std::int64_t*);
template void SparseMailbox::add_heard(const SparseMailboxState&, int, LaneSet, std::int64_t*) const;
template void SparseMailbox::wake(SparseMailboxState&, int, LaneSet, const Time*, std::int64_t*);

}  // namespace settle

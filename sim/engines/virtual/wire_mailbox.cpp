#include "sim/engines/virtual/wire_mailbox.hpp"

#include <algorithm>
#include <cassert>

namespace settle {

namespace {

/// Offsets stay below longest_delay: a window is at most as long again.
constexpr Duration longest_span = longest_delay / 2;
constexpr std::size_t few_bits = 64;

bool is_sent_before(const SaidBit& a, const SaidBit& b) {
    return a.sent < b.sent;
}

}  // namespace

WireMailbox::WireMailbox(const Slice& slice, Duration period)
    : slice_(slice),
      afferents_(&slice.afferents),
      farthest_behind_(most_periods_behind * period),
      heard_(static_cast<std::size_t>(padded_size(slice.lanes()))) {}

void WireMailbox::reset(WireMailboxState& state) const {
    state.base = 0;
    state.said.clear();
    state.early.clear();
    state.drawn.clear();
    state.unused.clear();
    state.least = slice_.delays.least;
    state.greatest = slice_.delays.greatest;
    state.in_flight = 0;
}

void WireMailbox::begin(WireMailboxState& state, Time from) {
    std::fill(heard_.begin(), heard_.end(), 0);
    if (state.base != from) {
        const Duration shift = from - state.base;
        for (SaidBit& bit : state.said) bit.sent = static_cast<std::int32_t>(bit.sent - shift);
        state.base = from;
    }
    tidy_at_ = few_bits;
}

void WireMailbox::receive(WireMailboxState& state, Time sent, std::int32_t row) const {
    state.early.push_back({sent, row, slice_.delays.row_of(row)});
    state.in_flight += static_cast<std::uint64_t>(slice_.lanes());
}

std::int32_t* WireMailbox::receive_drawn(WireMailboxState& state, Time sent, std::int32_t row, std::int32_t least,
                                         std::int32_t greatest) const {
    if (state.unused.empty()) {
        // Twice as many: those that are there keep their places.
        const std::size_t rows = state.drawn.size() / width(), more = std::max<std::size_t>(rows, 16);
        state.drawn.resize((rows + more) * width());
        for (std::size_t i = more; i-- > 0;) state.unused.push_back(static_cast<std::int32_t>(rows + i));
    }
    const std::int32_t place = state.unused.back();
    state.unused.pop_back();
    state.early.push_back({sent, row, ~place});
    state.least = std::min(state.least, least);
    state.greatest = std::max(state.greatest, greatest);
    return state.drawn.data() + static_cast<std::size_t>(place) * width();
}

void WireMailbox::open(WireMailboxState& state, Time to) const {
    assert(to - state.base <= longest_delay);
    const auto known = static_cast<std::ptrdiff_t>(state.said.size());
    std::size_t left = 0;
    for (const WireMailboxState::EarlyBit& bit : state.early) {
        if (bit.sent > to) {
            state.early[left++] = bit;
        } else {
            state.said.push_back({static_cast<std::int32_t>(bit.sent - state.base), bit.source, bit.delays});
        }
    }
    state.early.resize(left);
    const auto begin = state.said.begin(), middle = begin + known, end = state.said.end();
    if (middle == end) return;
    std::sort(middle, end, is_sent_before);
    std::inplace_merge(std::upper_bound(begin, middle, *middle, is_sent_before), middle, end, is_sent_before);
}

template <class Sum>
void WireMailbox::hear(const WireMailboxState& state, int panel, const Time* times, LaneSet lanes, Sum* sums) {
    if (afferents_->dense_rows() == 0) return;
    const std::ptrdiff_t first = std::ptrdiff_t{panel} * panel_width;
    SaidBits said{state.said.data(), static_cast<std::int32_t>(state.said.size()), state.base};
    said.delays = slice_.delays.rows.panel(panel);
    said.drawn = state.drawn.empty() ? nullptr : state.drawn.data() + first;
    said.stride = static_cast<std::ptrdiff_t>(width());
    said.least = state.least;
    said.greatest = state.greatest;
    afferents_->hear(said, panel, times, lanes, heard_.data() + first, sums);
}

template <class Sum>
void WireMailbox::catch_up(const WireMailboxState& state, Time until, Sum* sums) {
    alignas(64) Time times[panel_width];
    std::fill(times, times + panel_width, until);
    for (int first = 0; first < static_cast<int>(width()); first += panel_width)
        hear(state, first / panel_width, times, (LaneSet{1} << panel_width) - 1, sums + first);
}

std::int32_t WireMailbox::heard_by_all() const {
    return *std::min_element(heard_.begin(), heard_.end());
}

template <class Sum>
void WireMailbox::tidy(WireMailboxState& state, Time until, Time to, Sum* sums) {
    const bool is_long = to - state.base > longest_span;
    if (state.said.size() < tidy_at_ && !is_long) return;
    if (to - state.base - heard_by_all() > farthest_behind_) catch_up(state, until, sums);
    const std::int32_t heard = heard_by_all();
    forget(state, heard);
    tidy_at_ = std::max(few_bits, 2 * state.said.size());
    if (!is_long) return;
    for (SaidBit& bit : state.said) bit.sent -= heard;
    for (std::int32_t& time : heard_) time -= heard;
    state.base += heard;
}

template <class Sum>
void WireMailbox::flush(WireMailboxState& state, Time to, Sum* sums) {
    catch_up(state, to, sums);
    forget(state, static_cast<std::int32_t>(to - state.base));
}

/// What has come to everybody until then.
void WireMailbox::forget(WireMailboxState& state, std::int32_t heard) const {
    const std::int32_t last = heard - state.greatest;
    auto end = state.said.begin();
    for (; end != state.said.end() && end->sent <= last; ++end) {
        if (end->delays < 0) state.unused.push_back(~end->delays);
    }
    state.said.erase(state.said.begin(), end);
}

/// Of how many lanes the delay is longer.
std::uint64_t WireMailbox::lanes_after(const WireMailboxState& state, std::int32_t delays, Duration passed) const {
    const auto limit = static_cast<std::int32_t>(std::clamp<Duration>(passed, 0, never_arrives - 1));
    std::uint64_t count = 0;
    for (int first = 0; first < slice_.lanes(); first += panel_width) {
        const std::int32_t* row =
            delays < 0 ? state.drawn.data() + static_cast<std::size_t>(~delays) * width() + first
                       : slice_.delays.rows.panel(first / panel_width) + std::ptrdiff_t{delays} * panel_width;
        std::uint32_t here = 0;
        for (int i = 0; i < std::min(panel_width, slice_.lanes() - first); ++i)
            here += row[i] > limit && row[i] != never_arrives ? 1 : 0;
        count += here;
    }
    return count;
}

std::uint64_t WireMailbox::take_arrived(WireMailboxState& state, Time to) const {
    std::uint64_t in_flight = 0;
    for_each_in_flight(state, to, [&](std::int32_t /*row*/, std::uint64_t lanes) { in_flight += lanes; });
    assert(in_flight <= state.in_flight);
    const std::uint64_t arrived = state.in_flight - in_flight;
    state.in_flight = in_flight;
    return arrived;
}

template void WireMailbox::hear(const WireMailboxState&, int, const Time*, LaneSet, std::int32_t*);
template void WireMailbox::tidy(WireMailboxState&, Time, Time, std::int32_t*);
template void WireMailbox::flush(WireMailboxState&, Time, std::int32_t*);
template void WireMailbox::hear(const WireMailboxState&, int, const Time*, LaneSet, std::int64_t*);
template void WireMailbox::tidy(WireMailboxState&, Time, Time, std::int64_t*);
template void WireMailbox::flush(WireMailboxState&, Time, std::int64_t*);

}  // namespace settle

// The clocks of a panel, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/panel_clock_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <bit>

#include "models/device/panel_clock.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<std::int64_t>;
using V = hn::Vec<D>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(D()));
static_assert(panel_width % lanes == 0);

/// The lanes from `first` on that are in the set.
HWY_INLINE hn::Mask<D> mask_of(LaneSet set, int first) {
    const D d;
    return hn::TestBit(hn::Set(d, static_cast<std::int64_t>(set)), hn::Shl(hn::Set(d, 1), hn::Iota(d, first)));
}

HWY_INLINE LaneSet ticking_of(const Time* next, Time to) {
    const D d;
    const V after = hn::Set(d, to + 1);
    LaneSet set = 0;
    for (int i = 0; i < panel_width; i += lanes) {
        std::uint8_t bytes[8] = {};
        hn::StoreMaskBits(d, hn::Load(d, next + i) < after, bytes);
        set |= static_cast<LaneSet>(bytes[0]) << i;
    }
    return set;
}

LaneSet ticking_kernel(const Time* next, Time to) {
    return ticking_of(next, to);
}

struct TicksCounted {
    LaneSet drained;  ///< who has done a number of ticks that is 3 mod 4: the draws of the next one begin a group
    int common;       ///< of the lanes that ticked, that number mod 4, where it is the same; else -1
};

HWY_INLINE TicksCounted count_ticks(std::int32_t* ticks, LaneSet set) {
    const hn::ScalableTag<std::int32_t> d;
    constexpr LaneSet last_lane = LaneSet{1} << (panel_width - 1);  // of an empty set any number will do
    const int one_draw = (ticks[std::countr_zero(set | last_lane)] + 1) % TickJitter::group_ticks;
    LaneSet drained = 0, others = 0;
    const auto one = hn::Set(d, 1), members = hn::Set(d, static_cast<std::int32_t>(set));
    for (int i = 0; i < panel_width; i += static_cast<int>(hn::MaxLanes(d))) {
        const auto ticked = hn::TestBit(members, hn::Shl(one, hn::Iota(d, i)));
        const auto done = hn::Load(d, ticks + i) + hn::IfThenElseZero(ticked, one);
        hn::Store(done, d, ticks + i);
        std::uint8_t bytes[8] = {};
        const auto last = hn::Set(d, TickJitter::group_ticks - 1), draws = hn::And(done, last);
        hn::StoreMaskBits(d, draws == last, bytes);
        drained |= (bytes[0] | static_cast<LaneSet>(bytes[1]) << 8) << i;
        hn::StoreMaskBits(d, draws != hn::Set(d, one_draw), bytes);
        others |= (bytes[0] | static_cast<LaneSet>(bytes[1]) << 8) << i;
    }
    return {drained & set, (others & set) == 0 ? one_draw : -1};
}

/// The draw of each lane's next tick: which of the four it is depends on how many ticks the lane has done.
HWY_INLINE V jitter_of(const PanelClock& clock, int i, int common) {
    const D d;
    if (common >= 0) return hn::Load(d, clock.jitter + common * panel_width + i);
    const hn::Rebind<std::int32_t, D> d32;
    const V which = hn::And(hn::PromoteTo(d, hn::LoadU(d32, clock.ticks + i)), hn::Set(d, TickJitter::group_ticks - 1));
    V draw = hn::Load(d, clock.jitter + i);
    for (int k = 1; k < TickJitter::group_ticks; ++k)
        draw = hn::IfThenElse(which == hn::Set(d, k), hn::Load(d, clock.jitter + k * panel_width + i), draw);
    return draw;
}

int due_rounds_kernel(const Time* next, const Time* earliest, int panels, Time to, PanelRound* out) {
    int count = 0;
    for (int panel = 0; panel < panels; ++panel) {
        if (earliest[panel] > to) continue;
        out[count++] = {panel, ticking_of(next + panel * panel_width, to)};
    }
    return count;
}

HWY_INLINE ClocksAdvanced advance_panel(const PanelClock& clock, LaneSet set) {
    const D d;
    const V one = hn::Set(d, 1);
    const auto [drained, common] = count_ticks(clock.ticks, set);
    V earliest = hn::Load(d, clock.next);
    for (int i = 0; i < panel_width; i += lanes) {
        const auto mask = mask_of(set, i);
        V nominal = hn::Load(d, clock.nominal + i) + hn::IfThenElseZero(mask, hn::Load(d, clock.period + i));
        V due = nominal;
        if (clock.jitter) due = due + hn::IfThenElseZero(mask, jitter_of(clock, i, common));
        if (clock.accumulate) nominal = due;
        hn::Store(nominal, d, clock.nominal + i);
        V next = hn::Load(d, clock.next + i);
        next = hn::IfThenElse(mask, hn::Max(next + one, due), next);
        hn::Store(next, d, clock.next + i);
        earliest = i == 0 ? next : hn::Min(earliest, next);
    }
    return {hn::GetLane(hn::MinOfLanes(d, earliest)), drained};
}

ClocksAdvanced advance_clocks_kernel(const PanelClock& clock, LaneSet set) {
    return advance_panel(clock, set);
}

void advance_rounds_kernel(const PanelClock& clock, std::span<const PanelRound> rounds, ClocksAdvanced* out) {
    for (const auto& [panel, set] : rounds) {
        const std::ptrdiff_t first = std::ptrdiff_t{panel} * panel_width;
        PanelClock one{clock.next + first, clock.nominal + first, clock.period + first, clock.ticks + first};
        if (clock.jitter) one.jitter = clock.jitter + first * TickJitter::group_ticks;
        one.accumulate = clock.accumulate;
        *out++ = advance_panel(one, set);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(ticking_kernel);
HWY_EXPORT(advance_clocks_kernel);
HWY_EXPORT(due_rounds_kernel);
HWY_EXPORT(advance_rounds_kernel);

LaneSet ticking(const Time* next, Time to) {
    return HWY_DYNAMIC_DISPATCH(ticking_kernel)(next, to);
}

int due_rounds(const Time* next, const Time* earliest, int panels, Time to, PanelRound* out) {
    return HWY_DYNAMIC_DISPATCH(due_rounds_kernel)(next, earliest, panels, to, out);
}

void advance_clocks(const PanelClock& clock, std::span<const PanelRound> rounds, ClocksAdvanced* out) {
    HWY_DYNAMIC_DISPATCH(advance_rounds_kernel)(clock, rounds, out);
}

ClocksAdvanced advance_clocks(const PanelClock& clock, LaneSet lanes) {
    return HWY_DYNAMIC_DISPATCH(advance_clocks_kernel)(clock, lanes);
}

}  // namespace settle
#endif

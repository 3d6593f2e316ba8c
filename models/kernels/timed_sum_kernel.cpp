// Sums over timed arrivals, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/timed_sum_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/timed_sum.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));
constexpr int vectors = panel_width / lanes;  // a panel in registers
static_assert(vectors >= 1);

/// A value for each lane of a panel.
struct Panel {
    hn::Vec<I> v[vectors];
};

HWY_INLINE Panel load_panel(const std::int32_t* from) {
    Panel panel;
    for (int v = 0; v < vectors; ++v) panel.v[v] = hn::Load(I(), from + v * lanes);
    return panel;
}

HWY_INLINE void store_panel(const Panel& panel, std::int32_t* to) {
    for (int v = 0; v < vectors; ++v) hn::Store(panel.v[v], I(), to + v * lanes);
}

HWY_INLINE std::int32_t least_of(const Panel& panel) {
    auto least = panel.v[0];
    for (int v = 1; v < vectors; ++v) least = hn::Min(least, panel.v[v]);
    return hn::GetLane(hn::MinOfLanes(I(), least));
}

HWY_INLINE std::int32_t greatest_of(const Panel& panel) {
    auto greatest = panel.v[0];
    for (int v = 1; v < vectors; ++v) greatest = hn::Max(greatest, panel.v[v]);
    return hn::GetLane(hn::MaxOfLanes(I(), greatest));
}

enum class RowUse { plain, signs, factors };

/// A row, or where `sign` is -1 its negative: (w ^ -1) - (-1) = -w.
template <RowUse reading>
HWY_INLINE hn::Vec<I> weights_at(const std::int32_t* row, int v, std::int32_t sign) {
    const I d;
    const auto w = hn::Load(d, row + v * lanes);
    if constexpr (reading != RowUse::signs) return w;
    const auto negate = hn::Set(d, sign);
    return hn::Xor(w, negate) - negate;
}

using D = hn::ScalableTag<std::int64_t>;
constexpr int lanes64 = static_cast<int>(hn::MaxLanes(D()));
constexpr int parts = lanes / lanes64;  // 64-bit vectors for one of 32 bits
static_assert(parts == (HWY_TARGET == HWY_SCALAR ? 1 : 2));

/// The same in 64 bits: what is in vector v of a panel is in the vectors from parts * v on.
struct WidePanel {
    hn::Vec<D> v[parts * vectors];
};

template <class Sum>
struct PanelOf;
template <>
struct PanelOf<std::int32_t> {
    using Type = Panel;
};
template <>
struct PanelOf<std::int64_t> {
    using Type = WidePanel;
};

HWY_INLINE WidePanel load_panel(const std::int64_t* from) {
    WidePanel panel;
    for (int v = 0; v < parts * vectors; ++v) panel.v[v] = hn::Load(D(), from + v * lanes64);
    return panel;
}

HWY_INLINE void store_panel(const WidePanel& panel, std::int64_t* to) {
    for (int v = 0; v < parts * vectors; ++v) hn::Store(panel.v[v], D(), to + v * lanes64);
}

HWY_INLINE void clear(Panel& panel) {
    for (int v = 0; v < vectors; ++v) panel.v[v] = hn::Zero(I());
}

HWY_INLINE void clear(WidePanel& panel) {
    for (int v = 0; v < parts * vectors; ++v) panel.v[v] = hn::Zero(D());
}

HWY_INLINE void add(Panel& sums, const Panel& more) {
    for (int v = 0; v < vectors; ++v) sums.v[v] = sums.v[v] + more.v[v];
}

HWY_INLINE void add(WidePanel& sums, const WidePanel& more) {
    for (int v = 0; v < parts * vectors; ++v) sums.v[v] = sums.v[v] + more.v[v];
}

/// The product of the lower halves of 64-bit lanes.
HWY_INLINE hn::Vec<D> times(hn::Vec<D> weights, std::int32_t factor) {
    return hn::MulEven(hn::BitCast(I(), weights), hn::Set(I(), factor));
}

/// Adds the weights of one vector of lanes, `factor` times where there are factors.
template <RowUse reading>
HWY_INLINE void add_weights(Panel& sums, int v, hn::Vec<I> weights, std::int32_t /*factor*/) {
    sums.v[v] = sums.v[v] + weights;
}

template <RowUse reading>
HWY_INLINE void add_weights(WidePanel& sums, int v, hn::Vec<I> weights, std::int32_t factor) {
    const D d;
#if HWY_TARGET == HWY_SCALAR
    auto low = hn::PromoteTo(d, weights);
    if constexpr (reading == RowUse::factors) low = hn::MulEven(weights, hn::Set(I(), factor));
    sums.v[v] = sums.v[v] + low;
#else
    const hn::Half<I> half;
    auto low = hn::PromoteTo(d, hn::LowerHalf(half, weights)), high = hn::PromoteTo(d, hn::UpperHalf(half, weights));
    if constexpr (reading == RowUse::factors) {
        low = times(low, factor);
        high = times(high, factor);
    }
    sums.v[2 * v] = sums.v[2 * v] + low;
    sums.v[2 * v + 1] = sums.v[2 * v + 1] + high;
#endif
}

/// Up to where each lane hears: its time, as an offset, or the earliest of all for those that are not in the set.
HWY_INLINE Panel until_of(const Time* times, Time base, LaneSet set, const Panel& heard) {
    const I d;
    const D d64;
    const hn::RebindToUnsigned<D> du64;
    const hn::Rebind<std::uint32_t, D> du32;
    alignas(64) std::uint32_t low[panel_width];
    const auto from = hn::Set(d64, base);
    for (int i = 0; i < panel_width; i += lanes64) {
        const auto offset = hn::Load(d64, times + i) - from;
        hn::Store(hn::TruncateTo(du32, hn::BitCast(du64, offset)), du32, low + i);
    }
    Panel panel = load_panel(reinterpret_cast<const std::int32_t*>(low));
    for (int v = 0; v < vectors; ++v) {
        const auto mask =
            hn::TestBit(hn::Set(d, static_cast<std::int32_t>(set)), hn::Shl(hn::Set(d, 1), hn::Iota(d, v * lanes)));
        panel.v[v] = hn::IfThenElse(mask, panel.v[v], hn::Set(d, 0x7fffffff));
    }
    const auto earliest = hn::Set(d, least_of(panel));
    for (int v = 0; v < vectors; ++v) {
        const auto time = hn::IfThenElse(panel.v[v] == hn::Set(d, 0x7fffffff), earliest, panel.v[v]);
        panel.v[v] = hn::Max(heard.v[v], time);
    }
    return panel;
}

/// Days in which some lane begins or ends to hear need masks; between them everybody hears everything. What comes too
/// late for a lane is added up for its next tick.
template <RowUse reading, class Sum>
HWY_INLINE void hear_rows(const Timetable& table, const std::int32_t* rows, const Panel& heard, const Panel& until,
                          Sum* ahead, Sum* out) {
    const I d;
    Panel from = heard;
    typename PanelOf<Sum>::Type sums = load_panel(out), late;
    const std::int32_t horizon = greatest_of(heard), all_hear_until = least_of(until), end = greatest_of(until);
    const bool uses_ahead = all_hear_until >= horizon;  // else it holds too much for somebody
    clear(late);
    if (uses_ahead) {
        add(sums, load_panel(ahead));
        for (int v = 0; v < vectors; ++v) from.v[v] = hn::Set(d, horizon);
    }
    const std::int32_t first = table.begin_of(uses_ahead ? horizon : least_of(heard)), last = table.begin_of(end, 1);
    std::int32_t all_from = table.begin_of(horizon, 1), all_to = table.begin_of(all_hear_until);
    if (all_from > all_to) all_from = all_to = first;
    const auto row_of = [&](std::int32_t k) HWY_ATTR {
        return rows + static_cast<std::ptrdiff_t>(table.arrivals[k].source) * panel_width;
    };
    for (std::int32_t k = first; k < all_from; ++k) {
        const std::int32_t* row = row_of(k);
        const std::int32_t sign = reading == RowUse::plain ? 0 : table.signs[k];
        const auto offset = hn::Set(d, table.arrivals[k].offset);
        for (int v = 0; v < vectors; ++v) {
            const auto weights = weights_at<reading>(row, v, sign);
            add_weights<reading>(sums, v, hn::IfThenElseZero(offset > from.v[v], weights), sign);
        }
    }
    for (std::int32_t k = all_from; k < all_to; ++k) {
        const std::int32_t* row = row_of(k);
        const std::int32_t sign = reading == RowUse::plain ? 0 : table.signs[k];
        for (int v = 0; v < vectors; ++v) add_weights<reading>(sums, v, weights_at<reading>(row, v, sign), sign);
    }
    for (std::int32_t k = all_to; k < last; ++k) {
        if (table.arrivals[k].offset > end) continue;
        const std::int32_t* row = row_of(k);
        const std::int32_t sign = reading == RowUse::plain ? 0 : table.signs[k];
        const auto offset = hn::Set(d, table.arrivals[k].offset);
        for (int v = 0; v < vectors; ++v) {
            const auto weights = weights_at<reading>(row, v, sign);
            const auto is_late = offset > until.v[v];
            add_weights<reading>(sums, v, hn::IfThenElseZero(hn::AndNot(is_late, offset > from.v[v]), weights), sign);
            add_weights<reading>(late, v, hn::IfThenElseZero(is_late, weights), sign);
        }
    }
    store_panel(sums, out);
    store_panel(late, ahead);
}

template <class Sum>
HWY_INLINE void hear_panel(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet set,
                           const Ears<Sum>& ears, Sum* sums) {
    const Panel from = load_panel(ears.heard), until = until_of(times, table.base, set, from);
    if (!table.signs) {
        hear_rows<RowUse::plain>(table, rows, from, until, ears.ahead, sums);
    } else if (sizeof(Sum) == 8 && table.scaled) {
        hear_rows<RowUse::factors>(table, rows, from, until, ears.ahead, sums);
    } else {
        hear_rows<RowUse::signs>(table, rows, from, until, ears.ahead, sums);
    }
    store_panel(until, ears.heard);
}

void hear_kernel(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet set,
                 const Ears<std::int32_t>& ears, std::int32_t* sums) {
    hear_panel(table, rows, times, set, ears, sums);
}

void hear_wide_kernel(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet set,
                      const Ears<std::int64_t>& ears, std::int64_t* sums) {
    hear_panel(table, rows, times, set, ears, sums);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(hear_kernel);
HWY_EXPORT(hear_wide_kernel);

void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int32_t>& ears, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_kernel)(table, rows, times, lanes, ears, sums);
}

void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int64_t>& ears, std::int64_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_wide_kernel)(table, rows, times, lanes, ears, sums);
}

}  // namespace settle
#endif

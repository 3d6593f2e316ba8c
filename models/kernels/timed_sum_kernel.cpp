// Sums over timed arrivals, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/timed_sum_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/panel_vectors.hpp"
#include "models/kernels/timed_sum.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// A row, or where `sign` is -1 its negative: (w ^ -1) - (-1) = -w.
template <RowUse reading>
HWY_INLINE hn::Vec<I> weights_at(const std::int32_t* row, int v, std::int32_t sign) {
    const I d;
    const auto w = hn::Load(d, row + v * lanes);
    if constexpr (reading != RowUse::signs) return w;
    const auto negate = hn::Set(d, sign);
    return hn::Xor(w, negate) - negate;
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

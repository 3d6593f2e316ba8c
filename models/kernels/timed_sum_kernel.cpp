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

/// Arrivals of a timetable with their rows.
template <RowUse reading>
struct Rows {
    const Timetable& table;
    const std::int32_t* rows;

    HWY_INLINE const std::int32_t* row(std::int32_t k) const {
        return rows + static_cast<std::ptrdiff_t>(table.arrivals[k].source) * panel_width;
    }
    HWY_INLINE std::int32_t sign(std::int32_t k) const { return reading == RowUse::plain ? 0 : table.signs[k]; }
    HWY_INLINE hn::Vec<I> offset(std::int32_t k) const { return hn::Set(I(), table.arrivals[k].offset); }
};

/// Everybody hears all of [from, to).
template <RowUse reading, class Sums>
HWY_INLINE void hear_all(const Rows<reading>& in, std::int32_t from, std::int32_t to, Sums& sums) {
    for (std::int32_t k = from; k < to; ++k) {
        const std::int32_t* row = in.row(k);
        for (int v = 0; v < vectors; ++v)
            add_weights<reading>(sums, v, weights_at<reading>(row, v, in.sign(k)), in.sign(k));
    }
}

/// Most rows come here: four at a time, so that no addition waits for the one before.
HWY_INLINE void hear_all(const Rows<RowUse::plain>& in, std::int32_t from, std::int32_t to, Panel& sums) {
    const I d;
    Panel b, c, e;
    clear(b), clear(c), clear(e);
    std::int32_t k = from;
    for (; k + 4 <= to; k += 4) {
        const std::int32_t *r0 = in.row(k), *r1 = in.row(k + 1), *r2 = in.row(k + 2), *r3 = in.row(k + 3);
        for (int v = 0; v < vectors; ++v) {
            sums.v[v] = sums.v[v] + hn::Load(d, r0 + v * lanes);
            b.v[v] = b.v[v] + hn::Load(d, r1 + v * lanes);
            c.v[v] = c.v[v] + hn::Load(d, r2 + v * lanes);
            e.v[v] = e.v[v] + hn::Load(d, r3 + v * lanes);
        }
    }
    for (; k < to; ++k) {
        const std::int32_t* row = in.row(k);
        for (int v = 0; v < vectors; ++v) b.v[v] = b.v[v] + hn::Load(d, row + v * lanes);
    }
    add(b, c);
    add(sums, e);
    add(sums, b);
}

/// Days in which some lane begins or ends to hear need masks; between them everybody hears everything. What comes too
/// late for a lane is added up for its next tick.
template <RowUse reading, class Sum>
HWY_INLINE void hear_rows(const Timetable& table, const std::int32_t* rows, const Panel& heard, const Panel& until,
                          Sum* ahead, Sum* out) {
    const I d;
    const Rows<reading> in{table, rows};
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
    std::int32_t last_day = table.begin_of(end);
    if (all_from > all_to) all_from = all_to = last_day = first;
    for (std::int32_t k = first; k < all_from; ++k) {
        const std::int32_t* row = in.row(k);
        for (int v = 0; v < vectors; ++v) {
            const auto weights = weights_at<reading>(row, v, in.sign(k));
            add_weights<reading>(sums, v, hn::IfThenElseZero(in.offset(k) > from.v[v], weights), in.sign(k));
        }
    }
    hear_all(in, all_from, all_to, sums);
    // All are added up, and what came too late is taken away again.
    for (std::int32_t k = all_to; k < last_day; ++k) {
        const std::int32_t* row = in.row(k);
        for (int v = 0; v < vectors; ++v) {
            const auto weights = weights_at<reading>(row, v, in.sign(k));
            add_weights<reading>(sums, v, weights, in.sign(k));
            add_weights<reading>(late, v, hn::IfThenElseZero(in.offset(k) > until.v[v], weights), in.sign(k));
        }
    }
    subtract(sums, late);
    // Nobody hears all of the last day.
    for (std::int32_t k = last_day; k < last; ++k) {
        if (table.arrivals[k].offset > end) continue;
        const std::int32_t* row = in.row(k);
        for (int v = 0; v < vectors; ++v) {
            const auto weights = weights_at<reading>(row, v, in.sign(k));
            const auto is_late = in.offset(k) > until.v[v];
            const auto in_time = hn::AndNot(is_late, in.offset(k) > from.v[v]);
            add_weights<reading>(sums, v, hn::IfThenElseZero(in_time, weights), in.sign(k));
            add_weights<reading>(late, v, hn::IfThenElseZero(is_late, weights), in.sign(k));
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

void hear_rounds_kernel(const Timetable& table, const std::int32_t* rows, std::ptrdiff_t stride,
                        std::span<const PanelRound> rounds, const Time* times, const Ears<std::int32_t>& ears,
                        std::int32_t* sums) {
    const Timetable common = table;
    for (const auto& [panel, set] : rounds) {
        const std::ptrdiff_t first = std::ptrdiff_t{panel} * panel_width;
        hear_panel<std::int32_t>(common, rows + panel * stride, times + first, set,
                                 {ears.heard + first, ears.ahead + first}, sums + first);
    }
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
HWY_EXPORT(hear_rounds_kernel);
HWY_EXPORT(hear_wide_kernel);

void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int32_t>& ears, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_kernel)(table, rows, times, lanes, ears, sums);
}

void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int64_t>& ears, std::int64_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_wide_kernel)(table, rows, times, lanes, ears, sums);
}

void hear(const Timetable& table, const std::int32_t* rows, std::ptrdiff_t stride, std::span<const PanelRound> rounds,
          const Time* times, const Ears<std::int32_t>& ears, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_rounds_kernel)(table, rows, stride, rounds, times, ears, sums);
}

}  // namespace settle
#endif

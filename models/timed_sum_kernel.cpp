// Sums over timed arrivals, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/timed_sum_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "models/timed_sum.hpp"

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

/// Where the lanes of a panel begin and end to listen: outside [first, last) nobody does, and in [all_from, all_to)
/// everybody does, so that only the arrivals around it need masks.
struct Span {
    std::int32_t first, all_from, all_to, last;
};

HWY_INLINE Span span_of(const Panel& start, const Panel& end) {
    Span s{least_of(start), greatest_of(start), least_of(end), greatest_of(end)};
    // Nobody in between: everything needs masks.
    if (s.all_to <= s.all_from) s.all_from = s.all_to = s.last;
    return s;
}

/// A row, or where `sign` is -1 its negative: (w ^ -1) - (-1) = -w.
template <bool is_signed>
HWY_INLINE hn::Vec<I> weights_at(const std::int32_t* row, int v, std::int32_t sign) {
    const I d;
    const auto w = hn::Load(d, row + v * lanes);
    if constexpr (!is_signed) return w;
    const auto negate = hn::Set(d, sign);
    return hn::Xor(w, negate) - negate;
}

template <bool is_signed>
HWY_INLINE void add_between(const std::int32_t* rows, const std::int32_t* sources, const std::int32_t* signs,
                            const Panel& start, const Panel& end, std::int32_t* out) {
    const I d;
    const Span span = span_of(start, end);
    Panel sums = load_panel(out);
    const auto row_of = [=](std::int32_t k)
                            HWY_ATTR { return rows + static_cast<std::ptrdiff_t>(sources[k]) * panel_width; };
    const auto masked = [&](std::int32_t k) HWY_ATTR {
        const std::int32_t* row = row_of(k);
        const auto index = hn::Set(d, k);
        for (int v = 0; v < vectors; ++v) {
            // start <= k < end, as masks of all ones.
            const auto hears = hn::AndNot(hn::VecFromMask(d, index < start.v[v]), hn::VecFromMask(d, index < end.v[v]));
            sums.v[v] = sums.v[v] + hn::And(hears, weights_at<is_signed>(row, v, is_signed ? signs[k] : 0));
        }
    };
    std::int32_t k = span.first;
    for (; k < span.all_from; ++k) masked(k);
    for (; k < span.all_to; ++k) {
        const std::int32_t* row = row_of(k);
        for (int v = 0; v < vectors; ++v)
            sums.v[v] = sums.v[v] + weights_at<is_signed>(row, v, is_signed ? signs[k] : 0);
    }
    for (; k < span.last; ++k) masked(k);
    store_panel(sums, out);
}

using D = hn::ScalableTag<std::int64_t>;
constexpr int lanes64 = static_cast<int>(hn::MaxLanes(D()));

/// The times of the lanes that tick, as offsets in the window; of the others, before all arrivals. `earliest`: the
/// least of those that tick.
HWY_INLINE Panel offsets_of(const Time* times, Time from, LaneSet set, std::int32_t& earliest) {
    const I d;
    const D d64;
    const hn::RebindToUnsigned<D> du64;
    const hn::Rebind<std::uint32_t, D> du32;
    alignas(64) std::uint32_t low[panel_width];
    const auto base = hn::Set(d64, from);
    for (int i = 0; i < panel_width; i += lanes64) {
        const auto offset = hn::Load(d64, times + i) - base;
        hn::Store(hn::TruncateTo(du32, hn::BitCast(du64, offset)), du32, low + i);
    }
    Panel panel = load_panel(reinterpret_cast<const std::int32_t*>(low)), ticking = panel;
    for (int v = 0; v < vectors; ++v) {
        const auto mask =
            hn::TestBit(hn::Set(d, static_cast<std::int32_t>(set)), hn::Shl(hn::Set(d, 1), hn::Iota(d, v * lanes)));
        panel.v[v] = hn::IfThenElse(mask, panel.v[v], hn::Set(d, -1));
        ticking.v[v] = hn::IfThenElse(mask, ticking.v[v], hn::Set(d, 0x7fffffff));
    }
    earliest = least_of(ticking);
    return panel;
}

template <bool is_signed>
HWY_INLINE void hear_rows(const Timetable& table, const std::int32_t* rows, const Panel& offsets, std::int32_t common,
                          Panel& heard, std::int32_t* out) {
    const I d;
    Panel sums = load_panel(out);
    const auto add = [&](std::int32_t k, int v, hn::Vec<I> hears) HWY_ATTR {
        const std::int32_t* row = rows + static_cast<std::ptrdiff_t>(table.sources[k]) * panel_width;
        sums.v[v] = sums.v[v] + hn::And(hears, weights_at<is_signed>(row, v, is_signed ? table.signs[k] : 0));
    };
    const std::int32_t all_from = greatest_of(heard);
    std::int32_t k = least_of(heard);
    // Up to `common` everybody hears all that is new to it.
    for (; k < std::min(all_from, common); ++k) {
        const auto index = hn::Set(d, k);
        for (int v = 0; v < vectors; ++v) add(k, v, hn::Not(hn::VecFromMask(d, index < heard.v[v])));
    }
    for (; k < common; ++k) {
        for (int v = 0; v < vectors; ++v) add(k, v, hn::Set(d, -1));
    }
    // From there on, those whose time has not come yet.
    const std::int32_t latest = greatest_of(offsets);
    Panel end;
    for (int v = 0; v < vectors; ++v) end.v[v] = hn::Max(heard.v[v], hn::Set(d, common));
    for (k = common; table.offsets[k] <= latest; ++k) {
        const auto index = hn::Set(d, k), offset = hn::Set(d, table.offsets[k]);
        for (int v = 0; v < vectors; ++v) {
            const auto not_yet =
                hn::Or(hn::VecFromMask(d, index < heard.v[v]), hn::VecFromMask(d, offset > offsets.v[v]));
            const auto hears = hn::Not(not_yet);
            add(k, v, hears);
            end.v[v] = end.v[v] - hears;
        }
    }
    heard = end;
    store_panel(sums, out);
}

void hear_kernel(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet set, std::int32_t* heard,
                 std::int32_t* sums) {
    std::int32_t earliest = 0;
    const Panel offsets = offsets_of(times, table.from, set, earliest);
    std::int32_t common = table.begin[((table.from + earliest) >> table.shift) & (Timetable::days - 1)];
    while (table.offsets[common] <= earliest) ++common;
    Panel progress = load_panel(heard);
    if (table.signs) {
        hear_rows<true>(table, rows, offsets, common, progress, sums);
    } else {
        hear_rows<false>(table, rows, offsets, common, progress, sums);
    }
    store_panel(progress, heard);
}

void add_rows_between_kernel(const std::int32_t* rows, const std::int32_t* sources, const std::int32_t* start,
                             const std::int32_t* end, std::int32_t* sums) {
    add_between<false>(rows, sources, nullptr, load_panel(start), load_panel(end), sums);
}

void add_signed_rows_between_kernel(const std::int32_t* rows, const std::int32_t* sources, const std::int32_t* signs,
                                    const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) {
    add_between<true>(rows, sources, signs, load_panel(start), load_panel(end), sums);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(add_rows_between_kernel);
HWY_EXPORT(add_signed_rows_between_kernel);
HWY_EXPORT(hear_kernel);

void add_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* start,
                      const std::int32_t* end, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(add_rows_between_kernel)(rows, sources.data(), start, end, sums);
}

void add_signed_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* signs,
                             const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(add_signed_rows_between_kernel)(rows, sources.data(), signs, start, end, sums);
}

void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_kernel)(table, rows, times, lanes, heard, sums);
}

}  // namespace settle
#endif

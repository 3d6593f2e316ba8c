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
    const auto row_of = [=](std::int32_t k) HWY_ATTR {
        return rows + static_cast<std::ptrdiff_t>(sources[k]) * panel_width;
    };
    const auto masked = [&](std::int32_t k) HWY_ATTR {
        const std::int32_t* row = row_of(k);
        const auto index = hn::Set(d, k);
        for (int v = 0; v < vectors; ++v) {
            // start <= k < end, as masks of all ones.
            const auto hears =
                hn::AndNot(hn::VecFromMask(d, index < start.v[v]), hn::VecFromMask(d, index < end.v[v]));
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

/// How many arrivals come up to and including the time of each lane; of lanes outside the set, anything.
HWY_INLINE void ranks_of(const Timetable& table, const Time* times, LaneSet set, std::int32_t* ranks) {
    const D d;
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<std::uint32_t, D> du32;
    const auto one = hn::Set(d, 1), members = hn::Set(d, static_cast<std::int64_t>(set));
    for (int i = 0; i < panel_width; i += lanes64) {
        const auto mask = hn::TestBit(members, hn::Shl(one, hn::Iota(d, i)));
        const auto time = hn::Load(d, times + i);
        const auto day = hn::And(hn::ShiftRightSame(time, table.shift), hn::Set(d, Timetable::days - 1));
        auto k = hn::IfThenElseZero(mask, hn::GatherIndex(d, table.begin, day));
        for (;;) {
            const auto before = hn::AndNot(hn::VecFromMask(d, hn::GatherIndex(d, table.times, k) > time),
                                           hn::VecFromMask(d, mask));
            if (hn::AllFalse(d, hn::MaskFromVec(before))) break;
            k = k - before;  // -1 where it is all ones
        }
        hn::Store(hn::TruncateTo(du32, hn::BitCast(du, k)), du32, reinterpret_cast<std::uint32_t*>(ranks) + i);
    }
}

void hear_kernel(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet set,
                 std::int32_t* heard, std::int32_t* sums) {
    const I d;
    alignas(64) std::int32_t ranks[panel_width];
    ranks_of(table, times, set, ranks);
    const Panel start = load_panel(heard);
    Panel end = load_panel(ranks), ticking = end;
    hn::Mask<I> mask[vectors];
    for (int v = 0; v < vectors; ++v) {
        mask[v] = hn::TestBit(hn::Set(d, static_cast<std::int32_t>(set)),
                              hn::Shl(hn::Set(d, 1), hn::Iota(d, v * lanes)));
        ticking.v[v] = hn::IfThenElse(mask[v], end.v[v], hn::Set(d, 0x7fffffff));
    }
    const auto least = hn::Set(d, least_of(ticking));
    for (int v = 0; v < vectors; ++v)
        end.v[v] = hn::IfThenElse(mask[v], end.v[v], hn::Max(start.v[v], least));
    store_panel(end, heard);
    if (table.signs) {
        add_between<true>(rows, table.sources, table.signs, start, end, sums);
    } else {
        add_between<false>(rows, table.sources, nullptr, start, end, sums);
    }
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

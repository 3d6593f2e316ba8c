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

/// Where the lanes of a panel begin and end to listen: outside [first, last) nobody does, and in [all_from, all_to)
/// everybody does, so that only the arrivals around it need masks.
struct Span {
    std::int32_t first, all_from, all_to, last;
};

HWY_INLINE Span span_of(const std::int32_t* start, const std::int32_t* end) {
    Span s{start[0], start[0], end[0], end[0]};
    for (int lane = 1; lane < panel_width; ++lane) {
        s.first = std::min(s.first, start[lane]);
        s.all_from = std::max(s.all_from, start[lane]);
        s.all_to = std::min(s.all_to, end[lane]);
        s.last = std::max(s.last, end[lane]);
    }
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
                            const std::int32_t* start, const std::int32_t* end, std::int32_t* out) {
    const I d;
    const Span span = span_of(start, end);
    hn::Vec<I> sums[vectors], from[vectors], to[vectors];
    for (int v = 0; v < vectors; ++v) {
        sums[v] = hn::Load(d, out + v * lanes);
        from[v] = hn::Load(d, start + v * lanes);
        to[v] = hn::Load(d, end + v * lanes);
    }
    const auto row_of = [=](std::int32_t k)
                            HWY_ATTR { return rows + static_cast<std::ptrdiff_t>(sources[k]) * panel_width; };
    const auto masked = [&](std::int32_t k) HWY_ATTR {
        const std::int32_t* row = row_of(k);
        const auto index = hn::Set(d, k);
        for (int v = 0; v < vectors; ++v) {
            // start <= k < end, as masks of all ones.
            const auto hears = hn::AndNot(hn::VecFromMask(d, index < from[v]), hn::VecFromMask(d, index < to[v]));
            sums[v] = sums[v] + hn::And(hears, weights_at<is_signed>(row, v, is_signed ? signs[k] : 0));
        }
    };
    std::int32_t k = span.first;
    for (; k < span.all_from; ++k) masked(k);
    for (; k < span.all_to; ++k) {
        const std::int32_t* row = row_of(k);
        for (int v = 0; v < vectors; ++v) sums[v] = sums[v] + weights_at<is_signed>(row, v, is_signed ? signs[k] : 0);
    }
    for (; k < span.last; ++k) masked(k);
    for (int v = 0; v < vectors; ++v) hn::Store(sums[v], d, out + v * lanes);
}

void add_rows_between_kernel(const std::int32_t* rows, const std::int32_t* sources, const std::int32_t* start,
                             const std::int32_t* end, std::int32_t* sums) {
    add_between<false>(rows, sources, nullptr, start, end, sums);
}

void add_signed_rows_between_kernel(const std::int32_t* rows, const std::int32_t* sources, const std::int32_t* signs,
                                    const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) {
    add_between<true>(rows, sources, signs, start, end, sums);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(add_rows_between_kernel);
HWY_EXPORT(add_signed_rows_between_kernel);

void add_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* start,
                      const std::int32_t* end, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(add_rows_between_kernel)(rows, sources.data(), start, end, sums);
}

void add_signed_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* signs,
                             const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(add_signed_rows_between_kernel)(rows, sources.data(), signs, start, end, sums);
}

}  // namespace settle
#endif

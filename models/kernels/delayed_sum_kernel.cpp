// Sums over delayed bits, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/delayed_sum_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/delayed_sum.hpp"
#include "models/kernels/panel_vectors.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

/// The first bit that was sent after `time`. Without branches: which way a step goes is anybody's guess.
HWY_INLINE std::int32_t first_after(const SaidBits& said, std::int32_t time) {
    const SaidBit* first = said.bits;
    for (std::int32_t size = said.size; size > 0;) {
        const std::int32_t half = size / 2;
        const bool later = first[half].sent <= time;
        first = later ? first + half + 1 : first;
        size = later ? size - half - 1 : half;
    }
    return static_cast<std::int32_t>(first - said.bits);
}

/// What comes after from and up to until.
template <class Sums>
HWY_INLINE void add_heard(const SaidBits& said, const SaidBit& bit, const std::int32_t* row, const Panel& from,
                          const Panel& until, Sums& sums) {
    const I d;
    const std::int32_t* delays = delays_of(said, bit);
    const auto sent = hn::Set(d, bit.sent);
    for (int v = 0; v < vectors; ++v) {
        const auto at = sent + hn::Load(d, delays + v * lanes);
        const auto hears = hn::AndNot(at > until.v[v], at > from.v[v]);
        add_weights<RowUse::plain>(sums, v, hn::IfThenElseZero(hears, hn::Load(d, row + v * lanes)), 0);
    }
}

/// Bits that come to some lanes before they begin to hear, or after they have ended, need a comparison for each lane;
/// between those everybody hears everything, but for bits with draws of their own, which may be lost.
template <class Sum>
HWY_INLINE void hear_panel(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet set,
                           std::int32_t* heard, Sum* out) {
    const I d;
    const Panel from = load_panel(heard), until = until_of(times, said.base, set, from);
    store_panel(until, heard);
    const std::int32_t first = first_after(said, least_of(from) - said.greatest);
    const std::int32_t last = first_after(said, greatest_of(until) - said.least);
    if (first >= last) return;
    std::int32_t all_from = first_after(said, greatest_of(from) - said.least);
    std::int32_t all_to = first_after(said, least_of(until) - said.greatest);
    if (all_from >= all_to) all_from = all_to = last;
    typename PanelOf<Sum>::Type sums = load_panel(out);
    const auto row_of = [&](const SaidBit& bit)
                            HWY_ATTR { return rows + static_cast<std::ptrdiff_t>(bit.source) * panel_width; };
    for (std::int32_t k = first; k < all_from; ++k)
        add_heard(said, said.bits[k], row_of(said.bits[k]), from, until, sums);
    for (std::int32_t k = all_from; k < all_to; ++k) {
        const SaidBit& bit = said.bits[k];
        const std::int32_t* row = row_of(bit);
        if (bit.delays < 0) {
            add_heard(said, bit, row, from, until, sums);
            continue;
        }
        for (int v = 0; v < vectors; ++v) add_weights<RowUse::plain>(sums, v, hn::Load(d, row + v * lanes), 0);
    }
    for (std::int32_t k = all_to; k < last; ++k) add_heard(said, said.bits[k], row_of(said.bits[k]), from, until, sums);
    store_panel(sums, out);
}

void hear_said_kernel(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet set,
                      std::int32_t* heard, std::int32_t* sums) {
    hear_panel(said, rows, times, set, heard, sums);
}

void hear_said_wide_kernel(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet set,
                           std::int32_t* heard, std::int64_t* sums) {
    hear_panel(said, rows, times, set, heard, sums);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(hear_said_kernel);
HWY_EXPORT(hear_said_wide_kernel);

void hear(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_said_kernel)(said, rows, times, lanes, heard, sums);
}

void hear(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int64_t* sums) {
    HWY_DYNAMIC_DISPATCH(hear_said_wide_kernel)(said, rows, times, lanes, heard, sums);
}

}  // namespace settle
#endif

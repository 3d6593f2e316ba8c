// Vectors over the sixteen lanes of a panel: sums of integer weights, and up to when each lane hears. Compiled once per
// Highway target, like neuron.hpp.
#if defined(SETTLE_MODELS_PANEL_VECTORS_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_PANEL_VECTORS_HPP
#undef SETTLE_MODELS_PANEL_VECTORS_HPP
#else
#define SETTLE_MODELS_PANEL_VECTORS_HPP
#endif

#include <cstdint>

#include "core/time.hpp"
#include "models/kernels/panel.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));
constexpr int vectors = panel_width / lanes;  // a panel in registers
static_assert(vectors >= 1);

constexpr LaneSet all_lanes = (LaneSet{1} << panel_width) - 1;

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

/// How a row of weights is taken: as it is; as it is or its negative; or so many times.
enum class RowUse { plain, signs, factors };

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

HWY_INLINE void subtract(Panel& sums, const Panel& less) {
    for (int v = 0; v < vectors; ++v) sums.v[v] = sums.v[v] - less.v[v];
}

HWY_INLINE void subtract(WidePanel& sums, const WidePanel& less) {
    for (int v = 0; v < parts * vectors; ++v) sums.v[v] = sums.v[v] - less.v[v];
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

/// Times as offsets from `base`, cut off to 32 bits.
HWY_INLINE Panel offsets_of(const Time* times, Time base) {
    const D d64;
    const auto from = hn::Set(d64, base);
    Panel panel;
    for (int v = 0; v < vectors; ++v) {
        const Time* at = times + v * lanes;
#if HWY_TARGET == HWY_SCALAR
        panel.v[v] = hn::Set(I(), static_cast<std::int32_t>(hn::GetLane(hn::Load(d64, at) - from)));
#else
        const auto low = hn::Load(d64, at) - from, high = hn::Load(d64, at + lanes64) - from;
        panel.v[v] = hn::ConcatEven(I(), hn::BitCast(I(), high), hn::BitCast(I(), low));
#endif
    }
    return panel;
}

/// Up to where each lane hears: its time, as an offset, or the earliest of all for those that are not in the set.
HWY_INLINE Panel until_of(const Time* times, Time base, LaneSet set, const Panel& heard) {
    const I d;
    Panel panel = offsets_of(times, base);
    if (set != all_lanes) {
        for (int v = 0; v < vectors; ++v) {
            const auto mask =
                hn::TestBit(hn::Set(d, static_cast<std::int32_t>(set)), hn::Shl(hn::Set(d, 1), hn::Iota(d, v * lanes)));
            panel.v[v] = hn::IfThenElse(mask, panel.v[v], hn::Set(d, 0x7fffffff));
        }
        const auto earliest = hn::Set(d, least_of(panel));
        for (int v = 0; v < vectors; ++v)
            panel.v[v] = hn::IfThenElse(panel.v[v] == hn::Set(d, 0x7fffffff), earliest, panel.v[v]);
    }
    for (int v = 0; v < vectors; ++v) panel.v[v] = hn::Max(heard.v[v], panel.v[v]);
    return panel;
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles

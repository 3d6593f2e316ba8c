// Vectors of floats as lanes for the neuron's equations. Compiled once per Highway target, like neuron.hpp. Works on
// targets whose vectors have operators (x86, NEON, scalar).
#if defined(SETTLE_MODELS_LANES_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_LANES_HPP
#undef SETTLE_MODELS_LANES_HPP
#else
#define SETTLE_MODELS_LANES_HPP
#endif

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

struct VectorLanes {
    using D = hn::ScalableTag<float>;
    using V = hn::Vec<D>;
    using M = hn::Mask<D>;
    static HWY_INLINE V of(float value) { return hn::Set(D(), value); }
    static HWY_INLINE V select(M mask, V yes, V no) { return hn::IfThenElse(mask, yes, no); }
    static HWY_INLINE M both(M a, M b) { return hn::And(a, b); }
    /// values[place] of each lane.
    static HWY_INLINE V look_up(const float* values, V place) {
        return hn::GatherIndex(D(), values, hn::ConvertTo(hn::RebindToSigned<D>(), place));
    }
};

/// Gathers the masks of successive vectors as bits, the first lane lowest. `index` is the position of the mask's first
/// lane.
HWY_INLINE void store_bits(VectorLanes::M mask, std::uint8_t* bytes, int index) {
    constexpr int lanes = static_cast<int>(hn::MaxLanes(VectorLanes::D()));
    if constexpr (lanes >= 8) {
        hn::StoreMaskBits(VectorLanes::D(), mask, bytes + index / 8);
    } else {
        std::uint8_t part[8] = {};
        hn::StoreMaskBits(VectorLanes::D(), mask, part);
        if (index % 8 == 0) bytes[index / 8] = 0;
        bytes[index / 8] = static_cast<std::uint8_t>(bytes[index / 8] | part[0] << (index % 8));
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles

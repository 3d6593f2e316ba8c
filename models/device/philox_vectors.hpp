// Vectors of Philox blocks, and of the times that their words mean. Compiled once per Highway target, like neuron.hpp.
#if defined(SETTLE_MODELS_PHILOX_VECTORS_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_PHILOX_VECTORS_HPP
#undef SETTLE_MODELS_PHILOX_VECTORS_HPP
#else
#define SETTLE_MODELS_PHILOX_VECTORS_HPP
#endif

#include <cmath>
#include <cstdint>

#include "models/device/normal_quantile.hpp"
#include "models/device/philox_kernel.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int philox_words = 4 * philox_lanes;

// A word in the lower half of every 64-bit lane: that is how vectors multiply 32 by 32 bits. What gathers in the upper
// halves never reaches a product and is cut off at the end.
using D64 = hn::ScalableTag<std::uint64_t>;
using V64 = hn::Vec<D64>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(D64()));
constexpr int vectors = philox_lanes / lanes;
static_assert(vectors >= 1);

HWY_INLINE V64 multiply(V64 a, V64 b) {
#if HWY_TARGET == HWY_SCALAR
    const std::uint64_t lower = 0xffffffff;
    return hn::Set(D64(), (hn::GetLane(a) & lower) * (hn::GetLane(b) & lower));
#else
    const hn::Repartition<std::uint32_t, D64> d32;
    return hn::MulEven(hn::BitCast(d32, a), hn::BitCast(d32, b));
#endif
}

/// store(word, first lane, the words) for all words of all blocks.
template <class Store>
HWY_INLINE void each_word(const PhiloxBlocks& blocks, const Store& store) {
    const D64 d;
    const hn::Rebind<std::uint32_t, D64> d32;
    const auto m0 = hn::Set(d, 0xd2511f53), m1 = hn::Set(d, 0xcd9e8d57), lower = hn::Set(d, 0xffffffff);
    V64 a[vectors], b[vectors], c[vectors], e[vectors];
    for (int v = 0; v < vectors; ++v) {
        a[v] = hn::PromoteTo(d, hn::LoadU(d32, blocks.a + v * lanes));
        b[v] = hn::PromoteTo(d, hn::LoadU(d32, blocks.b + v * lanes));
        c[v] = hn::Set(d, blocks.c);
        e[v] = hn::Set(d, blocks.d);
    }
    auto k0 = static_cast<std::uint32_t>(blocks.key), k1 = static_cast<std::uint32_t>(blocks.key >> 32);
    for (int round = 0; round < 10; ++round) {
        const auto key0 = hn::Set(d, k0), key1 = hn::Set(d, k1);
        for (int v = 0; v < vectors; ++v) {
            const V64 p0 = multiply(a[v], m0), p1 = multiply(c[v], m1);
            a[v] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), b[v]), key0);
            c[v] = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), e[v]), key1);
            b[v] = p1;
            e[v] = p0;
        }
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    for (int v = 0; v < vectors; ++v) {
        store(0, v * lanes, hn::And(a[v], lower));
        store(1, v * lanes, hn::And(b[v], lower));
        store(2, v * lanes, hn::And(c[v], lower));
        store(3, v * lanes, hn::And(e[v], lower));
    }
}

/// As Uniform::time(): values x word / 2^32, and `low` more.
HWY_INLINE V64 uniform_times(V64 words, Duration low, std::uint64_t values) {
    const D64 d;
    const V64 scaled = multiply(words, hn::Set(d, values >> 32)) +
                       hn::ShiftRight<32>(multiply(words, hn::Set(d, values & 0xffffffff)));
    return scaled + hn::Set(d, static_cast<std::uint64_t>(low));
}

struct VectorDoubles {
    using D = hn::ScalableTag<double>;
    using V = hn::Vec<D>;
    using U = V64;
    static HWY_INLINE V of(double value) { return hn::Set(D(), value); }
    static HWY_INLINE U of(std::uint64_t value) { return hn::Set(D64(), value); }
    static HWY_INLINE U bits(V value) { return hn::BitCast(D64(), value); }
    static HWY_INLINE V from_bits(U value) { return hn::BitCast(D(), value); }
    static HWY_INLINE U shift_up(U value) { return hn::ShiftLeft<52>(value); }
    static HWY_INLINE U shift_down(U value) { return hn::ShiftRight<52>(value); }
    static HWY_INLINE U either(U a, U b) { return hn::Or(a, b); }
    static HWY_INLINE V root(V value) { return hn::Sqrt(value); }
};

/// As Normal::time(), of `count` distances from the median, whole vectors of them; at most philox_words.
HWY_INLINE void normal_times(const double* from, int count, double mean, double deviation, Duration* out) {
    using L = VectorDoubles;
    const L::D d;
    alignas(64) double quantile[philox_words], tail[philox_words];
    for (int i = 0; i < count; i += lanes) hn::Store(central_quantile<L>(hn::Load(d, from + i)), d, quantile + i);
    // The seventh of the draws that lies in the tails is gathered, so that its costlier form needs few vectors.
    int at[philox_words], tails = 0;
    for (int i = 0; i < count; ++i) {
        at[tails] = i;
        tail[tails] = from[i];
        tails += std::abs(from[i]) > central_limit;
    }
    for (int i = tails; i % lanes != 0; ++i) tail[i] = 0.45;  // anything there will do
    for (int i = 0; i < tails; i += lanes) {
        const auto q = hn::Load(d, tail + i);
        hn::Store(hn::CopySign(tail_quantile<L>(hn::Set(d, 0.5) - hn::Abs(q)), q), d, tail + i);
    }
    for (int i = 0; i < tails; ++i) quantile[at[i]] = tail[i];
    const auto scale = hn::Set(d, deviation), center = hn::Set(d, mean), half = hn::Set(d, 0.5);
    const hn::RebindToSigned<L::D> di;
    for (int i = 0; i < count; i += lanes) {
        const auto draw = scale * hn::Load(d, quantile + i) + center;
        hn::StoreU(hn::ConvertTo(di, draw + hn::CopySign(half, draw)), di, out + i);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles

// Philox in vectors, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/philox_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cmath>

#include "models/device/normal_quantile.hpp"
#include "models/device/philox_kernel.hpp"

#ifndef SETTLE_MODELS_PHILOX_KERNEL_ONCE
#define SETTLE_MODELS_PHILOX_KERNEL_ONCE
namespace settle {

constexpr int philox_words = 4 * philox_lanes;

}  // namespace settle
#endif

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

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

void philox_blocks_kernel(const PhiloxBlocks& blocks, std::uint32_t* out) {
    each_word(blocks, [out](int word, int lane, V64 words) HWY_ATTR {
        const hn::Rebind<std::uint32_t, D64> d32;
        hn::StoreU(hn::TruncateTo(d32, words), d32, out + word * philox_lanes + lane);
    });
}

void draw_uniform_kernel(const PhiloxBlocks& blocks, Duration least, std::uint64_t values, Duration* out) {
    const D64 d;
    const auto low = hn::Set(d, values & 0xffffffff), high = hn::Set(d, values >> 32);
    const auto offset = hn::Set(d, static_cast<std::uint64_t>(least));
    auto* to = reinterpret_cast<std::uint64_t*>(out);
    each_word(blocks, [=](int word, int lane, V64 words) HWY_ATTR {
        const V64 scaled = multiply(words, high) + hn::ShiftRight<32>(multiply(words, low));
        hn::StoreU(scaled + offset, d, to + word * philox_lanes + lane);
    });
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

void draw_normal_kernel(const PhiloxBlocks& blocks, double mean, double deviation, Duration* out) {
    using L = VectorDoubles;
    const L::D d;
    alignas(64) double from[philox_words], quantile[philox_words], tail[philox_words];
    each_word(blocks, [&](int word, int lane, V64 words)
                          HWY_ATTR { hn::Store(from_median<L>(words), d, from + word * philox_lanes + lane); });
    for (int i = 0; i < philox_words; i += lanes) {
        hn::Store(central_quantile<L>(hn::Load(d, from + i)), d, quantile + i);
    }
    // The seventh of the draws that lies in the tails is gathered, so that its costlier form needs few vectors.
    int at[philox_words], count = 0;
    for (int i = 0; i < philox_words; ++i) {
        at[count] = i;
        tail[count] = from[i];
        count += std::abs(from[i]) > central_limit;
    }
    for (int i = count; i % lanes != 0; ++i) tail[i] = 0.45;  // anything there will do
    for (int i = 0; i < count; i += lanes) {
        const auto q = hn::Load(d, tail + i);
        hn::Store(hn::CopySign(tail_quantile<L>(hn::Set(d, 0.5) - hn::Abs(q)), q), d, tail + i);
    }
    for (int i = 0; i < count; ++i) quantile[at[i]] = tail[i];
    const auto scale = hn::Set(d, deviation), center = hn::Set(d, mean), half = hn::Set(d, 0.5);
    const hn::RebindToSigned<L::D> di;
    for (int i = 0; i < philox_words; i += lanes) {
        const auto draw = scale * hn::Load(d, quantile + i) + center;
        hn::StoreU(hn::ConvertTo(di, draw + hn::CopySign(half, draw)), di, out + i);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(philox_blocks_kernel);
HWY_EXPORT(draw_uniform_kernel);
HWY_EXPORT(draw_normal_kernel);

void philox_blocks(const std::uint32_t* a, const std::uint32_t* b, std::uint32_t c, std::uint32_t d, std::uint64_t key,
                   std::uint32_t* out) {
    HWY_DYNAMIC_DISPATCH(philox_blocks_kernel)({a, b, c, d, key}, out);
}

void draw_uniform_blocks(const PhiloxBlocks& blocks, Duration low, std::uint64_t values, Duration* out) {
    HWY_DYNAMIC_DISPATCH(draw_uniform_kernel)(blocks, low, values, out);
}

void draw_normal_blocks(const PhiloxBlocks& blocks, double mean, double deviation, Duration* out) {
    HWY_DYNAMIC_DISPATCH(draw_normal_kernel)(blocks, mean, deviation, out);
}

}  // namespace settle
#endif

// Philox in vectors, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/philox_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/device/philox_kernel.hpp"
#include "models/device/philox_vectors.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

void philox_blocks_kernel(const PhiloxBlocks& blocks, std::uint32_t* out) {
    each_word(blocks, [out](int word, int lane, V64 words) HWY_ATTR {
        const hn::Rebind<std::uint32_t, D64> d32;
        hn::StoreU(hn::TruncateTo(d32, words), d32, out + word * philox_lanes + lane);
    });
}

void draw_uniform_kernel(const PhiloxBlocks& blocks, Duration least, std::uint64_t values, Duration* out) {
    auto* to = reinterpret_cast<std::uint64_t*>(out);
    each_word(blocks, [=](int word, int lane, V64 words) HWY_ATTR {
        hn::StoreU(uniform_times(words, least, values), D64(), to + word * philox_lanes + lane);
    });
}

void draw_normal_kernel(const PhiloxBlocks& blocks, double mean, double deviation, Duration* out) {
    using L = VectorDoubles;
    alignas(64) double from[philox_words];
    each_word(blocks, [&](int word, int lane, V64 words)
                          HWY_ATTR { hn::Store(from_median<L>(words), L::D(), from + word * philox_lanes + lane); });
    normal_times(from, philox_words, mean, deviation, out);
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

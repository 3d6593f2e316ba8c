// Messages in vectors, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/device/message_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/device/message_kernel.hpp"
#include "models/device/philox_vectors.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

using S64 = hn::ScalableTag<std::int64_t>;

/// Which of the words are below a limit, 0 to 2^32.
HWY_INLINE std::uint32_t below(V64 words, std::uint64_t limit) {
    const S64 d;
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::BitCast(d, words) < hn::Set(d, static_cast<std::int64_t>(limit)), bytes);
    return bytes[0];
}

/// store(first lane, the words 1), and the rest of `passed`.
template <class Store>
HWY_INLINE void pass_each(const PhiloxBlocks& blocks, const MessageOdds& odds, MessagesPassed& passed,
                          const Store& store) {
    std::uint32_t lost = 0, duplicated = 0;
    each_word(blocks, [&](int word, int lane, V64 words) HWY_ATTR {
        if (word == 0) lost |= below(words, odds.lose) << lane;
        if (word == 1) store(lane, words);
        if (word == 2) duplicated |= below(words, odds.duplicate) << lane;
    });
    passed.lost = lost;
    passed.duplicated = duplicated;
}

void pass_without_jitter_kernel(const PhiloxBlocks& blocks, const MessageOdds& odds, MessagesPassed& passed) {
    auto* to = reinterpret_cast<std::uint64_t*>(passed.extra);
    pass_each(blocks, odds, passed,
              [=](int lane, V64 /*words*/) HWY_ATTR { hn::StoreU(hn::Zero(D64()), D64(), to + lane); });
}

void pass_uniform_kernel(const PhiloxBlocks& blocks, const MessageOdds& odds, Duration low, std::uint64_t values,
                         MessagesPassed& passed) {
    auto* to = reinterpret_cast<std::uint64_t*>(passed.extra);
    pass_each(blocks, odds, passed,
              [=](int lane, V64 words) HWY_ATTR { hn::StoreU(uniform_times(words, low, values), D64(), to + lane); });
}

void pass_normal_kernel(const PhiloxBlocks& blocks, const MessageOdds& odds, double mean, double deviation,
                        MessagesPassed& passed) {
    using L = VectorDoubles;
    alignas(64) double from[philox_lanes];
    pass_each(blocks, odds, passed,
              [&](int lane, V64 words) HWY_ATTR { hn::Store(from_median<L>(words), L::D(), from + lane); });
    normal_times(from, philox_lanes, mean, deviation, passed.extra);
}

void delay_kernel(const std::int32_t* latencies, const Duration* extra, std::uint32_t arrive, std::int32_t never,
                  std::int32_t* delays) {
    const S64 d;
    const hn::Rebind<std::int32_t, S64> d32;
    const hn::Rebind<std::uint32_t, S64> du32;
    const auto one = hn::Set(d, 1);
    auto* to = reinterpret_cast<std::uint32_t*>(delays);
    for (int i = 0; i < philox_lanes; i += lanes) {
        const auto delay = hn::Max(one, hn::PromoteTo(d, hn::Load(d32, latencies + i)) + hn::LoadU(d, extra + i));
        const auto arrives = hn::TestBit(hn::Set(d, static_cast<std::int64_t>(arrive)), hn::Shl(one, hn::Iota(d, i)));
        const auto whole = hn::BitCast(D64(), hn::IfThenElse(arrives, delay, hn::Set(d, never)));
        hn::Store(hn::TruncateTo(du32, whole), du32, to + i);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(pass_without_jitter_kernel);
HWY_EXPORT(pass_uniform_kernel);
HWY_EXPORT(pass_normal_kernel);
HWY_EXPORT(delay_kernel);

void pass_messages(const PhiloxBlocks& blocks, const MessageOdds& odds, const Distribution& jitter,
                   MessagesPassed& passed) {
    if (jitter.none()) return HWY_DYNAMIC_DISPATCH(pass_without_jitter_kernel)(blocks, odds, passed);
    if (const auto* uniform = std::get_if<Uniform>(&jitter.kind())) {
        const auto low = static_cast<Duration>(uniform->low);
        const auto values = static_cast<std::uint64_t>(static_cast<Duration>(uniform->high) - low) + 1;
        return HWY_DYNAMIC_DISPATCH(pass_uniform_kernel)(blocks, odds, low, values, passed);
    }
    if (const auto* normal = std::get_if<Normal>(&jitter.kind()))
        return HWY_DYNAMIC_DISPATCH(pass_normal_kernel)(blocks, odds, normal->center, normal->sigma, passed);
    // Another kind, without a vector form.
    std::uint32_t words[4 * philox_lanes];
    philox_blocks(blocks.a, blocks.b, blocks.c, blocks.d, blocks.key, words);
    HWY_DYNAMIC_DISPATCH(pass_without_jitter_kernel)(blocks, odds, passed);
    jitter.times(words + philox_lanes, philox_lanes, passed.extra);
}

void delay_messages(const std::int32_t* latencies, const Duration* extra, std::uint32_t arrive, std::int32_t never,
                    std::int32_t* delays) {
    HWY_DYNAMIC_DISPATCH(delay_kernel)(latencies, extra, arrive, never, delays);
}

}  // namespace settle
#endif

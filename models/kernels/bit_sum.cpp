#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/bit_sum.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/bit_sum.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

BitSum bit_sum_kernel(const std::uint64_t* words, const std::uint64_t* values, int count) {
    const hn::ScalableTag<std::uint64_t> d;
    constexpr int lanes = static_cast<int>(hn::MaxLanes(d));
    auto sums = hn::Zero(d);
    BitSum result;
    for (int word = 0; word * 64 < count; ++word) {
        std::uint64_t rest = words[word];
        result.count += hwy::PopCount(rest);
        for (int i = word * 64; rest != 0; i += lanes, rest = lanes < 64 ? rest >> lanes : 0) {
            std::uint8_t bits[8] = {static_cast<std::uint8_t>(rest)};
            sums = sums + hn::IfThenElseZero(hn::LoadMaskBits(d, bits), hn::Load(d, values + i));
        }
    }
    result.sum = hn::GetLane(hn::SumOfLanes(d, sums));
    return result;
}

#if HWY_TARGET <= HWY_AVX3
/// Vectors that are compressed in one instruction.
void bit_list_kernel(const std::uint64_t* words, int count, std::int32_t* list) {
    const hn::ScalableTag<std::int32_t> d;
    constexpr int lanes = static_cast<int>(hn::MaxLanes(d));
    const auto first = hn::Iota(d, 0), step = hn::Set(d, lanes);
    for (int word = 0; word * 64 < count; ++word) {
        auto bit = first + hn::Set(d, word * 64);
        for (std::uint64_t rest = words[word]; rest != 0; rest >>= lanes, bit = bit + step) {
            // All eight at once: the load of two bytes would wait for stores of one each.
            std::uint8_t bits[8];
            hwy::CopyBytes<8>(&rest, bits);
            const auto set = hn::LoadMaskBits(d, bits);
            // Stored as a whole, what is not set behind the rest: the next store writes over it.
            hn::StoreU(hn::Compress(bit, set), d, list);
            list += hwy::PopCount(rest & ((std::uint64_t{1} << lanes) - 1));
        }
    }
}
#else
/// Elsewhere compressing looks permutations up in a table, which the compiler copies to the stack at every use (rep
/// movs): bit by bit is several times as fast.
void bit_list_kernel(const std::uint64_t* words, int count, std::int32_t* list) {
    for (int word = 0; word * 64 < count; ++word) {
        for (std::uint64_t rest = words[word]; rest != 0; rest &= rest - 1)
            *list++ = word * 64 + static_cast<std::int32_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(rest));
    }
}
#endif

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <bit>

namespace settle {

HWY_EXPORT(bit_sum_kernel);
HWY_EXPORT(bit_list_kernel);

BitSum sum_where_set(const std::uint64_t* words, const std::uint64_t* values, int count) {
    return HWY_DYNAMIC_DISPATCH(bit_sum_kernel)(words, values, count);
}

BitSum list_where_set(const std::uint64_t* words, const std::uint64_t* values, int count, std::int32_t* list) {
    HWY_DYNAMIC_DISPATCH(bit_list_kernel)(words, count, list);
    return HWY_DYNAMIC_DISPATCH(bit_sum_kernel)(words, values, count);
}

BitSum sum_where_set_reference(const std::uint64_t* words, const std::uint64_t* values, int count) {
    BitSum result;
    for (int i = 0; i < count; ++i) {
        if ((words[i / 64] >> (i % 64) & 1) == 0) continue;
        ++result.count;
        result.sum += values[i];
    }
    return result;
}

}  // namespace settle
#endif

// The bits that are set: how many, which, and the sum of what they stand for.
#pragma once

#include <cstdint>

namespace settle {

struct BitSum {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;  ///< mod 2^64, so the order does not matter
};

/// Of values[i] for every bit i that is set in words (bit i % 64 of word i / 64), i < count. `values` is padded with
/// anything to a multiple of 64 and starts on a cache line; bits from `count` on are 0.
BitSum sum_where_set(const std::uint64_t* words, const std::uint64_t* values, int count);
BitSum sum_where_set_reference(const std::uint64_t* words, const std::uint64_t* values, int count);

/// The same, and lists the bits in rising order: `list` has room for `count` rounded up to a multiple of 64, and what
/// comes after the bits that are set is garbage.
BitSum list_where_set(const std::uint64_t* words, const std::uint64_t* values, int count, std::int32_t* list);

}  // namespace settle

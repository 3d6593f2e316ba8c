// Many blocks of Philox4x32-10 at once, with vector instructions: the same numbers as core/philox.hpp.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace settle {

constexpr int philox_lanes = 16;

/// Sixteen blocks: the counters {a[lane], b[lane], c, d} and their key.
struct PhiloxBlocks {
    const std::uint32_t* a;
    const std::uint32_t* b;
    std::uint32_t c, d;
    std::uint64_t key;
};

/// Sixteen blocks: out[w * 16 + lane] is word w of philox({a[lane], b[lane], c, d}, key).
void philox_blocks(const std::uint32_t* a, const std::uint32_t* b, std::uint32_t c, std::uint32_t d, std::uint64_t key,
                   std::uint32_t* out);

/// Their words as times: out[w * 16 + lane] comes from word w of that block, as models/device/distribution says.
/// `values`: how many there are, from `low` on.
void draw_uniform_blocks(const PhiloxBlocks& blocks, Duration low, std::uint64_t values, Duration* out);
void draw_normal_blocks(const PhiloxBlocks& blocks, double mean, double deviation, Duration* out);

}  // namespace settle

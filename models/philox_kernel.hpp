// Many blocks of Philox4x32-10 at once, with vector instructions: the same numbers as core/philox.hpp.
#pragma once

#include <cstdint>

#include "models/spread.hpp"

namespace settle {

constexpr int philox_lanes = 16;

/// Sixteen blocks: out[w * 16 + lane] is word w of philox({a[lane], b[lane], c, d}, key).
void philox_blocks(const std::uint32_t* a, const std::uint32_t* b, std::uint32_t c, std::uint32_t d, std::uint64_t key,
                   std::uint32_t* out);

/// Their words as draws of a spread: out[w * 16 + lane] = draw(word w of that block).
void draw_blocks(const std::uint32_t* a, const std::uint32_t* b, std::uint32_t c, std::uint32_t d, std::uint64_t key,
                 const SpreadDraw& draw, Duration* out);

}  // namespace settle

// A weight as digital hardware holds it.
#pragma once

#include <bit>
#include <cstdint>

namespace settle {

/// round(w 2^22), ties to even, for |w| < 512; of anything else some number. 1.5 x 2^52 moves the point of a double to
/// behind its last bit, so that the addition rounds.
inline std::int32_t to_fixed_point(float weight) {
    const double moved = static_cast<double>(weight) * 0x1p22 + 0x1.8p52;
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(moved)));
}

}  // namespace settle

// Single-bit messages of one tick, side by side: what free-running channels carry.
#pragma once

#include <cstdint>

namespace settle {

/// Bits of value 1 of up to 64 neighbouring neurons, to one slice. A bit that is 0 is no message.
struct BitBundle {
    std::uint64_t bits = 0;  ///< bit i is a message of row + i
    std::int32_t row = 0;    ///< of the first source, in the slice they go to
    std::int32_t slice = 0;  ///< where they go
};

}  // namespace settle

// Time of a presentation: int64 nanoseconds since it began.
#pragma once

#include <cstdint>

namespace settle {

using Time = std::int64_t;      ///< ns since the beginning of the presentation
using Duration = std::int64_t;  ///< ns

/// Lockstep's tick k = 1, 2, … happens at (k - 1/2) periods. A period of 2 ns is the least that has a middle.
constexpr Time lockstep_tick_time(std::int64_t tick, Duration period) {
    return (tick - 1) * period + period / 2;
}

}  // namespace settle

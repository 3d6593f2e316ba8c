// Time of a presentation: int64, in the run's unit, since it began. The machine's clock is another type.
#pragma once

#include <chrono>
#include <cstdint>

namespace settle {

using Time = std::int64_t;      ///< units since the beginning of the presentation
using Duration = std::int64_t;  ///< units

/// A run's unit of time, 10^exponent seconds. It follows the period, so that a chip at 200 MHz and one at 1 Hz are
/// simulated alike (law 9): a period has at least 10^6 and fewer than 10^7 units, or, where a unit would be shorter
/// than a picosecond, as many picoseconds as it has.
struct TimeUnit {
    static constexpr int finest = -12;            ///< exponent of a picosecond
    static constexpr Duration least = 1'000'000;  ///< units of a period
    static constexpr Duration most = 9'999'999;

    int exponent = -9;

    bool operator==(const TimeUnit&) const = default;
};

/// 1 for the finest.
constexpr double picoseconds_a_unit(TimeUnit unit) {
    double count = 1;
    for (int exponent = TimeUnit::finest; exponent < unit.exponent; ++exponent) count *= 10;
    return count;
}

/// Lockstep's tick k = 1, 2, … happens at (k - 1/2) periods. A period of 2 units is the least that has a middle.
constexpr Time lockstep_tick_time(std::int64_t tick, Duration period) {
    return (tick - 1) * period + period / 2;
}

/// Of the machine's clock, on which no result depends.
using WallDuration = std::chrono::nanoseconds;

}  // namespace settle

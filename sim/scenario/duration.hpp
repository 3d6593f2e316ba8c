// Durations as people write them: "1 ms", "250us", "10 min". Those of a presentation are counted in the run's unit of
// time, exactly from the decimals that were written; those of the machine's clock are nanoseconds.
#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"

namespace settle {

/// What a duration comes to in some unit.
struct UnitCount {
    Duration units = 0;  ///< rounded, halves away from 0; clamped to 64 bits
    double exact = 0;    ///< before rounding
    bool whole = true;   ///< nothing was rounded away
};

/// ps ns us ms s min; nullopt for what is no duration. May be negative.
std::optional<UnitCount> count_units(const std::string& text, TimeUnit unit);

/// Of a finite number of periods, taken for the shortest decimal that reads back as this double.
UnitCount count_units(double periods, Duration period);

/// A period and the unit of time that follows from it.
struct Period {
    static constexpr double longest = 1e12;  ///< s

    double seconds = 0;
    TimeUnit unit;    ///< for 1 ns to `longest`; else that of 1 ms
    UnitCount count;  ///< of the period, in that unit
};

/// nullopt for what is no duration.
std::optional<Period> parse_period(const std::string& text);

/// "1 ns", "10 us", "1000 s".
std::string unit_text(TimeUnit unit);

/// Picoseconds of so many units. Throws Error (input) for what does not fit 64 bits.
std::int64_t picoseconds_of(std::int64_t units, TimeUnit unit);

/// The shortest text that reads back the same.
std::string duration_text(Duration duration, TimeUnit unit);

/// ns us ms s min; nullopt for anything else, and for what does not fit int64 nanoseconds. May be negative.
std::optional<WallDuration> parse_wall_duration(const std::string& text);
std::string wall_duration_text(WallDuration duration);

}  // namespace settle

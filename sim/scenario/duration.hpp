// Durations as people write them: "1 ms", "250us", "10 min".
#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"

namespace settle {

/// ns us ms s min; nullopt for anything else, and for what does not fit int64 nanoseconds. May be negative.
std::optional<Duration> parse_duration(const std::string& text);

/// The shortest text that reads back the same.
std::string duration_text(Duration duration);

}  // namespace settle

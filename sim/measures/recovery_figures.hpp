// How presentations have come through an event within them, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace settle {

/// Of one event. Periods from the event until the distance (converge) or the answer (train, infer, stream) is settled
/// again and stays so to the end of the event's window (sim/scenario/event_window). What has not settled comes after
/// everything that has: absent where the median or the 99th percentile falls among those.
struct RecoveryFigures {
    std::string event;  ///< its name
    std::optional<double> median;
    std::optional<std::int64_t> p99;
    double unrecovered = 0;  ///< fraction of the presentations that the event happened in

    bool operator==(const RecoveryFigures&) const = default;
};

}  // namespace settle

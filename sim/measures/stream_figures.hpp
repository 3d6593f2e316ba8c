// What a stream run has measured, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/measures/recovery_figures.hpp"

namespace settle {

/// One change of the input of one stream, until the next one. Period ends are counted from the change, 1 to `dwell`. A
/// distance is that of SettlingSample, from the fixed point of this input; bits are of value 1, of populations 1..L, a
/// neuron and period; a continuous network sends none. A quarter is max(1, floor(dwell / 4)) periods.
struct InputChange {
    std::int64_t stream = 0;
    std::int64_t input = 0;  ///< in the stream, from 1: the one that it starts with is no change
    std::int64_t sample = 0;
    std::int32_t label = 0;
    std::int64_t dwell = 0;
    std::optional<std::int64_t> correct_after;  ///< the first period end from which the answer stays right; none: never
    double static_distance = 0;                 ///< mean over the last quarter
    double tracking_distance = 0;               ///< mean over all period ends
    std::optional<double> bits_moving;          ///< in the first quarter
    std::optional<double> bits_still;           ///< in the last quarter

    bool operator==(const InputChange&) const = default;
};

/// A period since the change, averaged over the changes whose dwell reaches it.
struct TrackingSample {
    std::int64_t period = 0;
    std::int64_t n = 0;          ///< those changes
    double distance = 0;         ///< at its end
    double error = 0;            ///< fraction of them whose answer is wrong at its end
    std::optional<double> bits;  ///< a neuron, in the period

    bool operator==(const TrackingSample&) const = default;
};

/// Means over the changes, each counting the same, whatever its dwell.
struct StreamFigures {
    std::int64_t changes = 0;
    double correct_after_median = 0;     ///< periods; a change whose answer never comes right counts as its dwell
    std::int64_t correct_after_p90 = 0;  ///< nearest rank; the same
    double never_correct = 0;            ///< fraction of the changes
    double stream_error = 0;             ///< fraction that is wrong at the end of its dwell
    double static_distance = 0, tracking_distance = 0;
    std::optional<double> bits_moving, bits_still;
    double reference_residual = 0;        ///< by how much the continuous network still moves in its last tick
    std::vector<TrackingSample> samples;  ///< every record.metrics_every periods since the change
    std::vector<InputChange> by_change;   ///< stream by stream, in the order of time
    /// Of the events, in all streams that they happen in; the first input counts, too.
    std::vector<RecoveryFigures> recoveries;
};

}  // namespace settle

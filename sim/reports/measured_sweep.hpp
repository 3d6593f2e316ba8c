// What a sweep has measured: its points, and the mean of every metric at each of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/reports/run_files.hpp"

namespace settle {

struct MetricMean {
    int runs = 0;
    double mean = 0;
    std::optional<double> low, high;  ///< 95 % interval; absent where the sweep has not written one (yet)
};

struct MeasuredPoint {
    std::int64_t index = 0;
    std::string label;                           ///< this and those below as people read them
    std::vector<std::string> labels;             ///< of the axes
    std::vector<std::optional<double>> numbers;  ///< values of the axes that are plain numbers
    std::vector<std::int64_t> repeats;           ///< that are finished and good
    std::int64_t failed = 0;                     ///< repeats
    std::map<std::string, MetricMean> metrics;   ///< that all finished repeats have
    std::map<std::string, std::string> absent;   ///< what is said of the others: "not settled (2 of 5)"
};

/// A point minus the sweep's reference point, paired by repeat.
struct MeasuredDifference {
    std::int64_t point = 0;
    std::string metric;
    int pairs = 0;
    double mean = 0;
    std::optional<double> low, high;  ///< 95 % interval
    std::optional<double> p;
};

struct MeasuredSweep {
    std::vector<std::string> axes;  ///< keys and sections
    std::vector<MeasuredPoint> points;
    std::int64_t runs = 0, failed = 0;
    bool has_intervals = false;
    std::vector<std::string> shown;               ///< metrics that the scenario asks for (sweep.show)
    std::string against;                          ///< label of the reference point; "" without
    std::vector<MeasuredDifference> differences;  ///< from it
};

/// From points.jsonl and, for intervals and differences, means.csv and differences.csv. Damaged files throw Error
/// (input).
MeasuredSweep read_measured_sweep(const RunFiles& run);

/// Lines of the metrics.jsonl of one run of a sweep; none where the file is not there.
std::vector<Record> read_sweep_curve(const RunFiles& run, std::int64_t point, std::int64_t repeat);

/// The values of a point on some axes, as a legend has them: a number with the last part of its key, words alone.
std::string values_text(const MeasuredSweep& sweep, const MeasuredPoint& point, const std::vector<std::size_t>& axes);

/// The metrics that the scenario asks for, and those of one task that a reader looks for first, in that order; those
/// that are the same everywhere in this sweep are left out. After them what was measured and did not happen at any
/// point (settling).
std::vector<std::string> main_metrics(const MeasuredSweep& sweep);

/// Rows of comma-separated values; fields in quotation marks may hold commas, line ends and doubled marks.
std::vector<std::vector<std::string>> parse_csv(const std::string& text);

}  // namespace settle

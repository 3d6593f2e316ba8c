// The summary of a run: summary.json, flat, and the same as a table for people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sim/engines/counters.hpp"
#include "sim/runs/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Keys that do not apply to a run are absent from the file.
struct Summary {
    std::string task, engine;
    int threads = 0;
    std::uint64_t seed = 0;
    std::optional<double> test_error, train_error, validation_error;  ///< fractions, last epoch
    std::optional<std::int64_t> epochs;                               ///< of training
    std::int64_t presentations = 0;
    std::optional<double> samples_per_second;  ///< training presentations over training time alone
    double wall_seconds = 0;
    bool spiking = true;  ///< false: a continuous network sends no bits, so nothing but ticks is counted
    PopulationCounters counters;
    std::optional<std::uint64_t> posts;     ///< to the pool, of an engine that has actors; differs from run to run
    std::optional<double> settling_median;  ///< periods
    std::optional<std::int64_t> settling_p99;
    std::optional<ConvergenceFigures> convergence;
    std::optional<Asynchrony> asynchrony;  ///< that the machine had; free-running
    bool paced = false;                    ///< by the wall clock
    std::int64_t resumed_at = 0;
    std::int64_t expectations_passed = 0, expectations_failed = 0;
    std::string fingerprint;  ///< empty where runs are not reproducible
};

Summary summarize(const Scenario& scenario, const RunTotals& totals, int threads, double wall_seconds);

/// The content of summary.json.
std::string to_json(const Summary& summary);

/// The numbers of summary.json, by key.
std::map<std::string, double> metrics_of(const Summary& summary);

/// 0 where nothing was counted.
double mean_of(std::uint64_t sum, std::uint64_t count);

/// A line of metrics.jsonl, without the line's end.
std::string to_json(const EpochMetrics& metrics, bool spiking);
std::string to_json(const SettlingSample& sample);

/// The content of settling.jsonl: {"period": k, "error": fraction wrong if the answer is read at the end of period k}.
std::string settling_lines(const Evaluation& evaluation);

}  // namespace settle

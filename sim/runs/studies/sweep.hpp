// A sweep: the grid of all values of its axes, every point run with `repeats` seeds, and what comes out of it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "sim/runs/studies/batch.hpp"
#include "sim/runs/studies/estimate.hpp"
#include "sim/runs/studies/run_record.hpp"
#include "sim/runs/verdict.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

struct SweepPoint {
    std::string label;
    std::vector<Choice> choices;  ///< (axes)
    Scenario scenario;            ///< its first repeat
};

struct Sweep {
    Scenario base;  ///< with [sweep]
    std::vector<Axis> axes;
    std::vector<SweepPoint> points;  ///< the last axis fastest

    int repeats() const { return base.sweep.repeats; }
};

/// Lays every point over the scenario, which was loaded for a sweep, and checks it. The file is not looked at again.
/// Throws Error (input) with all that is wrong with any of the points.
Sweep plan_sweep(const LoadedScenario& loaded);

/// Repeat r of a scenario has network.seed, timing.device_seed and scenario.seed (the noise) raised by r, modulo 2^63,
/// so that repeat r is the same network, chip and noise at every point: their differences are paired. A seed that
/// `settings` holds is left alone.
Scenario repeat_of(const Scenario& scenario, const std::vector<Setting>& settings, int repeat);

/// repeat_of() of a point.
Scenario scenario_of(const Sweep& sweep, std::size_t point, int repeat);

/// All finished runs: (points x repeats), empty where there is none yet.
using SweepRuns = std::vector<std::vector<std::optional<RunRecord>>>;

/// What the lines of points.jsonl say. Throws Error (input) for a line that is none, or a repeat above sweep.repeats.
SweepRuns read_sweep(const Sweep& sweep, const std::vector<std::string>& lines, const std::string& file);

std::size_t finished_runs(const SweepRuns& runs);

/// Who watches a sweep; both may be empty.
struct SweepObserver {
    std::function<void(const BatchProgress&)> progress;
    std::function<bool()> stop;
};

/// A part of a sweep: of all runs, in the order in which they are begun, every `parts`-th from the part-th on. All of
/// them are of one part or another, and none of two.
struct SweepPart {
    int part = 1;  ///< 1 … parts
    int parts = 1;

    bool whole() const { return parts == 1; }
    bool has(std::int64_t run) const { return run % parts == part - 1; }
};

/// How many runs of a part there are, finished or not, and how many of those are not finished.
struct PartSize {
    std::size_t runs = 0, due = 0;
};
PartSize size_of(const SweepPart& part, const SweepRuns& runs);

/// Runs what is not finished yet of a part: all points once, then all of them again. Each run is added to points.jsonl
/// and its metrics.jsonl to curves/PPPP-RRR.jsonl in the directory as soon as it ends. Returns false if it was stopped.
/// With several ranks, rank 0 calls it.
bool run_sweep(const Sweep& sweep, const std::string& directory, WorkerPool& workers, SharedData& data,
               const SweepObserver& observer, SweepRuns& runs, const SweepPart& part = {}, Ranks* ranks = nullptr);

/// On the other ranks: runs what rank 0 hands out.
void help_sweep(const Sweep& sweep, WorkerPool& workers, SharedData& data, const StopCheck& stop, Ranks& ranks);

/// Those of the curves that should be in the directory and are not: names within it. They cannot be made again without
/// their runs.
std::vector<std::string> missing_curves(const SweepRuns& runs, const std::string& directory);

/// The finished repeats of one point.
using PointRuns = std::vector<std::optional<RunRecord>>;

/// The mean of a metric at a point over its finished repeats.
struct PointEstimate {
    int runs = 0;                      ///< repeats that have it
    std::optional<Estimate> estimate;  ///< absent where a repeat lacks it: the mean of the others would look too good
    std::string absence;               ///< then what is said: "not settled (2 of 5)"; "" where no repeat could have it
};
PointEstimate estimate_of(const PointRuns& point, const std::string& metric, Estimator& estimator);

/// The means of all metrics, and what is said of those that have none.
OtherRun means_of(const PointRuns& point);

/// A metric at a point minus that at the point sweep.against, repeat by repeat; absent where no pair has it. Where some
/// of the finished pairs lack it there are their number and no mean: that of the others would look too good. Only where
/// the scenario has sweep.against.
std::optional<Difference> difference_of(const Sweep& sweep, const SweepRuns& runs, std::size_t point,
                                        const std::string& metric, Estimator& estimator);

/// Which point sweep.against names; nullopt without.
std::optional<std::size_t> reference_point(const Sweep& sweep);

/// The metrics that any run has, or could have (settling_p99), and that are results: without times, threads, seed and
/// resumed_at.
std::vector<std::string> reproducible_metrics(const SweepRuns& runs);

/// The metric that a task is about: final_distance; test_error, or train_error without a test set.
std::string main_metric(const Scenario& scenario, const SweepRuns& runs);

/// The tables sweep.csv (point, label, axes, repeat, metric, value), means.csv (point, label, axes, metric, runs, mean,
/// low, high) and, where there is a reference_point(), differences.csv (point, label, axes, against, metric, pairs,
/// mean, low, high, p; "" without), sorted by point, repeat and metric, so that they are the same whatever the order of
/// the runs. What is absent is empty.
std::string sweep_csv(const Sweep& sweep, const SweepRuns& runs);
std::string means_csv(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator);
std::string differences_csv(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator);

/// Judges the expectations about points by the means over their repeats. A point with a run that failed fulfils
/// nothing. `others`: the means of the scenarios that they compare with.
std::vector<Verdict> judge_sweep(const Sweep& sweep, const SweepRuns& runs, const OtherRuns& others);

}  // namespace settle

// A sweep: the grid of all values of its axes, every point run with `repeats` seeds, and what comes out of it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/worker_pool.hpp"
#include "sim/runs/batch.hpp"
#include "sim/runs/estimate.hpp"
#include "sim/runs/run_record.hpp"
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

/// Lays every point over the scenario and checks it. Throws Error (input) with all that is wrong with any of them.
/// `base` is what load_scenario gave for the same source and overrides.
Sweep plan_sweep(const ScenarioSource& source, const std::vector<Override>& overrides, const Scenario& base);

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

/// Runs what is not finished yet: all points once, then all of them again. Each run is added to points.jsonl and its
/// metrics.jsonl to curves/PPPP-RRR.jsonl in the directory as soon as it ends. Returns false if it was stopped.
bool run_sweep(const Sweep& sweep, const std::string& directory, WorkerPool& workers, SharedData& data,
               const SweepObserver& observer, SweepRuns& runs);

/// The mean of a metric at a point over its good runs; absent when none has it.
std::optional<Estimate> estimate_of(const std::vector<std::optional<RunRecord>>& point, const std::string& metric,
                                    Estimator& estimator);

/// The metrics that any run has and that are the same every time: without wall_seconds, samples_per_second, threads,
/// seed and resumed_at.
std::vector<std::string> reproducible_metrics(const SweepRuns& runs);

/// The metric that a task is about: final_distance; test_error, or train_error without a test set.
std::string main_metric(const Scenario& scenario, const SweepRuns& runs);

/// The tables sweep.csv (point, label, axes, repeat, metric, value) and means.csv (point, label, axes, metric, runs,
/// mean, low, high), sorted by point, repeat and metric, so that they are the same whatever the order of the runs.
std::string sweep_csv(const Sweep& sweep, const SweepRuns& runs);
std::string means_csv(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator);

/// Judges the expectations about points by the means over their repeats. A point with a run that failed fulfils
/// nothing. `others`: the means of the scenarios that they compare with.
std::vector<Verdict> judge_sweep(const Sweep& sweep, const SweepRuns& runs, const OtherRuns& others);

}  // namespace settle

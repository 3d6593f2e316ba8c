// A search: trials drawn from the ranges of its axes, one run each; the objective is minimised.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "sim/runs/studies/batch.hpp"
#include "sim/runs/studies/run_record.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

struct Search {
    ScenarioBase start;  ///< what trials are laid over
    Scenario base;       ///< with [search]
    std::vector<Axis> axes;
};

/// Of a scenario that was loaded for a search; the file is not looked at again. Throws Error (input) when an end of a
/// range or an alternative is not what its key takes, or when none of the first trials (at most 100) makes a scenario.
Search plan_search(const LoadedScenario& loaded);

/// The trial's coordinates in the unit cube, one an axis. `random`: uniform, keyed by scenario.seed and trial. `sobol`:
/// point trial + 1 of the Sobol sequence (Joe and Kuo's direction numbers, Antonov and Saleev's order), whose point 0
/// is the origin; it has no seed.
std::vector<double> trial_coordinates(const Search& search, int trial);

/// What the trial sets, one choice an axis: low + u (high - low); whole numbers and alternatives with equal chances.
std::vector<Choice> draw_trial(const Search& search, int trial);

/// Throws Error (input) when the values make no scenario, such as a step size above 1.
Scenario trial_scenario(const Search& search, int trial);

/// All trials, empty where there is none yet.
using SearchTrials = std::vector<std::optional<RunRecord>>;

/// What the lines of trials.jsonl say. Throws Error (input) for a line that is none, or a trial beyond search.trials.
SearchTrials read_search(const Search& search, const std::vector<std::string>& lines, const std::string& file);

struct SearchObserver {
    std::function<void(const BatchProgress&)> progress;
    std::function<bool()> stop;
};

/// Runs the trials that are not finished and adds each to trials.jsonl in the directory as soon as it ends. A trial
/// whose values make no scenario is `invalid`, one that fails or lacks the objective `failed`; both are kept, and the
/// others go on. Returns false if it was stopped. With several ranks, rank 0 calls it.
bool run_search(const Search& search, const std::string& directory, WorkerPool& workers, SharedData& data,
                const SearchObserver& observer, SearchTrials& trials, Ranks* ranks = nullptr);

/// On the other ranks: runs what rank 0 hands out.
void help_search(const Search& search, WorkerPool& workers, SharedData& data, const StopCheck& stop, Ranks& ranks);

/// The trials with an objective, the best first; of equal ones the earlier.
std::vector<int> best_trials(const SearchTrials& trials);

/// The scenario of a trial as a file that `settle run` runs: without [search], with the scenario's own expectations.
std::string trial_as_toml(const Search& search, int trial);

}  // namespace settle

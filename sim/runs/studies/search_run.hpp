// A search that is run: these trials, into this directory, observed by whoever likes. One call makes the whole
// directory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/runs/run.hpp"
#include "sim/runs/studies/search.hpp"
#include "sim/runs/studies/study_run.hpp"
#include "sim/runs/studies/study_summary.hpp"

namespace settle {

/// What is run, and where.
struct SearchRun {
    Search search;  ///< plan_search()
    StudyPlace place;
    std::map<std::string, Place> places = {};  ///< of the keys that were given (LoadedScenario), for messages
};

struct SearchResult {
    RunEnd end = RunEnd::complete;
    std::string directory;
    SearchTrials trials;       ///< that are finished, those of before included
    std::vector<int> best;     ///< best_trials() of a complete search
    StudyTotals totals;        ///< likewise
    std::string summary_json;  ///< the content of summary.json; "" for one that was stopped
};

std::size_t finished_trials(const SearchTrials& trials);

/// Runs all trials that are not finished and fills the directory: scenario.toml, manifest.json, trials.jsonl, best.toml
/// where a trial has the objective, summary.json. What the scenario expects of a run is expected of the best one.
/// Everything that can be wrong with the input is found before anything is written; a trial that fails by itself is
/// kept as failed, and the others go on. A directory is used by one process at a time. Throws Error: input for what is
/// wrong with scenario, data, weights or directory, runtime for what fails later, such as a full disk; then the trials
/// that are finished are still there.
SearchResult perform(const SearchRun& run, const StudyObserver& observer = {});

/// Everything that can be wrong and be found without reading samples; writes nothing. Throws Error (input).
void check(const SearchRun& run);

}  // namespace settle

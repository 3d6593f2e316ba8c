// summary.json of a sweep and of a search.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/runs/studies/search.hpp"
#include "sim/runs/studies/sweep.hpp"

namespace settle {

/// What both have: how long it took and how it was judged.
struct StudyTotals {
    double wall_seconds = 0;     ///< of this call of the program
    std::size_t resumed_at = 0;  ///< runs that were finished before it
    std::vector<Verdict> verdicts;
    std::optional<int> ranks;  ///< absent: it ran without MPI
};

/// task engine points repeats runs failed metric wall_seconds ranks (with MPI) resumed_at, `means` (a table of the main
/// metric: point, label, values, runs, mean, low, high; absent, where there is no mean), with sweep.against `against`
/// and `differences` (point, label, pairs, mean, low, high, p), `expectations` (expected, seen, passed, value) and
/// their counts.
std::string sweep_summary(const Sweep& sweep, const SweepRuns& runs, const StudyTotals& totals, Estimator& estimator);

/// task engine method objective trials invalid failed best_trial best_objective best_values wall_seconds resumed_at and
/// expectations as above.
std::string search_summary(const Search& search, const SearchTrials& trials, const StudyTotals& totals);

/// Runs that failed, or could not begin.
std::size_t failed_runs(const SweepRuns& runs);

}  // namespace settle

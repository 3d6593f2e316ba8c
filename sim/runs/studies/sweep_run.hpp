// A sweep that is run: this grid, into this directory, observed by whoever likes. One call makes the whole directory.
#pragma once

#include <string>
#include <vector>

#include "sim/runs/run.hpp"
#include "sim/runs/studies/study_run.hpp"
#include "sim/runs/studies/study_summary.hpp"
#include "sim/runs/studies/sweep.hpp"

namespace settle {

/// What is run, and where.
struct SweepRun {
    Sweep sweep;  ///< plan_sweep()
    StudyPlace place;
    SweepPart part = {};  ///< that is run; what comes of one that is not whole are its runs, to be merged with others
};

struct SweepResult {
    RunEnd end = RunEnd::complete;
    std::string directory;
    SweepRuns runs;            ///< that are finished, those of before included
    PartSize size;             ///< of the part that was run
    StudyTotals totals;        ///< of a complete sweep
    std::string summary_json;  ///< the content of summary.json; "" for one that was stopped
};

/// Runs all points that are not finished and fills the directory: scenario.toml, manifest.json, points.jsonl, curves/,
/// sweep.csv, means.csv, differences.csv where there is sweep.against, summary.json. Everything that can be wrong with
/// the input is found before anything is written; a run that fails by itself is kept as failed, and the others go on. A
/// directory is used by one process at a time; of several ranks that is rank 0. A part has no tables and no summary.
/// Throws Error: input for what is wrong with scenario, data, weights or
/// directory, runtime for what fails later, such as a full disk; then the runs that are finished are still there.
SweepResult perform(const SweepRun& run, const StudyObserver& observer = {});

/// Everything that can be wrong and be found without reading samples; writes nothing. Throws Error (input).
void check(const SweepRun& run);

}  // namespace settle

// A run: this scenario, into this directory, observed by whoever likes. One call makes the whole run directory.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/stop.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/session/summary.hpp"
#include "sim/runs/verdict.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What is run, and where.
struct Run {
    Scenario scenario;
    std::map<std::string, Place> places;  ///< of the keys that were given (LoadedScenario), for messages; may be empty
    /// What its expectations compare with, by the name in their `than` (load_other). One that is not here counts as
    /// one that came to nothing.
    std::map<std::string, Scenario> others;
    std::string directory;                  ///< new or empty, or with `resume` that of a run; "": named by the time
    bool resume = false;                    ///< goes on with what is in the directory, or starts if nothing is
    std::vector<std::string> command_line;  ///< for the manifest; may be empty
    Ranks* ranks = nullptr;                 ///< that run it together; null: it runs alone. Must outlive it
};

/// What is known when a run begins.
struct RunBeginning {
    const std::string& directory;
    const Dataset& data;
    int threads = 0, threads_wanted = 0;  ///< that there are, and that were asked for
    std::int64_t resumed_at = 0;          ///< training presentations done before
};

struct RunResult;

/// Whoever watches a run. All may be empty.
struct RunObserver {
    std::function<void(const std::string&)> warning;  ///< such as a directory that cannot be locked
    std::function<void()> validated;  ///< nothing is wrong with the input, and nothing has been written yet
    std::function<void(const RunBeginning&)> begun;
    std::function<void(const Progress&)> progress;
    std::function<void(const EpochMetrics&)> epoch;
    /// The scenario of stream.train or network.train is trained now, into `directory`; and has been.
    std::function<void(const std::string& name, const std::string& directory)> training;
    std::function<void(const RunResult&)> trained;
    std::function<void(const std::string& name)> comparing;  ///< a scenario of `others` is run now
    std::function<void()> performed;                         ///< the task is done, or was stopped
    StopCheck stop;  ///< asked between minibatches and, where nothing is saved, inside: whether it is to end
    StopCheck drop;  ///< asked inside a minibatch of training: whether to drop it, and save the state before it
};

enum class RunEnd {
    complete,
    stopped,   ///< the observer stopped it; where it trains, a checkpoint is saved
    finished,  ///< it was complete already: nothing was run; only `directory`, `summary_json` and `restored` are filled
               ///< in
};

struct RunResult {
    RunEnd end = RunEnd::complete;
    std::string directory;
    RunTotals totals;
    // Of a complete run.
    Summary summary;
    std::string summary_json;       ///< the content of summary.json
    std::vector<Verdict> verdicts;  ///< on its expectations
    NetworkArrays weights;          ///< as in weights.h5
    Dataset data;                   ///< that it was run on
    /// Of a finished run: files that were gone and were made again from its checkpoint.
    std::vector<std::string> restored;
};

/// Runs the scenario's task and fills the directory: scenario.toml, manifest.json, metrics.jsonl, checkpoint,
/// weights.h5, recording.h5, settling.jsonl, changes.jsonl, summary.json; train, the run of what is trained first. A
/// finished run gets those of them again that are gone. Everything that can be wrong with the input is found before
/// anything is written. A directory is used by one process at a time. Throws Error: input for what is wrong with
/// scenario, data, weights or directory, runtime for what fails later, such as a full disk; then what was saved last is
/// still there.
RunResult perform(const Run& run, const RunObserver& observer = {});

/// Everything that can be wrong with a run and be found without reading samples; writes nothing. Throws Error (input).
void check(const Run& run);

/// Everything of a scenario's input that can be checked without reading samples. Throws Error (input).
void check_input(const Scenario& scenario);

}  // namespace settle

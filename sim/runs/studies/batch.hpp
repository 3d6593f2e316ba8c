// A batch: independent runs, one thread each, as many at a time as there are workers, on one rank or several.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/worker_pool.hpp"
#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/session/bare_run.hpp"
#include "sim/runs/studies/shared_data.hpp"

namespace settle {

/// How one run of a batch ended.
struct BatchRun {
    BareRun run;           ///< empty after a failure
    std::string failure;   ///< what stopped it, such as weights that diverged; "" when it is good
    bool invalid = false;  ///< it could not even begin: its scenario is wrong
};

struct BatchProgress {
    int done = 0, all = 0;  ///< runs
    double work = 0;        ///< runs done, with the parts done of those at hand
    double seconds = 0;     ///< since the batch began
};

struct Batch {
    int runs = 0;
    std::vector<int> numbers = {};  ///< (runs) what each is called below; empty: 0, 1 …
    Ranks* ranks = nullptr;         ///< that run it together; null: one process does
    /// Of one run; any thread. Throws Error (input) for a scenario that cannot be run, which is its failure.
    std::function<Scenario(int run)> scenario;
    /// Called once for every run that has ended, one call at a time, in the order in which they end.
    std::function<void(int run, const BatchRun& ended)> ended;
    std::function<void(const BatchProgress&)> progress;  ///< may be empty; one call at a time
    std::function<bool()> stop;                          ///< may be empty; asked often, on any thread
};

/// Runs them all; scenario.threads of each is taken as 1. A run that fails by itself has failed, and the others go on;
/// any other error (no memory, a full disk in `ended`) ends the batch and is thrown once nothing runs any more. Returns
/// false if it was stopped: runs at hand were given up. Of several ranks, rank 0 calls it.
bool run_batch(const Batch& batch, WorkerPool& workers, SharedData& data);

/// On the other ranks: runs what rank 0 hands out, and gives it what has come of it. Of the batch, ranks, scenario and
/// stop are needed. Throws what Ranks throws.
void help_batch(const Batch& batch, WorkerPool& workers, SharedData& data);

}  // namespace settle

// What running a sweep and running a search have in common: where they are run, and who watches.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/stop.hpp"
#include "sim/runs/studies/batch.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Where a study is run.
struct StudyPlace {
    std::string directory;                  ///< new or empty, or with `resume` that of a study; "": named by the time
    bool resume = false;                    ///< goes on with what is in the directory, or starts if nothing is
    std::vector<std::string> command_line;  ///< for the manifest; may be empty
    /// What its expectations compare with, by the name in their `than` (load_other). One that is not here counts as
    /// one that came to nothing.
    std::map<std::string, Scenario> others;
    Ranks* ranks = nullptr;  ///< that run it together; null: one process does. Must outlive it
};

/// What is known when the runs of a study begin.
struct StudyBeginning {
    const std::string& directory;
    int threads = 0, threads_wanted = 0;  ///< that there are, and that were asked for
    std::size_t runs = 0, finished = 0;   ///< of all, and before
    std::string scalings;                 ///< how numbers of data files became inputs; "" where none are read
};

/// Whoever watches a study. All may be empty.
struct StudyObserver {
    std::function<void(const std::string&)> warning;  ///< such as a directory that cannot be locked
    std::function<void()> validated;  ///< nothing is wrong with the input, and nothing has been written yet
    std::function<void(const StudyBeginning&)> begun;
    std::function<void(const BatchProgress&)> progress;      ///< any thread, one call at a time
    std::function<void(const std::string& name)> comparing;  ///< a scenario of `others` is run now
    std::function<void()> performed;                         ///< all runs are done, or were stopped
    StopCheck stop;  ///< asked often, on any thread: whether it is to end; runs that are finished are kept
};

}  // namespace settle

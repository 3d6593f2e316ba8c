// A study, that is a sweep or a search, and its directory: begun, found again, gone on with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/load.hpp"

namespace settle {

struct StudyStart {
    std::vector<std::string> lines;  ///< of the log: what is finished
    std::string summary;             ///< the content of summary.json; "" without
    std::string manifest;            ///< the content of manifest.json; "" without
    bool tables_are_old = false;     ///< the same runs are now to be compared or shown in another way
};

/// "sweep" or "search": what a directory holds, by its log of finished runs; "" if neither.
std::string study_in(const std::string& directory);

class Study {
public:
    /// `log`: name of its file of finished runs, by which a directory is known to hold such a study.
    Study(Command command, std::string log) : command_(command), log_(std::move(log)) {}

    /// What `--resume` finds. Nothing there, or an empty directory: nothing is finished. Throws Error (input) for a
    /// directory with something else in it, or for a scenario that differs in more than what `may_change` allows,
    /// naming the keys.
    StudyStart find(const std::string& directory, const Scenario& scenario) const;

    /// Whether a study that is gone on with may have another value of the key: scenario.threads, record.*,
    /// checkpoint.*, sweep.against, sweep.repeats and search.trials (the last two not below what is done, which the
    /// caller checks).
    static bool may_change(const std::string& key);

    /// Makes the directory, or makes it ready to go on: the log first, so that what has a scenario has a log too; every
    /// kind of file is tried; the summary of before is removed. Throws Error (runtime).
    void begin(const std::string& directory, const Scenario& scenario, const std::string& manifest) const;

    const std::string& log() const { return log_; }
    /// "sweep" or "search".
    const char* name() const { return command_ == Command::sweep ? "sweep" : "search"; }

private:
    Command command_;
    std::string log_;
};

}  // namespace settle

// What run, sweep and search print while they go on, and what they say in the end.
#pragma once

#include <string>
#include <vector>

#include "sim/runs/studies/study_run.hpp"
#include "sim/scenario/expectation.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/progress.hpp"

namespace settle {

/// Everything that is printed; silent with --json and --quiet.
class Console {
public:
    explicit Console(const RunOptions& options);

    bool talks() const { return talks_; }
    /// Prints text, if it talks.
    void say(const std::string& text);
    /// A warning on stderr, unless it is quiet.
    void warn(const std::string& text);
    template <class Done>
    void show(const Done& progress) {
        progress_.show(progress);
    }
    void clear() { progress_.clear(); }

private:
    bool quiet_;
    bool talks_;
    ProgressLine progress_;
};

/// Shows a sweep or search on the console, `headline` first; signals stop it. All three must outlive it.
StudyObserver study_observer(Console& console, const RunOptions& options, const std::string& headline);

/// The directory of --out; "" without. Throws Error (input) for an empty one.
std::string directory_of(const RunOptions& options);

/// The end of what was finished already. Nothing was run and nothing judged, so this is good whatever the summary says:
/// a script that resumes until the exit code is 0 comes to its end. `restored`: files that were made again.
int print_finished(const RunOptions& options, const std::string& directory, const std::string& summary,
                   const std::vector<std::string>& restored = {});

/// The end of what a signal stopped. `kept`: what is still there, and how it is gone on with.
int say_stopped(const std::string& kept);

/// The end of a sweep or search that a signal stopped.
int say_study_stopped(const RunOptions& options, std::size_t done, std::size_t all, const std::string& directory);

/// Prints the verdicts, failed ones in any case: they are the reason of the exit code, which it returns.
int conclude(const std::vector<Verdict>& verdicts, Console& console);

}  // namespace settle

// What `settle sweep` and `settle search` have in common: what they ask a directory, and what they tell people.
#pragma once

#include <string>
#include <vector>

#include "sim/runs/study.hpp"
#include "sim/scenario/expectation.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/progress.hpp"

namespace settle {

/// Everything that is printed while runs go on; silent with --json and --quiet.
class StudyConsole {
public:
    explicit StudyConsole(const RunOptions& options);

    bool talks() const { return talks_; }
    /// Prints text, if it talks.
    void say(const std::string& text);
    void show(const BatchProgress& progress) { progress_.show(progress, latest_); }
    /// What the progress line says about the run that ended last.
    void latest(const std::string& text) { latest_ = text; }
    void clear() { progress_.clear(); }

private:
    bool talks_;
    ProgressLine progress_;
    std::string latest_;
};

/// With --resume what is there; else the directory must be new or empty. Throws Error (input).
StudyStart choose_study(const Study& study, const RunOptions& options, const Scenario& scenario,
                        const std::string& path);

int print_finished_study(const StudyStart& start, const RunOptions& options, const std::string& path);

int say_study_stopped(const RunOptions& options, std::size_t done, std::size_t all, const std::string& path);

/// Prints the verdicts, failed ones in any case; the exit code.
int conclude_study(const std::vector<Verdict>& verdicts, StudyConsole& console);

/// Columns of text, the first to the left, numbers to the right. `rows[0]` is the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace settle

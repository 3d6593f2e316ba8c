// What `settle sweep` and `settle search` have in common: what they ask a directory, and what they tell people.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/data/input_file.hpp"
#include "sim/runs/store/study.hpp"
#include "sim/runs/studies/shared_data.hpp"
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
    /// How the numbers of data files became inputs, if any did.
    void say_scaling(const std::string& scalings);
    /// A warning on stderr, unless it is quiet.
    void warn(const std::string& text);
    void show(const BatchProgress& progress) { progress_.show(progress, latest_); }
    /// What the progress line says about the run that ended last.
    void latest(const std::string& text) { latest_ = text; }
    void clear() { progress_.clear(); }

private:
    bool quiet_;
    bool talks_;
    ProgressLine progress_;
    std::string latest_;
};

/// With --resume what is there; else the directory must be new or empty. Throws Error (input).
StudyStart choose_study(const Study& study, const RunOptions& options, const Scenario& scenario,
                        const std::string& path);

/// What the runs of a study that is gone on with read: looked at now by `look`, and the same as before. Those of a
/// study that is finished may be gone. Throws Error (input) naming the files that differ.
InputFiles inputs_again(const StudyStart& start, const std::function<InputFiles()>& look, const std::string& path);

/// Once the data are loaded: adds the files that links lead to, and sees that nothing else is read than before, and
/// that it is known what was. Throws Error (input).
void add_linked_files(const StudyStart& start, const std::vector<const Scenario*>& runs, const std::string& path,
                      SharedData& data, InputFiles& inputs);

/// Sees that runs which are still to be made count time as those before: earlier versions did so in nanoseconds at any
/// period, and their manifests list no files. Throws Error (input).
void refuse_another_unit(const StudyStart& start, const std::vector<const Scenario*>& runs, const std::string& path);

/// Whether a directory has all of these files. A finished study that lacks one writes its results again.
bool has_files(const std::string& path, const std::vector<std::string>& names);

int print_finished_study(const StudyStart& start, const RunOptions& options, const std::string& path);

int say_study_stopped(const RunOptions& options, std::size_t done, std::size_t all, const std::string& path);

/// Prints the verdicts, failed ones in any case; the exit code.
int conclude_study(const std::vector<Verdict>& verdicts, StudyConsole& console);

/// Columns of text, the first to the left, numbers to the right. `rows[0]` is the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace settle

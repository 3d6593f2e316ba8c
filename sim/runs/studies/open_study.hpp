// A study that is being run: its directory, locked, what was found there, and what its runs read.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/data/input_file.hpp"
#include "sim/runs/store/directory_lock.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/runs/store/study.hpp"
#include "sim/runs/studies/shared_data.hpp"
#include "sim/runs/studies/study_run.hpp"

namespace settle {

class OpenStudy {
public:
    enum class Access { look, write };
    using Look = std::function<InputFiles()>;

    /// Finds what is there: with `resume` a study to go on with, else the directory must be new or empty. Locks it for
    /// writing. `base` and `place` must outlive it. Throws Error (input).
    OpenStudy(Study study, const Scenario& base, const StudyPlace& place, Access access);
    OpenStudy(Study, Scenario&&, const StudyPlace&, Access) = delete;
    OpenStudy(Study, const Scenario&, StudyPlace&&, Access) = delete;

    const StudyStart& start() const { return start_; }
    std::string log_file() const { return place_.directory + "/" + study_.log(); }

    /// What the runs of a study that is gone on with read: looked at now by `look`, and the same as before. Those of a
    /// study that is finished may be gone. Throws Error (input) naming the files that differ.
    void see_inputs_again(const Look& look);

    /// A file of a study, and what it holds when it is whole.
    using NamedText = std::pair<std::string, std::string>;

    /// Whether it has its summary and all of these files as they should be. A finished study whose files are gone, cut
    /// or of other bytes writes its results again.
    bool has_results(const std::vector<NamedText>& files) const;

    /// Sees that runs which are still to be made count time as those before: earlier versions did so in nanoseconds at
    /// any period, and their manifests list no files. Throws Error (input).
    void refuse_another_unit(const std::vector<const Scenario*>& runs) const;

    /// Once the data are loaded: adds the files that links lead to, and sees that nothing else is read than before, and
    /// that it is known what was. Throws Error (input).
    void note_inputs(const std::vector<const Scenario*>& runs, SharedData& data, const Look& look);

    /// Makes the directory, or makes it ready to go on. Throws Error.
    RunDirectory begin(SharedData& data, const StudyObserver& observer);

private:
    Study study_;
    const Scenario& base_;
    const StudyPlace& place_;
    DirectoryLock lock_;
    StudyStart start_;
    InputFiles inputs_;
};

}  // namespace settle

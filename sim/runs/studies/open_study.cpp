#include "sim/runs/studies/open_study.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/resume.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/scenario/duration.hpp"

namespace settle {

OpenStudy::OpenStudy(Study study, const Scenario& base, const StudyPlace& place, Access access)
    : study_(std::move(study)), base_(base), place_(place) {
    const std::string& path = place.directory;
    if (place.resume && path.empty())
        throw input_error("--resume", "", "does not know which directory is meant", "--out DIR");
    if (path.empty() && base.name.empty())
        throw input_error("", "scenario.name", "is missing", "a name, since no directory is given");
    if (path.empty()) return;
    if (access == Access::write) lock_.take(path);
    if (place.resume) {
        start_ = study_.find(path, base);
    } else {
        RunDirectory::check(path);
    }
}

void OpenStudy::see_inputs_again(const Look& look) {
    if (start_.manifest.empty()) return;
    const auto before = inputs_in_manifest(start_.manifest);
    try {
        inputs_ = look();
    } catch (const Error&) {
        if (start_.summary.empty()) throw;
        inputs_ = before.value_or(InputFiles());
        return;
    }
    if (before) refuse_other_inputs(*before, inputs_, false, place_.directory);
}

bool OpenStudy::has_results(const std::vector<NamedText>& files) const {
    std::error_code failure;
    return !start_.summary.empty() && std::all_of(files.begin(), files.end(), [&](const NamedText& file) {
        const std::string name = place_.directory + "/" + file.first;
        // Its size first: what is not there, or is no file, is not read.
        const auto size = std::filesystem::file_size(name, failure);
        return !failure && size == file.second.size() && read_whole_file(name) == file.second;
    });
}

void OpenStudy::refuse_another_unit(const std::vector<const Scenario*>& runs) const {
    if (start_.lines.empty() || start_.manifest.empty() || inputs_in_manifest(start_.manifest)) return;
    for (const Scenario* run : runs) {
        if (run->engine == EngineKind::free_running || run->timing.unit == TimeUnit()) continue;
        throw input_error(
            place_.directory, "timing.period",
            "this was begun by an earlier version, whose unit of time was 1 ns at any period; now it is " +
                unit_text(run->timing.unit),
            "the version of settle that manifest.json names, or another --out");
    }
}

void OpenStudy::note_inputs(const std::vector<const Scenario*>& runs, SharedData& data, const Look& look) {
    if (start_.manifest.empty()) inputs_ = look();
    for (const Scenario* run : runs) {
        if (run->data.set != DataSet::random) add_linked_files(data.of(*run)->files, inputs_);
    }
    if (!start_.lines.empty() && !inputs_.empty() && !is_manifest(start_.manifest)) {
        throw input_error(place_.directory + "/manifest.json", "",
                          "is gone or damaged, so that nothing says which data the runs that are done have read",
                          "the file that was there, or another --out");
    }
    if (const auto before = inputs_in_manifest(start_.manifest))
        refuse_other_inputs(*before, inputs_, true, place_.directory);
}

RunDirectory OpenStudy::begin(SharedData& data, const StudyObserver& observer) {
    const std::string path =
        place_.directory.empty() ? lock_.make_new(base_.name + "-" + study_.name()) : lock_.make(place_.directory);
    study_.begin(path, base_,
                 manifest_json({place_.command_line, inputs_, &base_, false, data.scalings()}, start_.manifest));
    if (place_.ranks && place_.ranks->wired()) RunDirectory(path).write("ranks.json", ranks_json(*place_.ranks));
    if (!lock_.warning().empty() && observer.warning) observer.warning(lock_.warning());
    return RunDirectory(path);
}

}  // namespace settle

#include "sim/runs/studies/merge.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/resume.hpp"
#include "sim/runs/store/directory_lock.hpp"
#include "sim/runs/store/line_file.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/runs/store/study.hpp"
#include "sim/runs/studies/sweep.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

/// One directory.
struct Part {
    std::string directory;
    LoadedScenario loaded;
    std::string manifest;
};

/// A run as a part has it.
struct FoundRun {
    std::string line;
    std::string directory;
};

Part open_part(const std::string& directory) {
    RunDirectory::check_access(directory);
    const std::string file = directory + "/scenario.toml";
    std::error_code ignored;
    if (study_in(directory) != "sweep" || !fs::is_regular_file(file, ignored))
        throw input_error(directory, "", "holds no sweep", "directories that settle sweep --part has written");
    const ScenarioSource source{file, "merged", directory, read_whole_file(file)};
    return {directory, load_scenario(source, {}, Command::sweep), read_manifest(directory)};
}

bool may_differ(const std::string& key) {
    return key == "scenario.threads" || key.rfind("checkpoint.", 0) == 0;
}

void refuse_another_sweep(const Part& first, const Part& other) {
    std::vector<Problem> problems;
    for (const std::string& key : differing_keys(first.loaded.scenario, other.loaded.scenario, Command::sweep)) {
        if (may_differ(key)) continue;
        Problem problem;
        problem.place = other.directory;
        problem.key = key;
        problem.message = "is not what it is in " + first.directory;
        problem.expected = "parts of one sweep";
        problems.push_back(problem);
    }
    if (!problems.empty()) throw Error(Blame::input, problems);
    const auto before = inputs_in_manifest(first.manifest), now = inputs_in_manifest(other.manifest);
    if (before && now) refuse_other_inputs(*before, *now, true, first.directory);
}

/// (runs, in the order in which one sweep begins them) What the parts have.
class FoundRuns {
public:
    explicit FoundRuns(const Sweep& sweep)
        : sweep_(sweep), runs_(sweep.points.size() * static_cast<std::size_t>(sweep.repeats())) {}

    void add(const std::string& directory) {
        const std::string log = directory + "/points.jsonl";
        const std::vector<std::string> lines = read_lines(log);
        read_sweep(sweep_, lines, log);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const std::string place = fmt::format("{}:{}", log, i + 1);
            const RunRecord record = read_point_line(lines[i], place);
            const std::size_t number = static_cast<std::size_t>(record.repeat) * sweep_.points.size() +
                                       static_cast<std::size_t>(record.number);
            std::optional<FoundRun>& run = runs_[number];
            if (run && !same(run->line, lines[i]))
                throw input_error(place, "", "is a run that has come to something else in " + run->directory,
                                  "parts that agree where they overlap");
            if (!run) run = {lines[i], directory};
        }
    }

    void refuse_missing() const {
        std::size_t missing = 0, first = 0;
        for (std::size_t number = runs_.size(); number-- > 0;) {
            if (runs_[number]) continue;
            ++missing;
            first = number;
        }
        if (missing == 0) return;
        throw input_error(
            "merge", "",
            fmt::format("{} of {} runs are in none of these directories, such as repeat {} of point {}", missing,
                        runs_.size(), first / sweep_.points.size(), sweep_.points[first % sweep_.points.size()].label),
            "all parts, each run to its end");
    }

    void write(const RunDirectory& out) const {
        const RunDirectory curves(out.file("curves"));
        std::string lines;
        for (std::size_t number = 0; number < runs_.size(); ++number) {
            const FoundRun& run = *runs_[number];
            lines += run.line + "\n";
            const std::string name =
                fmt::format("{:04}-{:03}.jsonl", number % sweep_.points.size(), number / sweep_.points.size());
            std::error_code ignored;
            const std::string curve = run.directory + "/curves/" + name;
            if (fs::exists(curve, ignored)) curves.write(name, read_whole_file(curve));
        }
        out.write("points.jsonl", lines);
    }

private:
    /// Apart from how long it took.
    static bool same(const std::string& one, const std::string& other) {
        const RunRecord a = read_point_line(one, ""), b = read_point_line(other, "");
        return a.fingerprint == b.fingerprint && a.failure == b.failure;
    }

    const Sweep& sweep_;
    std::vector<std::optional<FoundRun>> runs_;
};

}  // namespace

void merge_parts(const std::vector<std::string>& parts, const std::string& out) {
    if (parts.empty()) throw input_error("merge", "", "has nothing to merge", "directories of parts");
    DirectoryLock lock;
    lock.take(out);
    RunDirectory::check(out);
    const Part first = open_part(parts.front());
    const Sweep sweep = plan_sweep(first.loaded);
    FoundRuns runs(sweep);
    runs.add(first.directory);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        refuse_another_sweep(first, open_part(parts[i]));
        runs.add(parts[i]);
    }
    runs.refuse_missing();
    const RunDirectory directory(lock.make(out));
    directory.write("manifest.json", first.manifest);
    runs.write(directory);
    directory.write("scenario.toml", read_whole_file(first.directory + "/scenario.toml"));
}

}  // namespace settle

#include "sim/runs/store/study.hpp"

#include <filesystem>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/store/line_file.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/run_directory.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

void refuse_changes(const Scenario& before, const Scenario& now, Command command, const std::string& directory) {
    std::vector<Problem> problems;
    for (const std::string& key : differing_keys(before, now, command)) {
        if (Study::may_change(key)) continue;
        Problem problem;
        problem.place = "--resume";
        problem.key = key;
        problem.message = "is not what " + directory + " began with";
        problem.expected =
            std::string("the same scenario, but for scenario.threads, ") +
            (command == Command::sweep ? "sweep.repeats, sweep.against, sweep.show, sweep.plot" : "search.trials") +
            ", record.* and checkpoint.*";
        problems.push_back(problem);
    }
    if (!problems.empty()) throw Error(Blame::input, problems);
}

}  // namespace

std::string study_in(const std::string& directory) {
    std::error_code ignored;
    if (fs::exists(directory + "/points.jsonl", ignored)) return "sweep";
    return fs::exists(directory + "/trials.jsonl", ignored) ? "search" : "";
}

bool Study::may_change(const std::string& key) {
    return key == "scenario.threads" || key == "sweep.repeats" || key == "sweep.against" || key == "sweep.show" ||
           key == "sweep.plot" || key == "search.trials" || key.rfind("record.", 0) == 0 ||
           key.rfind("checkpoint.", 0) == 0;
}

StudyStart Study::find(const std::string& directory, const Scenario& scenario) const {
    RunDirectory::check_access(directory);
    std::error_code ignored;
    const auto there = [&](const std::string& name) { return fs::is_regular_file(directory + "/" + name, ignored); };
    if (!there(log_)) {
        // Not one of these: the same rule as without --resume.
        RunDirectory::check(directory);
        return {};
    }
    StudyStart start;
    start.lines = read_lines(directory + "/" + log_);
    if (!there("scenario.toml")) {
        // Killed before its first run began; where runs are kept, nobody knows what they were runs of.
        if (start.lines.empty()) return start;
        throw input_error(directory + "/scenario.toml", "",
                          "is gone, so that nothing says what the runs in " + log_ + " were made with",
                          "the file that was there, or another --out");
    }
    const std::string file = directory + "/scenario.toml";
    const ScenarioSource source{file, "resumed", fs::path(directory).string(), read_whole_file(file)};
    const Scenario before = load_scenario(source, {}, command_).scenario;
    refuse_changes(before, scenario, command_, directory);
    const auto &shown = before.sweep, &wanted = scenario.sweep;
    start.tables_are_old = shown.against != wanted.against || shown.show != wanted.show || shown.plot != wanted.plot;
    start.manifest = read_manifest(directory);
    start.summary = RunDirectory::read_summary(directory);
    return start;
}

void Study::begin(const std::string& directory, const Scenario& scenario, const std::string& manifest) const {
    const RunDirectory run(directory);
    append_text(run.file(log_), "");
    run.write("manifest.json", manifest);
    run.write("scenario.toml", scenario_as_toml(scenario, command_));
    run.try_writing();
    std::error_code ignored;
    fs::remove(run.file("summary.json"), ignored);
}

}  // namespace settle

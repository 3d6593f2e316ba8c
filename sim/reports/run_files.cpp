#include "sim/reports/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "core/error.hpp"
#include "sim/formats/toml.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

bool is_file(const std::string& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::string must_read(const std::string& path) {
    auto text = read_run_file(path);
    if (!text) throw input_error(path, "", "cannot be read", "a file of a run directory");
    return *std::move(text);
}

RunKind kind_of(const RunFiles& run) {
    if (is_file(run.file("points.jsonl")) || run.settings.find("sweep")) return RunKind::sweep;
    if (is_file(run.file("trials.jsonl")) || run.settings.find("search")) return RunKind::search;
    const std::string task = run.setting("scenario", "task");
    if (task == "stream") return RunKind::stream;
    return task == "infer" ? RunKind::inference : task == "converge" ? RunKind::convergence : RunKind::training;
}

std::vector<Record> read_records(RunFiles& run, const std::string& name) {
    const auto text = read_run_file(run.file(name));
    return text ? parse_records(*text, run.file(name), run.notes) : std::vector<Record>();
}

/// Verdicts that the summary itself holds (of a sweep): objects with "passed", "expected" and "seen".
std::vector<RecordedVerdict> verdicts_in(const Record& summary) {
    std::vector<RecordedVerdict> verdicts;
    for (const char* list : {"expectations", "verdicts"}) {
        for (int i = 0;; ++i) {
            const Record entry = summary.under(fmt::format("{}/{}", list, i));
            if (entry.entries.empty()) break;
            const bool passed = entry.text("passed") == "true";
            verdicts.push_back({passed ? RecordedVerdict::State::passed : RecordedVerdict::State::failed,
                                entry.text("expected"), entry.text("seen")});
        }
    }
    return verdicts;
}

/// Judges what the summary alone can tell; what was compared with another scenario is known only if nothing failed.
std::vector<RecordedVerdict> judge_again(const RunFiles& run) {
    std::vector<RecordedVerdict> verdicts;
    if (!run.scenario || !run.finished) return verdicts;
    const bool all_passed = run.summary.number("expectations_failed") == 0.0;
    for (const Expectation& expectation : run.scenario->expectations) {
        if (!expectation.point.empty()) continue;
        if (!expectation.than.empty()) {
            verdicts.push_back({all_passed ? RecordedVerdict::State::passed : RecordedVerdict::State::unknown,
                                expectation_text(expectation), ""});
            continue;
        }
        const Metrics metrics = metrics_in(run.summary);
        const Verdict verdict = judge(expectation, metrics, {}, absences_of(*run.scenario, metrics));
        verdicts.push_back({verdict.passed ? RecordedVerdict::State::passed : RecordedVerdict::State::failed,
                            verdict.expected, verdict.seen});
    }
    return verdicts;
}

}  // namespace

Metrics metrics_in(const Record& summary) {
    Metrics metrics;
    for (const RecordEntry& entry : summary.entries) {
        if (entry.number) metrics[entry.path] = *entry.number;
    }
    return metrics;
}

std::optional<std::string> read_run_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad()) return std::nullopt;
    return text;
}

std::string RunFiles::setting(const std::string& section, const std::string& key) const {
    const Value* table = settings.find(section);
    const Value* value = table ? table->find(key) : nullptr;
    if (!value) return "";
    return value->string() ? *value->string() : to_toml(*value);
}

RunFiles read_run_files(const std::string& directory) {
    RunFiles run;
    run.directory = directory;
    while (run.directory.size() > 1 && run.directory.back() == '/') run.directory.pop_back();
    const std::string scenario = run.file("scenario.toml"), manifest = run.file("manifest.json");
    if (const std::string obstacle = obstacle_at(directory); !obstacle.empty())
        throw input_error(directory, "", "cannot be read: " + obstacle, "a directory that can be read");
    if (!is_file(scenario) || !is_file(manifest)) {
        std::error_code ignored;
        throw input_error(directory, "", fs::exists(directory, ignored) ? "is not a run directory" : "is not there",
                          "the --out folder of settle run, sweep or search");
    }
    run.scenario_text = must_read(scenario);
    run.settings = parse_toml(run.scenario_text, scenario);
    try {
        run.scenario = load_scenario({"scenario.toml", "run", run.directory, run.scenario_text}, {}).scenario;
    } catch (const Error& error) {
        run.notes.push_back(std::string("Its scenario does not load in this version: ") + error.what());
    }
    run.manifest = parse_record(must_read(manifest), manifest);
    run.kind = kind_of(run);
    run.samples = read_records(run, "metrics.jsonl");
    run.settling = read_records(run, "settling.jsonl");
    run.points = read_records(run, "points.jsonl");
    run.trials = read_records(run, "trials.jsonl");
    if (is_file(run.file("summary.json"))) {
        run.summary = parse_record(must_read(run.file("summary.json")), run.file("summary.json"));
        run.finished = true;
    } else {
        run.notes.insert(run.notes.begin(), "Not finished: there is no summary.json; what there is so far is shown.");
    }
    if (run.finished && run.scenario && run.kind != RunKind::sweep && run.kind != RunKind::search) {
        for (const auto& [name, text] : absences_of(*run.scenario, metrics_in(run.summary))) {
            const Metric* metric = find_metric(name);
            if (metric && !metric->without.empty()) run.absences.emplace(name, text);
        }
    }
    run.verdicts = verdicts_in(run.summary);
    if (run.verdicts.empty() && run.kind != RunKind::sweep && run.kind != RunKind::search)
        run.verdicts = judge_again(run);
    return run;
}

void label_runs(std::vector<RunFiles>& runs) {
    std::vector<fs::path> paths;
    for (const RunFiles& run : runs) {
        std::error_code ignored;
        paths.push_back(fs::absolute(run.directory, ignored).lexically_normal());
    }
    for (int parts = 1; parts < 32; ++parts) {
        std::set<std::string> labels;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            fs::path label;
            fs::path rest = paths[i];
            for (int part = 0; part < parts && rest.has_filename(); ++part) {
                label = label.empty() ? rest.filename() : rest.filename() / label;
                rest = rest.parent_path();
            }
            runs[i].label = label.empty() ? paths[i].string() : label.string();
            labels.insert(runs[i].label);
        }
        if (labels.size() == runs.size()) return;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) runs[i].label += fmt::format(" ({})", i + 1);
}

}  // namespace settle

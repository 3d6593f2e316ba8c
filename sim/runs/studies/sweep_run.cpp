#include "sim/runs/studies/sweep_run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "sim/formats/toml.hpp"
#include "sim/runs/available_memory.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/studies/open_study.hpp"
#include "sim/runs/studies/rank_study.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

/// Data and weights of all points, each once.
void check_inputs(const Sweep& sweep) {
    std::set<std::string> seen;
    for (const SweepPoint& point : sweep.points) {
        std::string wanted = point.scenario.network.weights;
        for (const Key& key : scenario_keys()) {
            const auto value = key.write(point.scenario);
            if (value && (key.section() == "data" || key.section() == "stream" || key.path == "network.layers" ||
                          key.path == "population" || key.path == "projection"))
                wanted += "\n" + to_toml(*value);
        }
        // Whether its events can happen, more decides.
        if (!point.scenario.events.empty()) wanted += "\n" + scenario_as_toml(point.scenario);
        if (seen.insert(wanted).second) check_input(point.scenario);
    }
}

std::string what_memory_depends_on(const Scenario& scenario) {
    static const std::set<std::string> sections = {"network", "phases", "stream", "data", "record", "chip"};
    static const std::set<std::string> paths = {"population",      "projection",     "scenario.task",
                                                "scenario.engine", "scenario.shard", "learning.batch",
                                                "neuron.kind",     "timing.scope",   "timing.link"};
    std::string text;
    for (const Key& key : scenario_keys()) {
        if (!sections.contains(key.section()) && !paths.contains(key.path)) continue;
        const auto value = key.write(scenario);
        if (value) text += key.path + " = " + to_toml(*value) + "\n";
    }
    return text;
}

/// Of all kinds of points, each once.
void require_memory_of_points(const Sweep& sweep) {
    std::set<std::string> seen;
    for (const SweepPoint& point : sweep.points) {
        const Scenario& scenario = point.scenario;
        if (seen.insert(what_memory_depends_on(scenario)).second) require_memory(scenario);
    }
}

/// Of the runs that points.jsonl has: the same bytes whenever they are made.
std::vector<OpenStudy::NamedText> tables_of(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    std::vector<OpenStudy::NamedText> tables = {{"sweep.csv", sweep_csv(sweep, runs)},
                                                {"means.csv", means_csv(sweep, runs, estimator)}};
    if (reference_point(sweep)) tables.emplace_back("differences.csv", differences_csv(sweep, runs, estimator));
    return tables;
}

/// Whether a sweep whose runs have all been run lacks nothing that can be made of them.
bool is_whole(const OpenStudy& study, const Sweep& sweep, const SweepRuns& runs) {
    if (study.start().summary.empty() || study.start().tables_are_old) return false;
    Estimator estimator;
    return study.has_results(tables_of(sweep, runs, estimator));
}

void warn_of_missing_curves(const SweepRuns& runs, const std::string& directory, const StudyObserver& observer) {
    const std::vector<std::string> missing = missing_curves(runs, directory);
    if (missing.empty() || !observer.warning) return;
    const bool one = missing.size() == 1;
    observer.warning(
        fmt::format("{} of {} finished runs {} without a curve ({}{}); to have {} again, take the lines of these runs "
                    "out of points.jsonl and resume",
                    missing.size(), finished_runs(runs), one ? "is" : "are", missing.front(), one ? "" : " …",
                    one ? "it" : "them"));
}

std::vector<const Scenario*> scenarios_of(const Sweep& sweep) {
    std::vector<const Scenario*> scenarios;
    for (const SweepPoint& point : sweep.points) scenarios.push_back(&point.scenario);
    return scenarios;
}

/// One that was planned has passed.
const Scenario& checked_base(const SweepRun& run) {
    check_keys(run.sweep.base, {"sweep"});
    if (run.sweep.points.empty()) throw input_error("", "sweep", "has no points", "what plan_sweep returned");
    return run.sweep.base;
}

/// The runs that are finished; what is wrong with directory or input is found.
SweepRuns find_runs(const SweepRun& run, OpenStudy& study) {
    SweepRuns runs = read_sweep(run.sweep, study.start().lines, study.log_file());
    study.see_inputs_again([&] { return look_at_all_inputs(scenarios_of(run.sweep)); });
    check_inputs(run.sweep);
    for (const auto& other : run.place.others) check_input(other.second);
    return runs;
}

/// The means of what expectations compare with, over as many repeats; nullopt: stopped.
std::optional<OtherRuns> run_others(const SweepRun& run, WorkerPool& workers, SharedData& data,
                                    const StudyObserver& observer) {
    OtherRuns result;
    for (const auto& [name, scenario] : run.place.others) {
        if (observer.comparing) observer.comparing(name);
        Batch batch;
        batch.runs = run.sweep.repeats();
        batch.scenario = [&base = scenario](int repeat) { return repeat_of(base, {}, repeat); };
        batch.progress = observer.progress;
        batch.stop = observer.stop;
        std::vector<BatchRun> runs(static_cast<std::size_t>(batch.runs));
        batch.ended = [&](int repeat, const BatchRun& ended) { runs[static_cast<std::size_t>(repeat)] = ended; };
        if (!run_batch(batch, workers, data)) return std::nullopt;
        PointRuns finished;
        for (const BatchRun& one : runs) {
            if (!one.failure.empty()) throw runtime_failure(name, one.failure);
            finished.emplace_back(RunRecord()).value().metrics = kept_metrics(one.run.metrics);
        }
        result[name] = means_of(finished);
    }
    return result;
}

/// Samples too are looked at before anything is written; what is drawn for one run alone is not kept. All ranks agree
/// on what they have found.
void prepare(const SweepRun& run, SharedData& data) {
    require_memory_of_points(run.sweep);
    for (const SweepPoint& point : run.sweep.points) data.prepare(point.scenario);
    agree_on(run.place, scenario_as_toml(run.sweep.base, Command::sweep), data);
}

/// A rank that follows.
SweepResult follow(const SweepRun& run, const StudyObserver& observer) {
    SweepResult result;
    result.end = RunEnd::stopped;
    SharedData data;
    require_memory_of_points(run.sweep);
    for (const SweepPoint& point : run.sweep.points) data.prepare(point.scenario);
    if (!agree_on(run.place, scenario_as_toml(run.sweep.base, Command::sweep), data)) return result;
    if (observer.validated) observer.validated();
    WorkerPool workers(threads_of(run.place, run.sweep.base));
    help_sweep(run.sweep, workers, data, observer.stop, *run.place.ranks);
    return result;
}

/// Writes the tables and the summary.
void conclude(const Sweep& sweep, const RunDirectory& directory, SweepResult& result) {
    Estimator estimator;
    for (const auto& [name, text] : tables_of(sweep, result.runs, estimator)) directory.write(name, text);
    std::error_code ignored;  // of before another --resume
    if (!reference_point(sweep)) std::filesystem::remove(directory.file("differences.csv"), ignored);
    result.summary_json = sweep_summary(sweep, result.runs, result.totals, estimator) + "\n";
    directory.write("summary.json", result.summary_json);
}

}  // namespace

SweepResult perform(const SweepRun& run, const StudyObserver& observer) {
    const auto started = Clock::now();
    const Sweep& sweep = run.sweep;
    if (run.place.ranks && !run.place.ranks->leads()) return follow(run, observer);
    OpenStudy study({Command::sweep, "points.jsonl"}, checked_base(run), run.place, OpenStudy::Access::write);
    SweepResult result;
    result.directory = run.place.directory;
    result.runs = find_runs(run, study);
    result.totals.resumed_at = finished_runs(result.runs);
    result.size = size_of(run.part, result.runs);
    if (result.totals.resumed_at > 0) warn_of_missing_curves(result.runs, result.directory, observer);
    if (result.size.due == 0 && (!run.part.whole() || is_whole(study, sweep, result.runs))) {
        if (run.place.ranks) agree(*run.place.ranks, {.nothing = true});
        result.end = RunEnd::finished;
        result.summary_json = study.start().summary;
        return result;
    }
    study.refuse_another_unit(scenarios_of(sweep));
    SharedData data;
    prepare(run, data);
    study.note_inputs(scenarios_of(sweep), data, [&] { return look_at_all_inputs(scenarios_of(sweep)); });
    if (observer.validated) observer.validated();

    const RunDirectory directory = study.begin(data, observer);
    result.directory = directory.path();
    WorkerPool workers(threads_of(run.place, sweep.base));
    if (observer.begun)
        observer.begun({result.directory, workers.threads(), workers.wanted(), result.size.runs,
                        result.size.runs - result.size.due, data.scalings()});
    result.end = RunEnd::stopped;
    const bool complete = run_sweep(sweep, directory.path(), workers, data, {observer.progress, observer.stop},
                                    result.runs, run.part, run.place.ranks);
    if (observer.performed) observer.performed();
    if (complete && !run.part.whole()) {
        result.end = RunEnd::complete;
        return result;
    }
    const auto compared = complete ? run_others(run, workers, data, observer) : std::nullopt;
    if (!compared) return result;
    result.totals.verdicts = judge_sweep(sweep, result.runs, *compared);
    result.totals.ranks = ranks_of(run.place);
    result.totals.wall_seconds = std::chrono::duration<double>(Clock::now() - started).count();
    conclude(sweep, directory, result);
    result.end = RunEnd::complete;
    return result;
}

void check(const SweepRun& run) {
    OpenStudy study({Command::sweep, "points.jsonl"}, checked_base(run), run.place, OpenStudy::Access::look);
    find_runs(run, study);
}

}  // namespace settle

#include "sim/runs/studies/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "core/error.hpp"
#include "sim/formats/toml.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/run.hpp"
#include "sim/runs/store/directory_lock.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/runs/studies/study_summary.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/picture.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/signals.hpp"
#include "tools/settle/study_console.hpp"

namespace settle {

namespace {

/// Data and weights of all points, each once.
void check_inputs(const Sweep& sweep) {
    std::set<std::string> seen;
    for (const SweepPoint& point : sweep.points) {
        std::string wanted = point.scenario.network.weights;
        for (const Key& key : scenario_keys()) {
            const auto value = key.write(point.scenario);
            if (value && (key.section() == "data" || key.path == "network.layers")) wanted += "\n" + to_toml(*value);
        }
        if (seen.insert(wanted).second) check_input(point.scenario);
    }
}

/// Of all kinds of points, each once.
void require_memory_of_points(const Sweep& sweep) {
    std::set<std::string> seen;
    for (const SweepPoint& point : sweep.points) {
        const Scenario& scenario = point.scenario;
        const std::string kind = fmt::format("{} {} {} {}", fmt::join(scenario.network.layers, ","), scenario.shard,
                                             scenario.learning.batch, to_word(scenario.engine));
        if (seen.insert(kind).second) require_memory(scenario);
    }
}

std::vector<std::string> tables_of(const Sweep& sweep) {
    std::vector<std::string> tables = {"sweep.csv", "means.csv"};
    if (!sweep.base.sweep.against.empty()) tables.push_back("differences.csv");
    return tables;
}

std::vector<const Scenario*> scenarios_of(const Sweep& sweep) {
    std::vector<const Scenario*> scenarios;
    for (const SweepPoint& point : sweep.points) scenarios.push_back(&point.scenario);
    return scenarios;
}

void print_plan(const Sweep& sweep) {
    std::string axes;
    for (const Axis& axis : sweep.axes) axes += (axes.empty() ? "" : ", ") + axis.name;
    fmt::print("{}\n# {} points x {} repeats, {} runs; labels: {}\n", scenario_as_toml(sweep.base, Command::sweep),
               sweep.points.size(), sweep.repeats(), sweep.points.size() * static_cast<std::size_t>(sweep.repeats()),
               axes);
    // As expectations and sweep.against spell them.
    for (std::size_t point = 0; point < sweep.points.size(); ++point)
        fmt::print("# {:>4}  {}\n", point, sweep.points[point].label);
}

std::string shown_label(const Sweep& sweep, std::size_t point) {
    return shown_point(short_names(sweep.axes), sweep.points[point].choices);
}

std::string interval_text(const std::optional<Interval>& interval) {
    return interval ? short_number(interval->first) + " to " + short_number(interval->second) : "-";
}

constexpr const char* interval_title = "95 % interval (Student)";

/// The means of the main metric, a line a point.
std::string points_table(const Sweep& sweep, const SweepRuns& runs, const std::string& metric, Estimator& estimator) {
    std::vector<std::vector<std::string>> rows = {{"point", "runs", metric, interval_title}};
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const PointEstimate found = estimate_of(runs[point], metric, estimator);
        auto& row = rows.emplace_back(std::vector<std::string>{shown_label(sweep, point)});
        row.push_back(std::to_string(found.runs));
        row.push_back(found.estimate          ? short_number(found.estimate->mean)
                      : found.absence.empty() ? "-"
                                              : found.absence);
        row.push_back(interval_text(found.estimate ? found.estimate->interval : std::nullopt));
    }
    return text_table(rows);
}

/// What did not settle, of every point where that is why a quantile is absent; "" where all have.
std::string absences_text(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    std::string text;
    for (const Metric& metric : metrics()) {
        if (metric.without.empty()) continue;
        for (std::size_t point = 0; point < runs.size(); ++point) {
            const std::string absence = estimate_of(runs[point], metric.name, estimator).absence;
            if (absence.rfind(metric.without, 0) != 0) continue;
            text += fmt::format("  {} of {}: {}\n", metric.name, shown_label(sweep, point), absence);
        }
    }
    return text.empty() ? "" : "\nmeans over repeats that are absent\n" + text;
}

/// The differences of the main metric from sweep.against, a line a point; "" without.
std::string differences_table(const Sweep& sweep, const SweepRuns& runs, const std::string& metric,
                              Estimator& estimator) {
    const auto reference = reference_point(sweep);
    if (!reference) return "";
    std::vector<std::vector<std::string>> rows = {{"point", "pairs", "difference", interval_title, "p (paired t)"}};
    for (std::size_t point = 0; point < runs.size(); ++point) {
        if (point == *reference) continue;
        const auto found = difference_of(sweep, runs, point, metric, estimator);
        auto& row = rows.emplace_back(std::vector<std::string>{shown_label(sweep, point)});
        row.push_back(found ? std::to_string(found->pairs) : "0");
        row.push_back(found && found->mean ? short_number(*found->mean) : "-");
        row.push_back(interval_text(found ? found->interval : std::nullopt));
        row.push_back(found && found->p          ? fmt::format("{:.2g}", *found->p)
                      : found && found->interval ? "all equal"
                                                 : "-");
    }
    return fmt::format("\n{} minus that of {}, paired by seed\n{}", metric, shown_label(sweep, *reference),
                       text_table(rows));
}

/// The main metric against the first axis of numbers, a curve for each combination of the others; "" without one.
std::string points_plot(const Sweep& sweep, const SweepRuns& runs, const std::string& metric, Estimator& estimator) {
    const auto is_numeric = [](const Axis& axis) {
        return axis.choices.size() > 1 && std::all_of(axis.choices.begin(), axis.choices.end(),
                                                      [](const Choice& choice) { return choice.number.has_value(); });
    };
    const auto axis = std::find_if(sweep.axes.begin(), sweep.axes.end(), is_numeric);
    if (axis == sweep.axes.end()) return "";
    const auto axis_at = axis - sweep.axes.begin();
    const auto x = static_cast<std::size_t>(axis_at);
    std::vector<TextCurve> series;
    std::map<std::string, std::size_t> by_name;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const auto found = estimate_of(runs[point], metric, estimator);
        if (!found.estimate) continue;
        std::vector<std::string> names = short_names(sweep.axes);
        std::vector<Choice> others = sweep.points[point].choices;
        names.erase(names.begin() + axis_at);
        others.erase(others.begin() + axis_at);
        const std::string name = shown_point(names, others);
        const auto [at, is_new] = by_name.emplace(name, series.size());
        if (is_new) series.push_back({name, {}});
        series[at->second].points.emplace_back(*sweep.points[point].choices[x].number, found.estimate->mean);
    }
    return "\n" + draw_curves(series, 60, 13, axis->name, metric);
}

/// What failed, on stderr; at most the first ten.
void tell_failures(const Sweep& sweep, const SweepRuns& runs) {
    const std::size_t failed = failed_runs(runs);
    if (failed == 0) return;
    fmt::print(stderr, "settle: {} of {} runs failed\n", failed, finished_runs(runs));
    int told = 0;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (const auto& run : runs[point]) {
            if (!run || run->failure.empty() || ++told > 10) continue;
            fmt::print(stderr, "settle: point {}, repeat {}: {}\n", shown_label(sweep, point), run->repeat,
                       run->failure);
        }
    }
}

/// The means of what expectations compare with, over as many repeats; nullopt: stopped.
std::optional<OtherRuns> run_others(const Sweep& sweep, const std::map<std::string, Scenario>& others,
                                    WorkerPool& workers, SharedData& data, StudyConsole& console) {
    OtherRuns result;
    for (const auto& [name, scenario] : others) {
        console.say(fmt::format("to compare with: {}\n", name));
        Batch batch;
        batch.runs = sweep.repeats();
        batch.scenario = [&, &base = scenario](int run) { return repeat_of(base, {}, run); };
        batch.progress = [&](const BatchProgress& progress) { console.show(progress); };
        batch.stop = [] { return signal_that_came() != 0; };
        std::vector<BatchRun> runs(static_cast<std::size_t>(batch.runs));
        batch.ended = [&](int run, const BatchRun& ended) { runs[static_cast<std::size_t>(run)] = ended; };
        if (!run_batch(batch, workers, data)) return std::nullopt;
        PointRuns finished;
        for (const BatchRun& run : runs) {
            if (!run.failure.empty()) throw runtime_failure(name, run.failure);
            finished.emplace_back(RunRecord()).value().metrics = kept_metrics(run.run.metrics);
        }
        result[name] = means_of(finished);
        console.clear();
    }
    return result;
}

std::string results_text(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    const std::string metric = main_metric(sweep.base, runs);
    return "\n" + points_table(sweep, runs, metric, estimator) + absences_text(sweep, runs, estimator) +
           differences_table(sweep, runs, metric, estimator) + points_plot(sweep, runs, metric, estimator);
}

void write_tables(const Sweep& sweep, const SweepRuns& runs, const RunDirectory& directory, Estimator& estimator) {
    directory.write("sweep.csv", sweep_csv(sweep, runs));
    directory.write("means.csv", means_csv(sweep, runs, estimator));
    if (reference_point(sweep)) {
        directory.write("differences.csv", differences_csv(sweep, runs, estimator));
    } else {
        std::error_code ignored;  // of before another --resume
        std::filesystem::remove(directory.file("differences.csv"), ignored);
    }
}

}  // namespace

int sweep_command(const RunOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const ScenarioSource source = find_scenario(options.scenario.scenario);
    LoadedScenario loaded = load_from_options(source, options.scenario, options.quiet, Command::sweep);
    if (options.no_expect) loaded.scenario.expectations.clear();
    const Sweep sweep = plan_sweep(loaded);
    const auto others = load_others(options.scenario, sweep.base, options.quiet, Command::sweep);
    std::string path = options.out.value_or("");
    const Study study(Command::sweep, "points.jsonl");
    DirectoryLock lock;
    if (options.out && !options.dry_run) lock.take(path);
    const StudyStart start = choose_study(study, options, sweep.base, path);
    SweepRuns runs = read_sweep(sweep, start.lines, path + "/points.jsonl");
    const auto look = [&] { return look_at_inputs(scenarios_of(sweep)); };
    InputFiles inputs = start.manifest.empty() ? InputFiles() : inputs_again(start, look, path);
    check_inputs(sweep);
    for (const auto& other : others) check_input(other.second);
    if (options.dry_run) {
        print_plan(sweep);
        return exit_good;
    }
    const std::size_t all = sweep.points.size() * static_cast<std::size_t>(sweep.repeats());
    const std::size_t before = finished_runs(runs);
    if (!start.summary.empty() && before == all && !start.tables_are_old && has_files(path, tables_of(sweep)))
        return print_finished_study(start, options, path);
    refuse_another_unit(start, scenarios_of(sweep), path);
    require_memory_of_points(sweep);
    // Samples too are looked at before anything is written; what is drawn for one run alone is not kept.
    SharedData data;
    for (const SweepPoint& point : sweep.points) data.prepare(point.scenario);
    if (start.manifest.empty()) inputs = look();
    add_linked_files(start, scenarios_of(sweep), path, data, inputs);

    watch_signals();
    path = options.out ? lock.make(path) : lock.make_new(sweep.base.name + "-sweep");
    study.begin(path, sweep.base,
                manifest_json({options.command_line, inputs, &sweep.base, false, data.scalings()}, start.manifest));
    const RunDirectory directory(path);
    WorkerPool workers(sweep.base.threads);
    tell_missing_threads(workers.wanted(), workers.threads(), options.quiet);
    StudyConsole console(options);
    console.warn(lock.warning());
    console.say(fmt::format("{}: {} points x {} repeats, {} engine, {} at a time\n", sweep.base.name,
                            sweep.points.size(), sweep.repeats(), to_word(sweep.base.engine), workers.threads()));
    console.say_scaling(data.scalings());
    if (before > 0) console.say(fmt::format("going on after {} of {} runs\n", before, all));
    const SweepObserver observer{[&](const BatchProgress& progress) { console.show(progress); },
                                 [] { return signal_that_came() != 0; }};
    const bool complete = run_sweep(sweep, path, workers, data, observer, runs);
    console.clear();
    const auto compared = complete ? run_others(sweep, others, workers, data, console) : std::nullopt;
    if (!compared) return say_study_stopped(options, finished_runs(runs), all, path);

    Estimator estimator;
    StudyTotals totals;
    totals.resumed_at = before;
    totals.verdicts = judge_sweep(sweep, runs, *compared);
    totals.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    write_tables(sweep, runs, directory, estimator);
    const std::string summary = sweep_summary(sweep, runs, totals, estimator);
    directory.write("summary.json", summary + "\n");
    if (options.json) fmt::print("{}\n", summary);
    console.say(results_text(sweep, runs, estimator) +
                fmt::format("\nwall time        {:.1f} s\ndirectory        {}\n", totals.wall_seconds, path));
    if (!options.quiet) tell_failures(sweep, runs);
    const int verdict = conclude_study(totals.verdicts, console);
    return failed_runs(runs) == all ? exit_runtime : verdict;
}

}  // namespace settle

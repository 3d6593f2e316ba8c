#include "sim/runs/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>

#include "core/error.hpp"
#include "sim/formats/toml.hpp"
#include "sim/runs/build_info.hpp"
#include "sim/runs/directory_lock.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/run.hpp"
#include "sim/runs/run_directory.hpp"
#include "sim/runs/study_summary.hpp"
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

void print_plan(const Sweep& sweep) {
    fmt::print("{}\n# {} points x {} repeats, {} runs:\n", scenario_as_toml(sweep.base, Command::sweep),
               sweep.points.size(), sweep.repeats(), sweep.points.size() * static_cast<std::size_t>(sweep.repeats()));
    for (std::size_t point = 0; point < sweep.points.size(); ++point)
        fmt::print("# {:>4}  {}\n", point, sweep.points[point].label);
}

std::string number_text(double value) {
    return fmt::format("{:.4g}", value);
}

/// The means of the main metric, a line a point.
std::string points_table(const Sweep& sweep, const SweepRuns& runs, const std::string& metric, Estimator& estimator) {
    std::vector<std::vector<std::string>> rows = {
        {"point", "runs", metric, sweep.repeats() <= 3 ? "least to greatest" : "95 % interval"}};
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const auto found = estimate_of(runs[point], metric, estimator);
        auto& row = rows.emplace_back(std::vector<std::string>{sweep.points[point].label});
        row.push_back(std::to_string(found ? found->runs : 0));
        row.push_back(found ? number_text(found->mean) : "-");
        if (found && found->interval)
            row.push_back(number_text(found->interval->first) + " to " + number_text(found->interval->second));
    }
    return text_table(rows);
}

/// The main metric against the first axis of numbers, a curve for each combination of the others; "" without one.
std::string points_plot(const Sweep& sweep, const SweepRuns& runs, const std::string& metric, Estimator& estimator) {
    const auto is_numeric = [](const Axis& axis) {
        return axis.choices.size() > 1 && std::all_of(axis.choices.begin(), axis.choices.end(),
                                                      [](const Choice& choice) { return choice.number.has_value(); });
    };
    const auto axis = std::find_if(sweep.axes.begin(), sweep.axes.end(), is_numeric);
    if (axis == sweep.axes.end()) return "";
    const auto x = static_cast<std::size_t>(axis - sweep.axes.begin());
    std::vector<TextCurve> series;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const auto found = estimate_of(runs[point], metric, estimator);
        if (!found) continue;
        std::string name;
        for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
            if (a != x) name += (name.empty() ? "" : ", ") + sweep.points[point].choices[a].label;
        }
        auto one =
            std::find_if(series.begin(), series.end(), [&](const TextCurve& other) { return other.name == name; });
        if (one == series.end()) one = series.insert(series.end(), TextCurve{name, {}});
        one->points.emplace_back(*sweep.points[point].choices[x].number, found->mean);
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
            fmt::print(stderr, "settle: point {}, repeat {}: {}\n", sweep.points[point].label, run->repeat,
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
        std::map<std::string, std::vector<double>> values;
        Batch batch;
        batch.runs = sweep.repeats();
        batch.scenario = [&, &base = scenario](int run) { return repeat_of(base, {}, run); };
        batch.progress = [&](const BatchProgress& progress) { console.show(progress); };
        batch.stop = [] { return signal_that_came() != 0; };
        std::vector<BatchRun> runs(static_cast<std::size_t>(batch.runs));
        batch.ended = [&](int run, const BatchRun& ended) { runs[static_cast<std::size_t>(run)] = ended; };
        if (!run_batch(batch, workers, data)) return std::nullopt;
        Metrics& means = result[name].metrics;
        for (const BatchRun& run : runs) {
            if (!run.failure.empty()) throw runtime_failure(name, run.failure);
            for (const auto& [metric, value] : run.run.metrics) means[metric] += value / batch.runs;
        }
        console.clear();
    }
    return result;
}

}  // namespace

int sweep_command(const RunOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const ScenarioSource source = find_scenario(options.scenario.scenario);
    const LoadedScenario loaded = load_from_options(source, options.scenario, options.quiet, Command::sweep);
    const Sweep sweep = plan_sweep(source, overrides_of(options.scenario), loaded.scenario);
    const auto others = load_others(options.scenario, sweep.base, options.quiet, Command::sweep);
    std::string path = options.out.value_or("");
    const Study study(Command::sweep, "points.jsonl");
    DirectoryLock lock;
    if (options.out && !options.dry_run) lock.take(path);
    const StudyStart start = choose_study(study, options, sweep.base, path);
    SweepRuns runs = read_sweep(sweep, start.lines, path + "/points.jsonl");
    check_inputs(sweep);
    for (const auto& other : others) check_input(other.second);
    if (options.dry_run) {
        print_plan(sweep);
        return exit_good;
    }
    const std::size_t all = sweep.points.size() * static_cast<std::size_t>(sweep.repeats());
    const std::size_t before = finished_runs(runs);
    if (!start.summary.empty() && before == all) return print_finished_study(start, options, path);
    require_memory_of_points(sweep);
    // Samples too are looked at before anything is written; what is drawn for one run alone is not kept.
    SharedData data;
    for (const SweepPoint& point : sweep.points) data.prepare(point.scenario);

    watch_signals();
    path = options.out ? lock.make(path) : lock.make_new(sweep.base.name + "-sweep");
    study.begin(path, sweep.base,
                manifest_json(build_info(), machine_info(), options.command_line, unit_text(sweep.base.timing.unit)));
    const RunDirectory directory(path);
    WorkerPool workers(sweep.base.threads);
    tell_missing_threads(workers.wanted(), workers.threads(), options.quiet);
    StudyConsole console(options);
    console.say(fmt::format("{}: {} points x {} repeats, {} engine, {} at a time\n", sweep.base.name,
                            sweep.points.size(), sweep.repeats(), to_word(sweep.base.engine), workers.threads()));
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
    directory.write("sweep.csv", sweep_csv(sweep, runs));
    directory.write("means.csv", means_csv(sweep, runs, estimator));
    const std::string summary = sweep_summary(sweep, runs, totals, estimator);
    directory.write("summary.json", summary + "\n");
    if (options.json) fmt::print("{}\n", summary);
    const std::string metric = main_metric(sweep.base, runs);
    console.say("\n" + points_table(sweep, runs, metric, estimator) + points_plot(sweep, runs, metric, estimator) +
                fmt::format("\nwall time        {:.1f} s\ndirectory        {}\n", totals.wall_seconds, path));
    if (!options.quiet) tell_failures(sweep, runs);
    const int verdict = conclude_study(totals.verdicts, console);
    return failed_runs(runs) == all ? exit_runtime : verdict;
}

}  // namespace settle

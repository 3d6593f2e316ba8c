#include "sim/runs/studies/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <system_error>

#include "core/error.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/runs/studies/sweep_run.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/point_plot_form.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/console.hpp"
#include "tools/settle/picture.hpp"
#include "tools/settle/point_table.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/text_table.hpp"

namespace settle {

namespace {

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
    for (const std::string& name : reproducible_metrics(runs)) {
        const Metric* metric = find_metric(name);
        if (!metric || metric->without.empty()) continue;
        for (std::size_t point = 0; point < runs.size(); ++point) {
            const std::string absence = estimate_of(runs[point], name, estimator).absence;
            if (absence.rfind(metric->without, 0) != 0) continue;
            text += fmt::format("  {} of {}: {}\n", name, shown_label(sweep, point), absence);
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

std::string results_text(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    const std::string metric = main_metric(sweep.base, runs);
    const std::vector<std::string> shown = shown_metrics(sweep.base);
    const bool plotted = !sweep.base.sweep.plot.empty();
    const std::string table = shown.empty() ? points_table(sweep, runs, metric, estimator)
                                            : metrics_of_points(sweep, runs, shown, plotted, estimator);
    return "\n" + table + absences_text(sweep, runs, estimator) + differences_table(sweep, runs, metric, estimator) +
           (plotted ? point_plots(sweep, runs, estimator) : points_plot(sweep, runs, metric, estimator));
}

/// "2/8".
SweepPart read_part(const RunOptions& options) {
    if (!options.part) return {};
    const std::string& text = *options.part;
    SweepPart part;
    const char *at = text.data(), *end = text.data() + text.size();
    const auto [slash, wrong] = std::from_chars(at, end, part.part);
    const bool divided = wrong == std::errc() && slash != end && *slash == '/';
    const auto [rest, wrong_too] =
        divided ? std::from_chars(slash + 1, end, part.parts) : std::from_chars_result{at, std::errc::invalid_argument};
    if (wrong_too != std::errc() || rest != end || part.part < 1 || part.part > part.parts)
        throw input_error("--part", "", printable(text, 50) + " is no part",
                          "I/N, I from 1 to N, such as 2/8 for the second of eight");
    return part;
}

/// A part makes runs, and no tables.
int conclude_part(const RunOptions& options, const SweepRun& run, const SweepResult& result, const Console& console) {
    const std::size_t failed = failed_runs(result.runs);
    if (options.json)
        fmt::print("{{\"part\": {}, \"parts\": {}, \"runs\": {}, \"failed\": {}}}\n", run.part.part, run.part.parts,
                   result.size.runs, failed);
    if (console.talks())
        fmt::print(
            "\npart {} of {}{}, {} of {} runs, {} failed\ndirectory        {}\nwith all parts   settle merge DIR... "
            "--out DIR\n",
            run.part.part, run.part.parts, result.end == RunEnd::finished ? " is finished" : "", result.size.runs,
            run.sweep.points.size() * static_cast<std::size_t>(run.sweep.repeats()), failed, result.directory);
    if (!options.quiet) tell_failures(run.sweep, result.runs);
    return failed > 0 && failed == finished_runs(result.runs) ? exit_runtime : exit_good;
}

}  // namespace

int sweep_command(const RunOptions& options) {
    const ScenarioSource source = find_scenario(options.scenario.scenario);
    LoadedScenario loaded = load_from_options(source, options.scenario, options.quiet, Command::sweep);
    SweepRun run;
    run.place.directory = directory_of(options);
    run.sweep = plan_sweep(loaded);
    const Sweep& sweep = run.sweep;
    run.place.others = load_others(options.scenario, sweep.base, options.quiet, Command::sweep);
    run.place.resume = options.resume;
    run.place.command_line = options.command_line;
    run.place.ranks = options.ranks;
    run.part = read_part(options);
    if (options.dry_run) {
        check(run);
        print_plan(sweep);
        return exit_good;
    }
    Console console(options);
    const std::string headline = fmt::format("{}: {} points x {} repeats, {} engine", sweep.base.name,
                                             sweep.points.size(), sweep.repeats(), to_word(sweep.base.engine));
    const SweepResult result = perform(run, study_observer(console, options, headline));
    if (options.ranks && !options.ranks->leads()) return exit_good;
    console.clear();
    if (!run.part.whole() && result.end != RunEnd::stopped) return conclude_part(options, run, result, console);
    const std::size_t all = sweep.points.size() * static_cast<std::size_t>(sweep.repeats());
    if (result.end == RunEnd::finished) return print_finished(options, result.directory, result.summary_json);
    if (result.end == RunEnd::stopped)
        return say_study_stopped(options, finished_runs(result.runs), all, result.directory);
    if (options.json) fmt::print("{}", result.summary_json);
    Estimator estimator;
    console.say(results_text(sweep, result.runs, estimator) +
                fmt::format("\nwall time        {:.1f} s\ndirectory        {}\n", result.totals.wall_seconds,
                            result.directory));
    if (!options.quiet) tell_failures(sweep, result.runs);
    const int verdict = conclude(result.totals.verdicts, console);
    return failed_runs(result.runs) == all ? exit_runtime : verdict;
}

}  // namespace settle

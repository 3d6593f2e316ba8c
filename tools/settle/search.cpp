#include "sim/runs/studies/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <utility>

#include "core/error.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/run.hpp"
#include "sim/runs/store/directory_lock.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/runs/studies/study_summary.hpp"
#include "sim/runs/verdict.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/signals.hpp"
#include "tools/settle/study_console.hpp"

namespace settle {

namespace {

std::string shown(const Choice& choice) {
    return choice.number ? short_number(*choice.number) : choice.label;
}

/// Trials and their values, the best first.
std::string best_table(const Search& search, const SearchTrials& trials, const std::vector<int>& best) {
    constexpr std::size_t most = 10;
    auto& head = search.base.search.objective;
    std::vector<std::vector<std::string>> rows = {{"trial", head}};
    for (const Axis& axis : search.axes) rows[0].push_back(axis.name);
    for (std::size_t i = 0; i < std::min(most, best.size()); ++i) {
        const RunRecord& trial = *trials[static_cast<std::size_t>(best[i])];
        auto& row =
            rows.emplace_back(std::vector<std::string>{std::to_string(best[i]), short_number(*trial.objective)});
        for (const Choice& choice : draw_trial(search, best[i])) row.push_back(shown(choice));
    }
    return text_table(rows);
}

/// Data and weights of all trials. An alternative that makes no scenario, or whose files are not there, makes trials
/// that fail, and no more.
InputFiles look_at_inputs_of(const Search& search) {
    InputFiles inputs = look_at_inputs({&search.base});
    for (const Axis& axis : search.axes) {
        if (axis.name.rfind("data", 0) != 0 && axis.name.rfind("network", 0) != 0) continue;
        for (const Choice& choice : axis.choices) {
            try {
                const Scenario varied = load_varied(search.start, choice.settings).scenario;
                for (const InputFile& input : look_at_inputs({&varied})) {
                    if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) inputs.push_back(input);
                }
            } catch (const Error&) {
                continue;
            }
        }
    }
    return inputs;
}

void print_plan(const Search& search) {
    const int trials = search.base.search.trials;
    constexpr int most = 1000;
    fmt::print("{}\n# {} trials:\n", scenario_as_toml(search.base, Command::search), trials);
    for (int trial = 0; trial < std::min(trials, most); ++trial) {
        std::string values;
        for (const Choice& choice : draw_trial(search, trial)) values += (values.empty() ? "" : "  ") + shown(choice);
        fmt::print("# {:>4}  {}\n", trial, values);
    }
    if (trials > most) fmt::print("# …\n");
}

/// Trials without an objective, on stderr: how many, and the first of each kind.
void tell_failures(const SearchTrials& trials) {
    for (const bool invalid : {true, false}) {
        const auto is_one = [&](const std::optional<RunRecord>& trial) {
            return trial && !trial->failure.empty() && trial->invalid == invalid;
        };
        const auto count = std::count_if(trials.begin(), trials.end(), is_one);
        if (count == 0) continue;
        const auto first = std::find_if(trials.begin(), trials.end(), is_one);
        fmt::print(stderr, "settle: {} of {} trials {}; the first, trial {}: {}\n", count, trials.size(),
                   invalid ? "make no scenario" : "failed", first - trials.begin(), (*first)->failure);
    }
}

/// What expectations compare with: one run each; nullopt: stopped.
std::optional<OtherRuns> run_others(const std::map<std::string, Scenario>& others, StudyConsole& console) {
    OtherRuns result;
    for (const auto& [name, scenario] : others) {
        console.say(fmt::format("to compare with: {}\n", name));
        Observer observer;
        observer.stop = [] { return signal_that_came() != 0; };
        const auto found = run_other(scenario, observer);
        if (!found) return std::nullopt;
        result.emplace(name, *found);
    }
    return result;
}

std::size_t finished_trials(const SearchTrials& trials) {
    return static_cast<std::size_t>(
        std::count_if(trials.begin(), trials.end(), [](const auto& trial) { return trial.has_value(); }));
}

/// What the scenario expects of a run is expected of the best one.
std::vector<Verdict> judge_best(const Search& search, const SearchTrials& trials, const std::vector<int>& best,
                                const OtherRuns& others) {
    const Metrics found = best.empty() ? Metrics() : trials[static_cast<std::size_t>(best.front())]->metrics;
    Scenario judged = best.empty() ? search.base : trial_scenario(search, best.front());
    judged.expectations = search.base.expectations;
    return judge_run(judged, found, others);
}

/// Writes best.toml and the summary, says what was found, and judges it; `totals` has resumed_at and wall_seconds.
int conclude_search(const Search& search, const SearchTrials& trials, const OtherRuns& compared,
                    const RunDirectory& directory, StudyTotals totals, const RunOptions& options,
                    StudyConsole& console) {
    const std::vector<int> best = best_trials(trials);
    totals.verdicts = judge_best(search, trials, best, compared);
    if (!best.empty()) directory.write("best.toml", trial_as_toml(search, best.front()));
    const std::string summary = search_summary(search, trials, totals);
    directory.write("summary.json", summary + "\n");
    if (options.json) fmt::print("{}\n", summary);
    console.say(
        "\n" + best_table(search, trials, best) +
        fmt::format("\nwall time        {:.1f} s\ndirectory        {}\n", totals.wall_seconds, directory.path()));
    if (!best.empty()) console.say(fmt::format("the best runs    settle run {}\n", directory.file("best.toml")));
    if (!options.quiet) tell_failures(trials);
    const int verdict = conclude_study(totals.verdicts, console);
    return best.empty() ? exit_runtime : verdict;
}

}  // namespace

int search_command(const RunOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const ScenarioSource source = find_scenario(options.scenario.scenario);
    LoadedScenario loaded = load_from_options(source, options.scenario, options.quiet, Command::search);
    if (options.no_expect) loaded.scenario.expectations.clear();
    const Search search = plan_search(loaded);
    const auto others = load_others(options.scenario, search.base, options.quiet, Command::search);
    std::string path = options.out.value_or("");
    const Study study(Command::search, "trials.jsonl");
    DirectoryLock lock;
    if (options.out && !options.dry_run) lock.take(path);
    const StudyStart start = choose_study(study, options, search.base, path);
    SearchTrials trials = read_search(search, start.lines, path + "/trials.jsonl");
    InputFiles inputs;
    if (!start.manifest.empty())
        inputs = inputs_again(
            start, [&] { return look_at_inputs_of(search); }, path);
    at_places(loaded.places, [&] { check_input(search.base); });
    for (const auto& other : others) check_input(other.second);
    if (options.dry_run) {
        print_plan(search);
        return exit_good;
    }
    const std::size_t before = finished_trials(trials);
    const bool is_whole = best_trials(trials).empty() || has_files(path, {"best.toml"});
    if (!start.summary.empty() && before == trials.size() && is_whole)
        return print_finished_study(start, options, path);
    refuse_another_unit(start, {&search.base}, path);
    require_memory(search.base);
    SharedData data;
    at_places(loaded.places, [&] { data.prepare(search.base); });
    if (start.manifest.empty()) inputs = look_at_inputs_of(search);
    add_linked_files(start, {&search.base}, path, data, inputs);

    watch_signals();
    path = options.out ? lock.make(path) : lock.make_new(search.base.name + "-search");
    study.begin(path, search.base,
                manifest_json({options.command_line, inputs, &search.base, false, data.scalings()}, start.manifest));
    const RunDirectory directory(path);
    WorkerPool workers(search.base.threads);
    tell_missing_threads(workers.wanted(), workers.threads(), options.quiet);
    StudyConsole console(options);
    console.warn(lock.warning());
    console.say(fmt::format("{}: {} trials, {}, {} is minimised, {} engine, {} at a time\n", search.base.name,
                            trials.size(), to_word(search.base.search.method), search.base.search.objective,
                            to_word(search.base.engine), workers.threads()));
    console.say_scaling(data.scalings());
    if (before > 0) console.say(fmt::format("going on after {} of {} trials\n", before, trials.size()));
    const SearchObserver observer{[&](const BatchProgress& progress) { console.show(progress); },
                                  [] { return signal_that_came() != 0; }};
    const bool complete = run_search(search, path, workers, data, observer, trials);
    console.clear();
    const auto compared = complete ? run_others(others, console) : std::nullopt;
    if (!compared) return say_study_stopped(options, finished_trials(trials), trials.size(), path);

    StudyTotals totals;
    totals.resumed_at = before;
    totals.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return conclude_search(search, trials, *compared, directory, std::move(totals), options, console);
}

}  // namespace settle

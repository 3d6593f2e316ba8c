#include "sim/runs/studies/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/measures/number_text.hpp"
#include "sim/runs/studies/search_run.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/console.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/text_table.hpp"

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

}  // namespace

int search_command(const RunOptions& options) {
    const ScenarioSource source = find_scenario(options.scenario.scenario);
    LoadedScenario loaded = load_from_options(source, options.scenario, options.quiet, Command::search);
    SearchRun run;
    run.place.directory = directory_of(options);
    run.search = plan_search(loaded);
    run.places = loaded.places;
    const Search& search = run.search;
    run.place.others = load_others(options.scenario, search.base, options.quiet, Command::search);
    run.place.resume = options.resume;
    run.place.command_line = options.command_line;
    run.place.ranks = options.ranks;
    if (options.dry_run) {
        check(run);
        print_plan(search);
        return exit_good;
    }
    Console console(options);
    const std::string headline =
        fmt::format("{}: {} trials, {}, {} is minimised, {} engine", search.base.name, search.base.search.trials,
                    to_word(search.base.search.method), search.base.search.objective, to_word(search.base.engine));
    const SearchResult result = perform(run, study_observer(console, options, headline));
    if (options.ranks && !options.ranks->leads()) return exit_good;
    console.clear();
    if (result.end == RunEnd::finished) return print_finished(options, result.directory, result.summary_json);
    if (result.end == RunEnd::stopped)
        return say_study_stopped(options, finished_trials(result.trials), result.trials.size(), result.directory);
    if (options.json) fmt::print("{}", result.summary_json);
    console.say("\n" + best_table(search, result.trials, result.best) +
                fmt::format("\nwall time        {:.1f} s\ndirectory        {}\n", result.totals.wall_seconds,
                            result.directory));
    if (!result.best.empty()) console.say(fmt::format("the best runs    settle run {}/best.toml\n", result.directory));
    if (!options.quiet) tell_failures(result.trials);
    const int verdict = conclude(result.totals.verdicts, console);
    return result.best.empty() ? exit_runtime : verdict;
}

}  // namespace settle

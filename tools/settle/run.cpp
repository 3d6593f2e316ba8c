#include "sim/runs/run.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "tools/settle/commands.hpp"
#include "tools/settle/console.hpp"
#include "tools/settle/results.hpp"
#include "tools/settle/resume_command.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/signals.hpp"

namespace settle {

namespace {

RunObserver make_observer(const Scenario& scenario, Console& console, bool quiet) {
    RunObserver observer;
    observer.warning = [&console](const std::string& text) { console.warn(text); };
    observer.validated = watch_signals;
    observer.begun = [&scenario, &console, quiet](const RunBeginning& run) {
        tell_missing_threads(run.threads_wanted, run.threads, quiet);
        std::string text = headline(scenario, run.data, run.threads) + "\n";
        if (run.resumed_at > 0) text += fmt::format("going on after {} training presentations\n", run.resumed_at);
        console.say(text);
    };
    observer.progress = [&](const Progress& progress) { console.show(progress); };
    observer.epoch = [&](const EpochMetrics& metrics) {
        console.say(epoch_line(metrics, scenario.task == Task::train ? scenario.learning.epochs : 0) + "\n");
    };
    observer.training = [&](const std::string& name, const std::string& directory) {
        console.say(fmt::format("trained first: {}, in {}\n", name, directory));
    };
    observer.trained = [&](const RunResult& result) { console.say(training_line(result.summary)); };
    observer.comparing = [&](const std::string& name) { console.say("to compare with: " + name + "\n"); };
    observer.performed = [&] { console.clear(); };
    observer.stop = [] { return signal_that_came() != 0; };
    observer.drop = signal_waited_long;
    return observer;
}

int say_run_stopped(const RunOptions& options, const Scenario& scenario, const RunResult& result) {
    if (prior_training(scenario)) {
        return say_stopped(
            fmt::format("; its training is kept, go on with: {}",
                        resume_command(options.command_line, options.out, options.resume, result.directory)));
    }
    if (scenario.task != Task::train) return say_stopped("; nothing is kept of a run that does not train");
    return say_stopped(
        fmt::format(" after {} training presentations; go on with: {}", result.totals.trained,
                    resume_command(options.command_line, options.out, options.resume, result.directory)));
}

}  // namespace

int run_command(const RunOptions& options) {
    LoadedScenario loaded = load_from_options(options.scenario, options.quiet);
    Run run;
    run.directory = directory_of(options);
    run.scenario = std::move(loaded.scenario);
    run.places = std::move(loaded.places);
    run.others = load_others(options.scenario, run.scenario, options.quiet);
    run.resume = options.resume;
    run.command_line = options.command_line;
    run.ranks = options.ranks;
    const Scenario& scenario = run.scenario;
    if (options.dry_run) {
        check(run);
        fmt::print("{}", scenario_as_toml(scenario));
        return exit_good;
    }
    Console console(options);
    const RunResult result = perform(run, make_observer(scenario, console, options.quiet));
    if (options.ranks && !options.ranks->leads()) return exit_good;
    console.clear();
    if (result.end == RunEnd::finished)
        return print_finished(options, result.directory, result.summary_json, result.restored);
    if (result.end == RunEnd::stopped) return say_run_stopped(options, scenario, result);
    if (options.json) fmt::print("{}", result.summary_json);
    if (result.totals.convergence && !options.quiet)
        fmt::print(stderr, "{}", convergence_warnings(*result.totals.convergence));
    console.say(fmt::format("{}\nrun directory    {}\n", results(scenario, result.data, result.totals, result.summary),
                            result.directory));
    return conclude(result.verdicts, console);
}

}  // namespace settle

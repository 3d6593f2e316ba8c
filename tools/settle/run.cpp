#include "sim/runs/run.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "core/error.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/progress.hpp"
#include "tools/settle/results.hpp"
#include "tools/settle/resume_command.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/signals.hpp"

namespace settle {

namespace {

/// Everything that is printed while a run goes on; silent with --json and --quiet.
class Console {
public:
    explicit Console(const RunOptions& options)
        : quiet_(options.quiet), talks_(!options.json && !options.quiet), progress_(!options.quiet) {}

    bool talks() const { return talks_; }
    void show(const Progress& progress) { progress_.show(progress); }
    void say(const std::string& text) {
        progress_.clear();
        if (talks_) fmt::print("{}", text);
        std::fflush(stdout);
    }
    void warn(const std::string& text) {
        progress_.clear();
        if (!quiet_) fmt::print(stderr, "settle: warning: {}\n", text);
    }
    void clear() { progress_.clear(); }

private:
    bool quiet_;
    bool talks_;
    ProgressLine progress_;
};

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
    observer.comparing = [&](const std::string& name) { console.say("to compare with: " + name + "\n"); };
    observer.performed = [&] { console.clear(); };
    observer.stop = [] { return signal_that_came() != 0; };
    observer.drop = signal_waited_long;
    return observer;
}

/// Nothing was run and nothing judged, so this is good whatever the summary says: a script that resumes until the
/// exit code is 0 comes to its end.
int print_finished(const RunResult& result, const RunOptions& options) {
    if (options.json) fmt::print("{}", result.summary_json);
    if (!options.json && !options.quiet) {
        const std::string restored =
            result.restored.empty() ? "" : fmt::format("; made again: {}", fmt::join(result.restored, ", "));
        fmt::print("{} is finished{}\n{}", result.directory, restored, result.summary_json);
    }
    return exit_good;
}

int say_stopped(const RunOptions& options, const Scenario& scenario, const RunResult& result) {
    const int signal = signal_that_came();
    std::string text = fmt::format("settle: stopped by {}", signal_name(signal));
    if (scenario.task != Task::train) {
        text += "; nothing is kept of a run that does not train\n";
    } else {
        text += fmt::format(" after {} training presentations; go on with: {}\n", result.totals.trained,
                            resume_command(options.command_line, options.out, options.resume, result.directory));
    }
    std::fputs(text.c_str(), stderr);  // which may have gone: no reason for another exit code
    return 128 + signal;
}

/// Failures are told whatever else is kept quiet: they are the reason of the exit code.
int conclude(const std::vector<Verdict>& verdicts, const Summary& summary, Console& console) {
    console.say(verdict_lines(verdicts));
    for (const Verdict& verdict : verdicts) {
        if (verdict.passed || console.talks()) continue;
        fmt::print(stderr, "settle: expectation failed: {}; seen {}\n", verdict.expected, verdict.seen);
    }
    return summary.expectations_failed > 0 ? exit_expectation : exit_good;
}

}  // namespace

int run_command(const RunOptions& options) {
    LoadedScenario loaded = load_from_options(options.scenario, options.quiet);
    if (options.out && options.out->empty()) throw input_error("--out", "", "is empty", "a new or empty directory");
    Run run;
    run.scenario = std::move(loaded.scenario);
    if (options.no_expect) run.scenario.expectations.clear();
    run.places = std::move(loaded.places);
    run.others = load_others(options.scenario, run.scenario, options.quiet);
    run.directory = options.out.value_or("");
    run.resume = options.resume;
    run.command_line = options.command_line;
    const Scenario& scenario = run.scenario;
    if (options.dry_run) {
        check(run);
        fmt::print("{}", scenario_as_toml(scenario));
        return exit_good;
    }
    Console console(options);
    const RunResult result = perform(run, make_observer(scenario, console, options.quiet));
    console.clear();
    if (result.end == RunEnd::finished) return print_finished(result, options);
    if (result.end == RunEnd::stopped) return say_stopped(options, scenario, result);
    if (options.json) fmt::print("{}", result.summary_json);
    if (result.totals.convergence && !options.quiet)
        fmt::print(stderr, "{}", convergence_warnings(*result.totals.convergence));
    console.say(fmt::format("{}\nrun directory    {}\n", results(scenario, result.data, result.totals, result.summary),
                            result.directory));
    return conclude(result.verdicts, result.summary, console);
}

}  // namespace settle

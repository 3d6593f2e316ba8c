#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "core/error.hpp"
#include "sim/data/dataset.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/runs/checkpoint.hpp"
#include "sim/runs/directory_lock.hpp"
#include "sim/runs/initial_network.hpp"
#include "sim/runs/recorder.hpp"
#include "sim/runs/resume.hpp"
#include "sim/runs/run_directory.hpp"
#include "sim/runs/session.hpp"
#include "sim/runs/summary.hpp"
#include "sim/runs/verdict.hpp"
#include "sim/scenario/words.hpp"
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
    explicit Console(const RunOptions& options) : talks_(!options.json && !options.quiet), progress_(!options.quiet) {}

    bool talks() const { return talks_; }
    void show(const Progress& progress) { progress_.show(progress); }
    void epoch(const EpochMetrics& metrics, std::int64_t epochs) {
        progress_.clear();
        if (talks_) fmt::print("{}\n", epoch_line(metrics, epochs));
        std::fflush(stdout);
    }
    void clear() { progress_.clear(); }

private:
    bool talks_;
    ProgressLine progress_;
};

/// Keeps what checkpoints need beside the state: when the last one was written, and the lines of metrics.jsonl.
class Keeper {
public:
    Keeper(const Scenario& scenario, const RunDirectory& directory, std::string metrics)
        : scenario_(scenario), directory_(directory), metrics_(std::move(metrics)) {}

    void add_metrics(const std::string& line) {
        metrics_ += line + "\n";
        directory_.add_metrics(line);
    }
    bool due(std::int64_t presentations) const {
        const CheckpointInterval& every = scenario_.checkpoint.every;
        if (every.presentations > 0) return presentations >= every.presentations;
        return every.time > 0 && Clock::now() - written_ >= std::chrono::nanoseconds(every.time);
    }
    void save(TrainingState state) {
        // What a run is judged by says nothing about where it stands.
        Scenario kept = scenario_;
        kept.expectations.clear();
        state.scenario = scenario_as_toml(kept);
        state.metrics = metrics_;
        write_checkpoint(directory_.path(), state);
        written_ = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;
    const Scenario& scenario_;
    const RunDirectory& directory_;
    std::string metrics_;
    Clock::time_point written_ = Clock::now();
};

Observer make_observer(const Scenario& scenario, Keeper& keeper, Recorder* recorder, Console& console) {
    Observer observer;
    observer.progress = [&console](const Progress& progress) { console.show(progress); };
    observer.epoch = [&](const EpochMetrics& metrics) {
        keeper.add_metrics(to_json(metrics, scenario.neuron.kind == NeuronKind::binary));
        console.epoch(metrics, scenario.task == Task::train ? scenario.learning.epochs : 0);
    };
    observer.sample = [&keeper](const SettlingSample& sample) { keeper.add_metrics(to_json(sample)); };
    observer.save_due = [&keeper](std::int64_t presentations) { return keeper.due(presentations); };
    observer.save = [&keeper](const TrainingState& state) { keeper.save(state); };
    observer.stop = [] { return signal_that_came() != 0; };
    if (recorder) {
        observer.records = [recorder](std::int64_t minibatch) { return recorder->records(minibatch); };
        observer.ticks = [recorder](TickRows&& rows) { recorder->add(std::move(rows)); };
        observer.updated = [recorder](std::int64_t minibatch, const Network& network) {
            recorder->add_weights(minibatch, network);
        };
    }
    return observer;
}

RunStart choose_start(const RunOptions& options, const Scenario& scenario, const std::string& path) {
    if (options.resume && !options.out)
        throw input_error("--resume", "", "does not know which run is meant", "--out DIR");
    if (options.resume) return find_start(path, scenario);
    if (options.out) RunDirectory::check(path);
    return {};
}

/// Nothing was run and nothing judged, so this is good whatever the summary says: a script that resumes until the
/// exit code is 0 comes to its end.
int print_finished(const RunStart& start, const RunOptions& options, const std::string& path) {
    if (options.json) fmt::print("{}", start.summary);
    if (!options.json && !options.quiet) fmt::print("{} is finished\n{}", path, start.summary);
    return exit_good;
}

/// Opens the recording. A resumed run has a file of its own for what it adds: the old one may have been cut in the
/// middle.
std::unique_ptr<Recorder> open_recorder(const Scenario& scenario, const RunDirectory& directory,
                                        const RunStart& start) {
    if (!Recorder::wanted(scenario)) return nullptr;
    const std::string name =
        start.state ? fmt::format("recording-from-{:06}.h5", start.state->minibatches) : "recording.h5";
    return std::make_unique<Recorder>(directory.file(name), scenario);
}

int say_stopped(const RunOptions& options, const Scenario& scenario, const RunTotals& totals, const std::string& path) {
    const int signal = signal_that_came();
    std::string text = fmt::format("settle: stopped by {}", signal_name(signal));
    if (scenario.task != Task::train) {
        text += "; nothing is kept of a run that does not train\n";
    } else {
        text += fmt::format(" after {} training presentations; go on with: {}\n", totals.trained,
                            resume_command(options.command_line, options.out, options.resume, path));
    }
    std::fputs(text.c_str(), stderr);  // which may have gone: no reason for another exit code
    return 128 + signal;
}

/// Runs what expectations compare with; nullopt: stopped by a signal.
std::optional<OtherMetrics> run_others(const std::map<std::string, Scenario>& others, Console& console) {
    OtherMetrics metrics;
    for (const auto& [name, scenario] : others) {
        if (console.talks()) fmt::print("to compare with: {}\n", name);
        std::fflush(stdout);
        Observer observer;
        observer.progress = [&console](const Progress& progress) { console.show(progress); };
        observer.stop = [] { return signal_that_came() != 0; };
        const auto found = metrics_of_run(scenario, observer);
        console.clear();
        if (!found) return std::nullopt;
        metrics.emplace(name, *found);
    }
    return metrics;
}

/// Failures are told whatever else is kept quiet: they are the reason of the exit code.
int conclude(const std::vector<Verdict>& verdicts, const Summary& summary, const Console& console) {
    if (console.talks()) fmt::print("{}", verdict_lines(verdicts));
    std::fflush(stdout);
    for (const Verdict& verdict : verdicts) {
        if (verdict.passed || console.talks()) continue;
        fmt::print(stderr, "settle: expectation failed: {}; seen {}\n", verdict.expected, verdict.seen);
    }
    return summary.expectations_failed > 0 ? exit_expectation : exit_good;
}

}  // namespace

int run_command(const RunOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const LoadedScenario loaded = load_from_options(options.scenario, options.quiet);
    const Scenario& scenario = loaded.scenario;
    const auto others = load_others(options.scenario, scenario, options.quiet);
    std::string path = options.out.value_or("");
    DirectoryLock lock;
    if (options.out && !options.dry_run) lock.take(path);
    const RunStart start = choose_start(options, scenario, path);
    for (const auto& other : others) check_input(other.second);
    if (options.dry_run) {
        at_places(loaded, [&] { check_input(scenario); });
        fmt::print("{}", scenario_as_toml(scenario));
        return exit_good;
    }
    if (start.finished) return print_finished(start, options, path);
    // Everything that can be wrong with the input is found before anything is written.
    const Dataset data = at_places(loaded, [&] { return load_dataset(scenario); });
    Network network = start.state ? to_network(scenario.network.layers, start.state->network)
                                  : at_places(loaded, [&] { return initial_network(scenario); });
    WorkerPool workers(scenario.threads);
    Session session(scenario, data, std::move(network), workers);
    if (start.state) session.resume(*start.state);

    watch_signals();
    path = options.out ? lock.make(path) : lock.make_new(scenario.name);
    const RunDirectory directory(path);
    directory.begin(scenario_as_toml(scenario), manifest_json(build_info(), machine_info(), options.command_line),
                    start.state ? start.state->metrics : "");
    const std::unique_ptr<Recorder> recorder = open_recorder(scenario, directory, start);
    Console console(options);
    if (console.talks()) fmt::print("{}\n", headline(scenario, data, workers.threads()));
    if (console.talks() && start.state) fmt::print("going on after {} training presentations\n", start.state->trained);
    Keeper keeper(scenario, directory, start.state ? start.state->metrics : "");
    const Observer observer = make_observer(scenario, keeper, recorder.get(), console);
    const RunTotals totals = session.perform(observer);
    console.clear();
    if (recorder) recorder->finish();
    if (totals.stopped) return say_stopped(options, scenario, totals, path);
    write_weights(directory.file("weights.h5"), to_arrays(session.network()), scenario.network.layers);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    // The final state, from which a run that is given more epochs goes on; and, should what it is compared with be
    // interrupted, this one.
    if (scenario.task == Task::train && scenario.learning.epochs > 0) session.save(observer);
    Summary summary = summarize(scenario, totals, workers.threads(), seconds);
    const auto compared = run_others(others, console);
    if (!compared) return say_stopped(options, scenario, totals, path);
    const std::vector<Verdict> verdicts = judge_run(scenario.expectations, metrics_of(summary), *compared);
    count_verdicts(verdicts, summary);
    const auto& read_early = totals.test ? totals.test : totals.train;
    if (read_early && read_early->presentations > 0) directory.write("settling.jsonl", settling_lines(*read_early));
    directory.write("summary.json", to_json(summary) + "\n");
    if (options.json) fmt::print("{}\n", to_json(summary));
    if (totals.convergence && !options.quiet) fmt::print(stderr, "{}", convergence_warnings(*totals.convergence));
    if (console.talks()) {
        fmt::print("{}\nrun directory    {}\n", results(scenario, data, totals, summary), directory.path());
    }
    return conclude(verdicts, summary, console);
}

}  // namespace settle

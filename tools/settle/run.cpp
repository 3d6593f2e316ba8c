#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "core/error.hpp"
#include "sim/data/dataset.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/runs/recorder.hpp"
#include "sim/runs/run_directory.hpp"
#include "sim/runs/session.hpp"
#include "sim/runs/summary.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/progress.hpp"
#include "tools/settle/results.hpp"
#include "tools/settle/scenario_options.hpp"

namespace settle {

namespace {

/// What is wrong with the file is wrong with the key that names it.
NetworkArrays initial_weights(const Scenario& scenario) {
    try {
        return read_weights(scenario.network.weights, scenario.network.layers);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) {
            if (problem.key.empty()) problem.key = "network.weights";
        }
        throw Error(error.blame(), problems);
    }
}

Network initial_network(const Scenario& scenario) {
    const auto& network = scenario.network;
    if (network.weights.empty()) return random_network(network.layers, network.init_scale, network.seed);
    return to_network(network.layers, initial_weights(scenario));
}

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

Observer make_observer(const Scenario& scenario, const RunDirectory& directory, Recorder* recorder, Console& console) {
    Observer observer;
    observer.progress = [&console](const Progress& progress) { console.show(progress); };
    observer.epoch = [&](const EpochMetrics& metrics) {
        directory.add_metrics(to_json(metrics, scenario.neuron.kind == NeuronKind::binary));
        console.epoch(metrics, scenario.task == Task::train ? scenario.learning.epochs : 0);
    };
    if (recorder) {
        observer.records = [recorder](std::int64_t minibatch) { return recorder->records(minibatch); };
        observer.ticks = [recorder](TickRows&& rows) { recorder->add(std::move(rows)); };
        observer.updated = [recorder](std::int64_t minibatch, const Network& network) {
            recorder->add_weights(minibatch, network);
        };
    }
    return observer;
}

}  // namespace

int run_command(const RunOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const LoadedScenario loaded = load_from_options(options.scenario, options.quiet);
    const Scenario& scenario = loaded.scenario;
    const std::string path = options.out ? *options.out : RunDirectory::default_path(scenario.name);
    if (options.out) RunDirectory::check(path);
    if (options.dry_run) {
        measure_dataset(scenario);
        if (!scenario.network.weights.empty()) initial_weights(scenario);
        fmt::print("{}", scenario_as_toml(scenario));
        return exit_good;
    }
    // Everything that can be wrong with the input is found before anything is written.
    const Dataset data = load_dataset(scenario);
    Network network = initial_network(scenario);
    WorkerPool workers(scenario.threads);
    Session session(scenario, data, std::move(network), workers);

    const RunDirectory directory(path);
    directory.write("scenario.toml", scenario_as_toml(scenario));
    directory.write("manifest.json", manifest_json(build_info(), machine_info(), options.command_line));
    std::unique_ptr<Recorder> recorder;
    if (Recorder::wanted(scenario)) recorder = std::make_unique<Recorder>(directory.file("recording.h5"), scenario);
    Console console(options);
    if (console.talks()) fmt::print("{}\n", headline(scenario, data, workers.threads()));
    const Observer observer = make_observer(scenario, directory, recorder.get(), console);
    const RunTotals totals = scenario.task == Task::train ? session.train(observer) : session.infer(observer);
    console.clear();
    if (recorder) recorder->finish();
    write_weights(directory.file("weights.h5"), to_arrays(session.network()), scenario.network.layers);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Summary summary = summarize(scenario, totals, workers.threads(), seconds);
    directory.write("summary.json", to_json(summary) + "\n");
    if (options.json) fmt::print("{}\n", to_json(summary));
    if (console.talks())
        fmt::print("{}\nrun directory    {}\n", results(scenario, data, totals, summary), directory.path());
    return exit_good;
}

}  // namespace settle

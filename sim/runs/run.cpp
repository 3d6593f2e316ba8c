#include "sim/runs/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "models/network/wiring.hpp"
#include "sim/data/input_file.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/runs/available_memory.hpp"
#include "sim/runs/rank_run.hpp"
#include "sim/runs/resume.hpp"
#include "sim/runs/run_outputs.hpp"
#include "sim/runs/session/agreement.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/script.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/store/checkpoint.hpp"
#include "sim/runs/store/directory_lock.hpp"
#include "sim/runs/store/event_log.hpp"
#include "sim/runs/store/hdf5_recording.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/event_checks.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

/// Keeps what checkpoints need beside the state: when the last one was written, and the lines of metrics.jsonl.
class Keeper {
public:
    Keeper(const Scenario& scenario, const RunDirectory& directory, InputFiles inputs, std::string metrics)
        : scenario_(scenario), directory_(directory), inputs_(std::move(inputs)), metrics_(std::move(metrics)) {}

    void add_metrics(const std::string& line) {
        metrics_ += line + "\n";
        directory_.add_metrics(line);
    }
    bool due(std::int64_t presentations) const {
        const CheckpointInterval& every = scenario_.checkpoint.every;
        if (every.presentations > 0) return presentations >= every.presentations;
        return every.time.count() > 0 && Clock::now() - written_ >= every.time;
    }
    void save(TrainingState state) {
        // What a run is judged by says nothing about where it stands.
        Scenario kept = scenario_;
        kept.expectations.clear();
        state.scenario = scenario_as_toml(kept);
        state.inputs = inputs_;
        state.metrics = metrics_;
        write_checkpoint(directory_.path(), state);
        written_ = Clock::now();
    }

private:
    const Scenario& scenario_;
    const RunDirectory& directory_;
    const InputFiles inputs_;
    std::string metrics_;
    Clock::time_point written_ = Clock::now();
};

Observer session_observer(const Scenario& scenario, Keeper& keeper, Recorder* recorder, const RunObserver& observer) {
    Observer own;
    own.progress = observer.progress;
    own.stop = observer.stop;
    own.drop = observer.drop;
    own.epoch = [&](const EpochMetrics& metrics) {
        keeper.add_metrics(to_json(metrics, scenario));
        if (observer.epoch) observer.epoch(metrics);
    };
    own.sample = [&keeper](const SettlingSample& sample) { keeper.add_metrics(to_json(sample)); };
    own.tracking = [&keeper](const TrackingSample& sample) { keeper.add_metrics(to_json(sample)); };
    own.save_due = [&keeper](std::int64_t presentations) { return keeper.due(presentations); };
    own.save = [&keeper, recorder](const TrainingState& state) {
        if (recorder) recorder->commit();
        keeper.save(state);
    };
    if (recorder) {
        own.records = [recorder](std::int64_t minibatch) { return recorder->records(minibatch); };
        own.presented = [recorder](const Minibatch& minibatch) { recorder->add_minibatch(minibatch); };
        own.dropped = [recorder](std::int64_t minibatch) { recorder->drop(minibatch); };
        own.events = [recorder](std::int64_t minibatch) { return recorder->events(minibatch); };
        own.ticks = [recorder](TickRows&& rows) { recorder->add(std::move(rows)); };
        own.updated = [recorder](std::int64_t minibatch, const Network& network) {
            recorder->add_weights(minibatch, network);
        };
    }
    return own;
}

RunStart choose_start(const Run& run) {
    if (run.resume && run.directory.empty())
        throw input_error("--resume", "", "does not know which run is meant", "--out DIR");
    if (run.resume) return find_start(run.directory, run.scenario);
    if (!run.directory.empty()) RunDirectory::check(run.directory);
    return {};
}

/// Opens the recording. A resumed run has a file of its own for what it adds: the old one may have been cut in the
/// middle.
std::unique_ptr<Recorder> open_recorder(const Scenario& scenario, const RunDirectory& directory,
                                        const RunStart& start) {
    if (!Recorder::wanted(scenario)) return nullptr;
    const std::string name =
        start.state ? fmt::format("recording-from-{:06}.h5", start.state->minibatches) : "recording.h5";
    EventsBefore before;
    if (start.state) before = events_before(directory.path(), start.state->minibatches);
    return std::make_unique<Recorder>(scenario, hdf5_recording(directory.file(name), scenario), directory.path(),
                                      before);
}

/// A recording that was stopped by its limit says so, here and in the file.
void finish(Recorder& recorder, const RunObserver& observer) {
    recorder.finish();
    const std::string warning = recorder.limit_warning();
    if (!warning.empty() && observer.warning) observer.warning(warning);
}

/// Data and weights are looked at while the data set is loaded; a system that has no thread for it does it later.
std::future<InputFiles> look_at_inputs_aside(const Scenario& scenario) {
    return std::async(std::launch::async | std::launch::deferred, [&scenario] { return look_at_inputs({&scenario}); });
}

/// Writes those of its files that `wanted` is true of and that there are.
template <class Wanted>
void write_outputs(const RunDirectory& directory, const EndedRun& ended, const Wanted& wanted) {
    for (const RunOutput& output : run_outputs()) {
        if (!wanted(output)) continue;
        if (const auto text = output.text(ended)) directory.write(output.name, *text);
    }
}

/// Makes again what a finished run lacks.
void restore(const Run& run, const RunStart& start) {
    const RunDirectory directory(run.directory);
    const auto lacks = [&](const std::string& name) {
        return std::find(start.missing.begin(), start.missing.end(), name) != start.missing.end();
    };
    write_outputs(directory, ended_run(run.scenario, *start.wiring, run.command_line, *start.state),
                  [&](const RunOutput& output) { return lacks(output.name); });
    if (lacks("weights.h5")) write_weights(directory.file("weights.h5"), start.state->network, *start.wiring);
}

/// Runs what is trained first in a directory of its own, and gives its weights to the session. False: stopped.
bool train_first(const Run& run, const Scenario& training, const RunDirectory& directory, Session& session,
                 TrainedNetworks& trained, const RunObserver& observer) {
    Run first;
    first.scenario = training;
    first.directory = directory.file("train");
    first.resume = run.resume;
    first.command_line = run.command_line;
    first.ranks = run.ranks;
    RunObserver own;
    own.warning = observer.warning;
    own.progress = observer.progress;
    own.stop = observer.stop;
    own.drop = observer.drop;
    if (observer.training) observer.training(prior_training(run.scenario)->scenario, first.directory);
    const RunResult result = about_training(run.scenario, [&] { return perform(first, own); });
    if (result.end == RunEnd::stopped) return false;
    const Wiring wiring = session.network().wiring;
    NetworkArrays weights =
        result.end == RunEnd::finished ? read_weights(first.directory + "/weights.h5", wiring) : result.weights;
    if (run.ranks) hand_over(*run.ranks, weights);
    session.use(to_network(wiring, weights));
    trained.keep(training, std::move(weights));
    if (observer.trained) observer.trained(result);
    return true;
}

/// Runs the task in its directory. False: stopped.
bool perform_task(const Run& run, Session& session, const RunDirectory& directory, const RunStart& start,
                  const InputFiles& inputs, const RunObserver& observer, RunResult& result) {
    const Scenario& scenario = run.scenario;
    const std::unique_ptr<Recorder> recorder = open_recorder(scenario, directory, start);
    Keeper keeper(scenario, directory, inputs, start.state ? start.state->metrics : "");
    Observer own = session_observer(scenario, keeper, recorder.get(), observer);
    if (!session.script().empty()) {
        directory.write("events.jsonl",
                        event_lines(session.script(), start.state ? start.state->trained : 0, session.network()));
        own.occurred = [&](const Occurrence& occurrence) {
            directory.add_event(line_of(session.script(), occurrence, session.network()));
        };
    }
    result.totals = session.perform(own);
    if (observer.performed) observer.performed();
    // The final state, from which a run that is given more epochs goes on; and, should anything after it fail or be
    // interrupted, this one. So it comes first.
    const bool trained = scenario.task == Task::train && scenario.learning.epochs > 0;
    if (trained && !result.totals.stopped) session.save(own);
    if (recorder) finish(*recorder, observer);
    if (result.totals.stopped) return false;
    result.weights = to_arrays(session.network());
    write_weights(directory.file("weights.h5"), result.weights, session.network().wiring);
    return true;
}

/// What came out of a task: judged, and written.
void conclude(const Run& run, const RunDirectory& directory, const Wiring& wiring, const OtherRuns& others,
              RunResult& result) {
    result.verdicts = judge_run(run.scenario, metrics_of(result.summary), others);
    count_verdicts(result.verdicts, result.summary);
    write_outputs(directory, ended_run(run.scenario, wiring, run.command_line, result.totals),
                  [](const RunOutput& output) { return output.written == RunOutput::Written::at_last; });
    result.summary_json = to_json(result.summary) + "\n";
    directory.write("summary.json", result.summary_json);
}

/// Before the task.
void begin(const Run& run, const RunDirectory& directory, const InputFiles& inputs, const RunStart& start,
           const Wiring& wiring, const Scaling& scaling) {
    const Scenario& scenario = run.scenario;
    directory.begin(scenario_as_toml(scenario),
                    manifest_json({run.command_line, inputs, &scenario, true, scaling.text, &wiring}, start.manifest),
                    start.state ? start.state->metrics : "", last_outputs());
    const ChipFigures none;
    write_outputs(directory, {.scenario = scenario, .wiring = wiring, .command_line = run.command_line, .chip = none},
                  [](const RunOutput& output) { return output.written == RunOutput::Written::at_first; });
}

/// What is trained first, with data for it, and in a directory where it can go on; nullopt: nothing is. Memory for it
/// is part of the whole.
std::optional<Scenario> checked_training(const Run& run) {
    if (!trains_first(run.scenario)) return std::nullopt;
    Scenario training = at_places(run.places, [&] { return training_for(run.scenario); });
    about_training(run.scenario, [&] {
        check_input(training);
        if (run.resume) find_start(run.directory + "/train", training);
    });
    return training;
}

/// What the run begins or goes on with; nullopt: stopped while links were drawn.
std::optional<Network> first_network(const Run& run, const RunStart& start, const StopCheck& stop) {
    try {
        if (start.state) return to_network(*start.wiring, start.state->network);
        return at_places(run.places, [&] { return initial_network(run.scenario, stop); });
    } catch (const Stopped&) {
        return std::nullopt;
    }
}

/// Those of a file have passed; others were built in code.
void check_scenarios(const Run& run) {
    check_scenario(run.scenario);
    if (run.directory.empty() && run.scenario.name.empty())
        throw input_error("", "scenario.name", "is missing", "a name, since no directory is given");
    for (const auto& other : run.others) check_scenario(other.second);
}

}  // namespace

RunResult perform(const Run& run, const RunObserver& observer) {
    const auto started = Clock::now();
    const Scenario& scenario = run.scenario;
    check_scenarios(run);
    if (run.ranks && !run.ranks->leads()) return follow(run, observer);
    RunResult result;
    result.directory = run.directory;
    DirectoryLock lock;
    if (!run.directory.empty()) lock.take(run.directory);
    RunStart start = choose_start(run);
    for (const auto& other : run.others) check_input(other.second);
    if (start.finished) {
        if (!start.missing.empty()) restore(run, start);
        if (run.ranks) agree(*run.ranks, {.nothing = true});
        result.end = RunEnd::finished;
        result.summary_json = start.summary;
        result.restored = start.missing;
        return result;
    }
    const std::optional<Scenario> training = checked_training(run);
    at_places(run.places, [&] { require_memory(scenario); });
    for (const auto& other : run.others) require_memory(other.second);
    auto looking = start.inputs ? std::future<InputFiles>() : look_at_inputs_aside(scenario);
    result.data = at_places(run.places, [&] { return load_dataset(scenario); });
    std::optional<Network> network = first_network(run, start, observer.stop);
    if (!network) {
        if (run.ranks) agree(*run.ranks, {.nothing = true});
        result.end = RunEnd::stopped;
        return result;
    }
    InputFiles inputs = start.inputs ? *start.inputs : looking.get();
    add_linked_files(result.data.files, inputs);
    if (start.before) refuse_other_inputs(*start.before, inputs, true, run.directory);
    WorkerPool workers(run.ranks ? run.ranks->threads(scenario.threads) : scenario.threads);
    Session session(scenario, result.data, std::move(*network), workers, run.ranks);
    if (start.state) session.resume(*start.state);
    if (run.ranks) lead(*run.ranks, scenario, result.data, start.state, session);
    if (observer.validated) observer.validated();

    result.directory = run.directory.empty() ? lock.make_new(scenario.name) : lock.make(run.directory);
    if (!lock.warning().empty() && observer.warning) observer.warning(lock.warning());
    const RunDirectory directory(result.directory);
    begin(run, directory, inputs, start, session.network().wiring, result.data.scaling);
    if (run.ranks && run.ranks->wired()) directory.write("ranks.json", ranks_json(*run.ranks));
    if (observer.begun)
        observer.begun({result.directory, result.data, workers.threads(), workers.wanted(),
                        start.state ? start.state->trained : 0});
    result.end = RunEnd::stopped;
    TrainedNetworks trained;
    if (training && !train_first(run, *training, directory, session, trained, observer)) return result;
    if (!perform_task(run, session, directory, start, inputs, observer, result)) return result;
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    result.summary = summarize(scenario, result.totals, workers.threads(), seconds);
    if (run.ranks) count_ranks(*run.ranks, result.summary);
    Observer other;
    other.progress = observer.progress;
    other.stop = observer.stop;
    const auto compared = run_others(run.others, other, observer.comparing, &trained);
    if (!compared) return result;
    conclude(run, directory, session.network().wiring, *compared, result);
    result.end = RunEnd::complete;
    return result;
}

void check(const Run& run) {
    check_scenarios(run);
    choose_start(run);
    for (const auto& other : run.others) check_input(other.second);
    at_places(run.places, [&] { check_input(run.scenario); });
}

void check_input(const Scenario& scenario) {
    const DatasetSize size = measure_dataset(scenario);
    check_events_on(scenario, {size.train, size.validation, size.test});
    if (!scenario.events.empty()) check_script(scenario, scenario.task == Task::train ? size.train : 0);
    if (!scenario.network.weights.empty()) read_initial_weights(scenario);
    if (!trains_first(scenario)) return;
    const Scenario training = training_for(scenario);
    about_training(scenario, [&] { check_input(training); });
}

}  // namespace settle

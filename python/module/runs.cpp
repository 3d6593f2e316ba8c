#include "python/module/runs.hpp"

#include <pybind11/stl.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "models/network/network_checks.hpp"
#include "python/module/arrays.hpp"
#include "python/module/background.hpp"
#include "python/module/events.hpp"
#include "python/module/loaded.hpp"
#include "sim/data/given_data.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/reports/record.hpp"
#include "sim/reports/run_files.hpp"
#include "sim/runs/available_memory.hpp"
#include "sim/runs/run.hpp"
#include "sim/runs/run_outputs.hpp"
#include "sim/runs/session/bare_run.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/present.hpp"
#include "sim/runs/store/recorded_events.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/runs/verdict.hpp"

namespace settle::python {

namespace {

/// Where a run stands, from its thread to Python's: the last word counts.
class Shown {
public:
    void set(const Progress& progress) {
        const std::lock_guard lock(mutex_);
        progress_ = progress;
        fresh_ = true;
    }

    /// With Python's lock.
    void show(const py::object& callback) {
        if (callback.is_none()) return;
        Progress now;
        {
            const std::lock_guard lock(mutex_);
            if (!std::exchange(fresh_, false)) return;
            now = progress_;
        }
        py::dict entry;
        entry["activity"] = now.activity;
        entry["epoch"] = now.epoch;
        entry["epochs"] = now.epochs;
        entry["done"] = now.done;
        entry["all"] = now.all;
        entry["error"] = now.error;
        entry["seconds"] = now.seconds;
        callback(entry);
    }

private:
    std::mutex mutex_;
    Progress progress_;
    bool fresh_ = false;
};

/// What Python gets of a run. `stopped` only where something else than a raised exception stopped it.
struct Ended {
    bool stopped = false;
    std::string directory, summary;
    std::string lines;  ///< of metrics.jsonl
    std::vector<std::string> warnings;
    KeptEvents events;                                       ///< where nothing is written
    std::vector<std::pair<std::string, std::string>> files;  ///< likewise: what a run directory has at last, by name
    std::vector<Verdict> verdicts;
    Wiring wiring;
    NetworkArrays weights;
};

py::dict dict_of(Ended& ended) {
    py::dict result;
    result["directory"] = ended.directory.empty() ? py::object(py::none()) : py::str(ended.directory);
    result["summary"] = ended.summary;
    result["lines"] = ended.lines;
    py::list verdicts;
    for (const Verdict& verdict : ended.verdicts) {
        py::dict entry;
        entry["passed"] = verdict.passed;
        entry["expected"] = verdict.expected;
        entry["seen"] = verdict.seen;
        entry["value"] = verdict.value;
        verdicts.append(entry);
    }
    result["verdicts"] = verdicts;
    py::dict files;
    for (const auto& [name, text] : ended.files) files[py::str(name)] = text;
    result["files"] = files;
    result["weights"] = weights_of(ended.weights, ended.wiring);
    result["biases"] = biases_of(ended.weights, ended.wiring);
    result["warnings"] = ended.warnings;
    result["spikes"] = array_of_spikes(std::move(ended.events.spikes));
    result["messages"] = array_of_messages(std::move(ended.events.messages));
    return result;
}

/// The scenario as far as it records spikes and messages. Of all that is recorded, they are handed to Python.
Scenario recording_events(Scenario scenario) {
    scenario.record.queues = Recording();
    scenario.record.state.on = scenario.record.bits.on = scenario.record.weights.on = false;
    return scenario;
}

/// A run, and the events that its scenario records.
std::optional<BareRun> run_recorded(const Scenario& scenario, const Dataset& data, Observer observer,
                                    TrainedNetworks& trained, Ended& ended) {
    if (!RecordedEvents::wanted(scenario)) return run_bare(scenario, data, observer, &trained);
    Recorder recorder(recording_events(scenario), kept_in(ended.events));
    observer.presented = [&](const Minibatch& minibatch) { recorder.add_minibatch(minibatch); };
    observer.events = [&](std::int64_t minibatch) { return recorder.events(minibatch); };
    observer.ticks = [](TickRows&&) {};
    observer.records = [](std::int64_t) { return false; };
    auto bare = run_bare(scenario, data, observer, &trained);
    recorder.finish();
    if (!recorder.limit_warning().empty()) ended.warnings.push_back(recorder.limit_warning());
    return bare;
}

/// As require_memory, of samples that are there already.
void require_memory_beside(const Scenario& scenario, const Dataset& data) {
    const DatasetSize size{data.train.count, data.validation.count, data.test.count, scenario.network.inputs(), 0};
    check_memory(estimate_memory(scenario, size, workers_of(scenario)), available_memory());
}

/// Nothing is written.
Ended run_in_memory(const Loaded& what, const std::optional<Dataset>& given, Observer observer, const StopCheck& stop) {
    const Scenario& scenario = what.loaded.scenario;
    observer.stop = observer.drop = stop;
    Ended ended;
    TrainedNetworks trained;
    const auto bare = at_places(what.loaded.places, [&] {
        if (given) {
            const Dataset data = dataset_of(scenario, given->train, given->test);
            require_memory_beside(scenario, data);
            return run_recorded(scenario, data, observer, trained, ended);
        }
        check_input(scenario);
        require_memory(scenario);
        return run_recorded(scenario, load_dataset(scenario), observer, trained, ended);
    });
    const auto others = bare ? run_others(what.others, observer, {}, &trained) : std::nullopt;
    ended.stopped = !others;
    if (ended.stopped) return ended;
    Summary summary = bare->summary;
    ended.verdicts = judge_run(scenario, bare->metrics, *others);
    count_verdicts(ended.verdicts, summary);
    ended.summary = to_json(summary);
    for (const std::string& line : bare->lines) ended.lines += line + "\n";
    ended.weights = bare->weights;
    ended.wiring = bare->wiring;
    for (const RunOutput& output : run_outputs()) {
        if (output.written != RunOutput::Written::at_last) continue;
        auto text = output.text(ended_run(scenario, ended.wiring, {}, bare->totals));
        if (text) ended.files.emplace_back(output.name, std::move(*text));
    }
    return ended;
}

/// The verdicts on a run that was finished before: the files of a run have only how many there were. What it was
/// compared with is run again. nullopt: stopped.
std::optional<std::vector<Verdict>> judge_finished(const Loaded& what, const std::string& summary,
                                                   const StopCheck& stop) {
    Observer observer;
    observer.stop = stop;
    const auto others = run_others(what.others, observer, {});
    if (!others) return std::nullopt;
    return judge_run(what.loaded.scenario, metrics_in(parse_record(summary, "summary.json")), *others);
}

Ended run_in_directory(const Loaded& what, const std::string& directory, bool resume, const std::string& call,
                       const Observer& observer, const StopCheck& stop) {
    Run run;
    run.scenario = what.loaded.scenario;
    run.places = what.loaded.places;
    run.others = what.others;
    run.directory = directory;
    run.resume = resume;
    run.command_line = {call};
    RunObserver own;
    own.progress = observer.progress;
    own.stop = own.drop = stop;
    Ended ended;
    own.warning = [&](const std::string& warning) { ended.warnings.push_back(warning); };
    RunResult result = perform(run, own);
    ended.directory = result.directory;
    ended.stopped = result.end == RunEnd::stopped;
    if (ended.stopped) return ended;
    ended.wiring = wiring_of(run.scenario);
    ended.summary = result.summary_json;
    ended.verdicts = std::move(result.verdicts);
    if (result.end == RunEnd::finished) {
        auto verdicts = judge_finished(what, result.summary_json, stop);
        ended.stopped = !verdicts;
        if (ended.stopped) return ended;
        ended.verdicts = std::move(*verdicts);
    }
    ended.lines = read_whole_file(result.directory + "/metrics.jsonl");
    ended.weights = result.end == RunEnd::finished ? read_weights(result.directory + "/weights.h5", ended.wiring)
                                                   : std::move(result.weights);
    return ended;
}

/// `call`: how Python was told, for the manifest.
py::dict run(const Loaded& what, const py::object& data, const std::string& directory, bool resume,
             const std::string& call, const py::object& progress) {
    std::optional<Dataset> given;
    if (!data.is_none()) {
        const auto parts = py::cast<py::tuple>(data);
        const auto divisor = py::cast<double>(parts[4]);
        given.emplace();
        given->train = samples_of(parts[0], parts[1], divisor);
        if (!parts[2].is_none()) given->test = samples_of(parts[2], parts[3], divisor);
    }
    Shown shown;
    Observer observer;
    if (!progress.is_none()) observer.progress = [&](const Progress& now) { shown.set(now); };
    Ended ended;
    in_background(
        [&](const StopCheck& stop) {
            ended = directory.empty() ? run_in_memory(what, given, observer, stop)
                                      : run_in_directory(what, directory, resume, call, observer, stop);
        },
        [&] { shown.show(progress); });
    return dict_of(ended);
}

py::dict dict_of(Presented&& seen) {
    py::dict result;
    const std::int64_t n = seen.presentations, periods = seen.periods;
    std::int64_t neurons = 0;
    for (const int size : seen.layers) neurons += size;
    const std::int64_t states = seen.layers.empty() ? 0 : neurons - seen.layers.front();
    const std::int64_t outputs = n > 0 ? static_cast<std::int64_t>(seen.outputs.size()) / n : 0;
    const auto kept = [](const auto& values) { return !values.empty(); };
    result["presentations"] = n;
    result["periods"] = periods;
    result["wrong"] = seen.wrong;
    result["fingerprint"] = seen.fingerprint;
    result["answers"] = array_of(std::move(seen.answers), {n});
    result["outputs"] = array_of(std::move(seen.outputs), {n, outputs});
    result["settled_at"] = array_of(std::move(seen.settled_at), {n});
    result["state"] =
        kept(seen.states) ? py::object(array_of(std::move(seen.states), {n, periods, states})) : py::none();
    result["bits"] = kept(seen.bits) ? py::object(array_of(std::move(seen.bits), {n, periods, neurons})) : py::none();
    result["hopfield_energy"] =
        kept(seen.hopfield_energy) ? py::object(array_of(std::move(seen.hopfield_energy), {n, periods})) : py::none();
    return result;
}

/// What is asked for of every period, beside a run that looks at so many samples.
void require_memory_for(const Scenario& scenario, const Samples& samples, const PresentOptions& options) {
    Scenario look = scenario;
    look.task = Task::infer;
    double neurons = 0;
    for (const int size : scenario.network.sizes()) neurons += size;
    const double states = neurons - scenario.network.inputs();
    MemoryEstimate estimate = estimate_memory(look, {0, 0, samples.count, samples.inputs, 0}, workers_of(look));
    estimate.recording +=
        static_cast<double>(samples.count) * static_cast<double>(scenario.phases.free) *
        ((options.states ? 4 * states : 0) + (options.bits ? neurons : 0) + (options.hopfield_energy ? 8 : 0));
    check_memory(estimate, available_memory());
}

py::dict present_samples(const Loaded& what, const py::tuple& arrays, const py::dict& weights, const py::dict& biases,
                         const std::vector<std::string>& record, const py::object& progress) {
    const Scenario& scenario = what.loaded.scenario;
    const Samples samples = samples_of(arrays[0], arrays[1], py::cast<double>(arrays[2]));
    const NetworkArrays network = network_arrays_of(weights, biases, wiring_of(scenario));
    PresentOptions options;
    for (const std::string& name : record) {
        options.states = options.states || name == "state";
        options.bits = options.bits || name == "bits";
        options.hopfield_energy = options.hopfield_energy || name == "hopfield_energy";
        options.spikes = options.spikes || name == "spikes";
        options.messages = options.messages || name == "messages";
    }
    require_memory_for(scenario, samples, options);
    Shown shown;
    Progress now;
    now.activity = "present";
    if (!progress.is_none()) {
        options.progress = [&](std::int64_t done, std::int64_t all) {
            now.done = done;
            now.all = all;
            shown.set(now);
        };
    }
    Presented seen;
    in_background(
        [&](const StopCheck& stop) {
            options.stop = stop;
            seen = present(scenario, samples, network, options);
        },
        [&] { shown.show(progress); });
    py::dict result = dict_of(std::move(seen));
    result["spikes"] = options.spikes ? py::object(array_of_spikes(entries_of(seen.spikes))) : py::none();
    result["messages"] = options.messages ? py::object(array_of_messages(entries_of(seen.messages))) : py::none();
    return result;
}

}  // namespace

void define_runs(py::module_& module) {
    module.def("run", &run);
    module.def("present", &present_samples);
    module.def("read_weights", [](const Loaded& what, const std::string& path) {
        const Wiring wiring = wiring_of(what.loaded.scenario);
        NetworkArrays arrays = read_weights(path, wiring);
        return py::make_tuple(weights_of(arrays, wiring), biases_of(arrays, wiring));
    });
    module.def("write_weights",
               [](const Loaded& what, const std::string& path, const py::dict& weights, const py::dict& biases) {
                   const Wiring wiring = wiring_of(what.loaded.scenario);
                   const NetworkArrays arrays = network_arrays_of(weights, biases, wiring);
                   check_arrays(arrays, wiring);
                   write_weights(path, arrays, wiring);
               });
}

}  // namespace settle::python

#include "sim/runs/resume.hpp"

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/run_outputs.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/store/checkpoint.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/runs/store/study.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

bool may_change(const std::string& key) {
    return key == "scenario.threads" || key == "learning.epochs" || key.rfind("record.", 0) == 0 ||
           key.rfind("checkpoint.", 0) == 0;
}

/// The scenario that a run directory was made with.
Scenario scenario_of(const std::string& text, const std::string& place) {
    return load_scenario({place, "resumed", fs::path(place).parent_path().string(), text}, {}).scenario;
}

void refuse_changes(const Scenario& before, const Scenario& now, const std::string& directory) {
    std::vector<Problem> problems;
    for (const std::string& key : differing_keys(before, now)) {
        if (may_change(key)) continue;
        Problem problem;
        problem.place = "--resume";
        problem.key = key;
        problem.message = "is not what the run in " + directory + " began with";
        problem.expected = "the same scenario, but for scenario.threads, learning.epochs, record.* and checkpoint.*";
        problems.push_back(problem);
    }
    if (!problems.empty()) throw Error(Blame::input, problems);
}

/// A checkpoint that can be read and has the right scenario may still be none of settle's.
void check_shapes(const TrainingState& state, const Wiring& wiring, const std::string& directory) {
    bool fits = settle::fits(state.network, wiring);
    fits = fits && state.epoch >= 0 && state.minibatch >= 0 && state.minibatches >= 0;
    if (!fits) {
        throw input_error(directory + "/" + checkpoint_name, "", "does not hold the network of its scenario",
                          "a checkpoint as settle wrote it");
    }
}

/// A checkpoint without a list of files is of a version that counted time in nanoseconds at any period. Going on in
/// another unit would end in what neither an old run nor a new one gives.
void refuse_another_unit(const TrainingState& state, const Scenario& scenario, const std::string& directory) {
    if (state.inputs || scenario.engine == EngineKind::free_running || scenario.timing.unit == TimeUnit()) return;
    throw input_error(
        directory + "/" + checkpoint_name, "timing.period",
        "this checkpoint is of an earlier version, whose unit of time was 1 ns at any period; now it is " +
            unit_text(scenario.timing.unit),
        "the version of settle that manifest.json names, or another --out");
}

void refuse_fewer_epochs(const Scenario& scenario, std::int64_t begun) {
    if (scenario.learning.epochs >= begun) return;
    throw input_error("--resume", "learning.epochs",
                      std::to_string(scenario.learning.epochs) + " is below what the run has begun",
                      "at least " + std::to_string(begun));
}

/// The evaluation that ended a run is none of a run that is given more epochs, unless record.metrics_every asks for it.
void leave_out_last_evaluation(TrainingState& state, const Scenario& scenario) {
    if (!state.before_last || state.epoch % scenario.record.metrics_every == 0) return;
    state.counters = state.before_last->counters;
    state.traffic = state.before_last->traffic;
    state.branch_periods = state.before_last->branch_periods;
    state.fingerprint = state.before_last->fingerprint;
    state.posts = state.before_last->posts;
    state.asynchrony = state.before_last->asynchrony;
    state.chip = state.before_last->chip;
    state.presentations = state.before_last->presentations;
    state.before_last.reset();
    if (state.metrics.empty()) return;
    const std::size_t line_end = state.metrics.size() - 1;
    const std::size_t before = line_end == 0 ? std::string::npos : state.metrics.rfind('\n', line_end - 1);
    state.metrics.resize(before == std::string::npos ? 0 : before + 1);
}

bool is_there(const std::string& directory, const std::string& name) {
    std::error_code ignored;
    return fs::is_regular_file(directory + "/" + name, ignored);
}

/// A file that is cut counts as one that is gone.
bool has_weights(const std::string& directory, const Wiring& wiring) {
    if (!is_there(directory, "weights.h5")) return false;
    try {
        read_weights(directory + "/weights.h5", wiring);
    } catch (const Error&) {
        return false;
    }
    return true;
}

/// What a finished run that has a checkpoint should have and lacks.
std::vector<std::string> missing_files(const std::string& directory, const RunStart& start, const Scenario& scenario) {
    const EndedRun ended = ended_run(scenario, *start.wiring, {}, *start.state);
    std::vector<std::string> missing = missing_outputs(directory, ended, start.summary);
    if (!has_weights(directory, *start.wiring)) missing.push_back("weights.h5");
    return missing;
}

/// Whether everything is there that a finished run without a checkpoint has made.
bool is_whole(const std::string& directory, const Scenario& before, const std::string& summary) {
    return has_outputs(directory, before, summary) && has_weights(directory, wiring_of(before)) &&
           (!trains_first(before) || is_there(directory + "/train", "weights.h5")) &&
           (!Recorder::wanted(before) || is_there(directory, "recording.h5"));
}

/// Looks at data and weights and sees that they are what they were. Those of a finished run may be gone.
void look_at_inputs_again(const std::string& directory, const Scenario& scenario, RunStart& start) {
    start.before = start.state && start.state->inputs ? start.state->inputs : inputs_in_manifest(start.manifest);
    if (!start.before) return;
    try {
        start.inputs = look_at_inputs({&scenario});
    } catch (const Error&) {
        if (start.finished) return;
        throw;
    }
    refuse_other_inputs(*start.before, *start.inputs, false, directory);
}

/// Holds the checkpoint against the wiring of its scenario.
void measure_state(const std::string& directory, const Scenario& scenario, RunStart& start) {
    start.wiring = wiring_of(scenario);
    check_shapes(*start.state, *start.wiring, directory);
    if (start.finished) start.missing = missing_files(directory, start, scenario);
    if (start.state->epoch < scenario.learning.epochs) leave_out_last_evaluation(*start.state, scenario);
}

}  // namespace

RunStart find_start(const std::string& directory, const Scenario& scenario) {
    RunStart start;
    RunDirectory::check_access(directory);
    if (const std::string study = study_in(directory); !study.empty())
        throw input_error("--out", directory, "holds a " + study, "the directory of a run, or settle " + study);
    const std::string scenario_file = directory + "/scenario.toml";
    const bool is_run = is_there(directory, "scenario.toml") && is_there(directory, "manifest.json");
    start.state = read_checkpoint(directory);
    if (!is_run && !start.state) {
        // Not a run: the same rule as without --resume, unless it was killed before it had begun.
        if (!RunDirectory::barely_begun(directory)) RunDirectory::check(directory);
        return start;
    }
    start.manifest = read_manifest(directory);
    start.summary = RunDirectory::read_summary(directory);
    const bool has_summary = !start.summary.empty();
    if (!start.state) {
        // Nothing is kept of a run that was stopped without a checkpoint, but what it has trained first.
        if (!has_summary && !is_there(directory + "/train", "scenario.toml")) return start;
        const Scenario before = scenario_of(read_whole_file(scenario_file), scenario_file);
        refuse_changes(before, scenario, directory);
        // A run of 0 epochs leaves no checkpoint, and may still be given some.
        if (scenario.task == Task::train) refuse_fewer_epochs(scenario, before.learning.epochs);
        start.finished = has_summary &&
                         (scenario.task != Task::train || scenario.learning.epochs == before.learning.epochs) &&
                         is_whole(directory, before, start.summary);
    } else {
        refuse_changes(scenario_of(start.state->scenario, directory), scenario, directory);
        refuse_fewer_epochs(scenario, start.state->epoch + (start.state->minibatch > 0 ? 1 : 0));
        start.finished = has_summary && start.state->epoch >= scenario.learning.epochs;
        if (!start.finished) refuse_another_unit(*start.state, scenario, directory);
    }
    // Before anything is measured by the wiring: a file of other links gives another one, and no checkpoint fits it.
    look_at_inputs_again(directory, scenario, start);
    if (start.state) measure_state(directory, scenario, start);
    return start;
}

void refuse_other_inputs(const InputFiles& before, const InputFiles& now, bool all, const std::string& directory) {
    std::vector<Problem> problems = differing_inputs(before, now, all);
    for (Problem& problem : problems) problem.expected = "what " + directory + " began with: " + problem.expected;
    if (!problems.empty()) throw Error(Blame::input, problems);
}

}  // namespace settle

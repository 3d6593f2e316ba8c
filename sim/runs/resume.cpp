#include "sim/runs/resume.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.hpp"
#include "sim/runs/checkpoint.hpp"
#include "sim/runs/run_directory.hpp"
#include "sim/runs/study.hpp"
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
void check_shapes(const TrainingState& state, const Scenario& scenario, const std::string& directory) {
    const auto& layers = scenario.network.layers;
    bool fits = state.network.weights.size() + 1 == layers.size() && state.network.biases.size() + 1 == layers.size();
    for (std::size_t l = 0; fits && l + 1 < layers.size(); ++l) {
        const auto pre = static_cast<std::size_t>(layers[l]), post = static_cast<std::size_t>(layers[l + 1]);
        fits = state.network.weights[l].size() == pre * post && state.network.biases[l].size() == post;
    }
    fits = fits && state.epoch >= 0 && state.minibatch >= 0 && state.minibatches >= 0;
    if (!fits) {
        throw input_error(directory + "/" + checkpoint_name, "", "does not hold the network of its scenario",
                          "a checkpoint as settle wrote it");
    }
}

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
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
    state.fingerprint = state.before_last->fingerprint;
    state.posts = state.before_last->posts;
    state.asynchrony = state.before_last->asynchrony;
    state.presentations = state.before_last->presentations;
    state.before_last.reset();
    if (state.metrics.empty()) return;
    const std::size_t line_end = state.metrics.size() - 1;
    const std::size_t before = line_end == 0 ? std::string::npos : state.metrics.rfind('\n', line_end - 1);
    state.metrics.resize(before == std::string::npos ? 0 : before + 1);
}

}  // namespace

RunStart find_start(const std::string& directory, const Scenario& scenario) {
    RunStart start;
    std::error_code ignored;
    if (const std::string study = study_in(directory); !study.empty())
        throw input_error("--out", directory, "holds a " + study, "the directory of a run, or settle " + study);
    const std::string scenario_file = directory + "/scenario.toml", summary_file = directory + "/summary.json";
    const bool is_run =
        fs::is_regular_file(scenario_file, ignored) && fs::is_regular_file(directory + "/manifest.json", ignored);
    start.state = read_checkpoint(directory);
    if (!is_run && !start.state) {
        // Not a run: the same rule as without --resume, unless it was killed before it had begun.
        if (!RunDirectory::barely_begun(directory)) RunDirectory::check(directory);
        return start;
    }
    const bool has_summary = fs::is_regular_file(summary_file, ignored);
    if (!start.state) {
        if (!has_summary) return start;
        const Scenario before = scenario_of(read_text(scenario_file), scenario_file);
        refuse_changes(before, scenario, directory);
        // A run of 0 epochs leaves no checkpoint, and may still be given some.
        if (scenario.task == Task::train) refuse_fewer_epochs(scenario, before.learning.epochs);
        start.finished = scenario.task != Task::train || scenario.learning.epochs == before.learning.epochs;
    } else {
        refuse_changes(scenario_of(start.state->scenario, directory), scenario, directory);
        check_shapes(*start.state, scenario, directory);
        refuse_fewer_epochs(scenario, start.state->epoch + (start.state->minibatch > 0 ? 1 : 0));
        start.finished = has_summary && start.state->epoch >= scenario.learning.epochs;
        if (start.state->epoch < scenario.learning.epochs) leave_out_last_evaluation(*start.state, scenario);
    }
    if (start.finished) start.summary = read_text(summary_file);
    return start;
}

}  // namespace settle

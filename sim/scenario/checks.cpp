#include "sim/scenario/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/formats/toml.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

/// Collects problems at the place of a key.
struct Checker {
    const GivenValues& given;
    const std::string& file;
    std::vector<Problem>& problems;

    void complain(const std::string& key, const std::string& message, const std::string& expected) const {
        Problem problem;
        const auto found = given.find(key);
        problem.place = found == given.end() ? file : found->second.place.name;
        if (found != given.end()) {
            problem.line = found->second.place.line;
            problem.column = found->second.place.column;
        }
        problem.key = key;
        problem.message = message;
        problem.expected = expected;
        problems.push_back(problem);
    }
    /// Whether this key already has a problem: its value is then not what the user meant.
    bool broken(const std::string& key) const {
        return std::any_of(problems.begin(), problems.end(),
                           [&](const Problem& p) { return p.key.rfind(key, 0) == 0; });
    }
};

void check_schedule(const Checker& check, const std::string& key, const Schedule& schedule, std::int64_t ticks,
                    bool above_zero) {
    // A schedule is monotone, so its ends tell.
    for (const std::int64_t t : {std::int64_t{1}, ticks}) {
        const float value = schedule_value(schedule, t);
        if (value <= 1 && (above_zero ? value > 0 : value >= 0)) continue;
        check.complain(key, fmt::format("is {} at t = {}", value, t),
                       above_zero ? "above 0, to 1, at every t" : "0 to 1 at every t");
        return;
    }
}

void check_neuron(const Checker& check, const Scenario& scenario) {
    const std::int64_t ticks = static_cast<std::int64_t>(scenario.phases.free) + scenario.phases.nudged;
    const auto* epsilon = std::get_if<Schedule>(&scenario.neuron.epsilon);
    if (epsilon) check_schedule(check, "neuron.epsilon", *epsilon, ticks, false);
    if (scenario.neuron.lambda) check_schedule(check, "neuron.lambda", *scenario.neuron.lambda, ticks, true);
    if (scenario.neuron.kind != NeuronKind::continuous) return;
    if (!epsilon || epsilon->exponent != 0) {
        check.complain("neuron.epsilon", "continuous neurons have a constant step size", "a number, such as 0.5");
    }
    if (scenario.neuron.lambda && *scenario.neuron.lambda != Schedule{1, 0, 0}) {
        check.complain("neuron.lambda", "continuous neurons send rho(s) itself and predict nothing",
                       "no neuron.lambda, or 1");
    }
    if (scenario.neuron.quantizer != Quantizer::sigma_delta) {
        check.complain("neuron.quantizer", "continuous neurons send rho(s) itself and have no quantizer",
                       "no neuron.quantizer");
    }
}

void check_phases(const Checker& check, const Scenario& scenario) {
    const auto& phases = scenario.phases;
    if (phases.readout_mean > phases.free) {
        check.complain("phases.readout",
                       fmt::format("a mean over {} periods does not fit the free phase", phases.readout_mean),
                       fmt::format("at most phases.free = {}", phases.free));
    } else if (scenario.task == Task::train && phases.nudged > 0 && phases.readout_mean > phases.nudged) {
        check.complain("phases.readout",
                       fmt::format("a mean over {} periods does not fit the nudged phase", phases.readout_mean),
                       fmt::format("at most phases.nudged = {}", phases.nudged));
    }
    if (phases.splitstream && scenario.learning.beta_sign == BetaSign::both) {
        check.complain("phases.splitstream", "does not go with learning.beta_sign = \"both\", which forks already",
                       "one of the two");
    }
    if (scenario.task == Task::train && phases.nudged < 1) {
        check.complain("phases.nudged", "training needs a nudged phase", "at least 1");
    }
}

void check_learning(const Checker& check, const Scenario& scenario) {
    const std::size_t projections = scenario.network.layers.size() - 1;
    const auto& rates = scenario.learning.rates;
    if (rates.empty() && scenario.task == Task::train && !check.broken("learning.rates")) {
        check.complain("learning.rates", "is missing", fmt::format("{} learning rates, one a projection", projections));
    } else if (!rates.empty() && rates.size() != projections) {
        check.complain("learning.rates", fmt::format("has {} items", rates.size()),
                       fmt::format("{}, one for each projection of network.layers", projections));
    }
}

void check_data(const Checker& check, const Scenario& scenario) {
    const DataSet set = scenario.data.set;
    const bool needs_path = set == DataSet::hdf5 || set == DataSet::idx;
    if (needs_path && scenario.data.path.empty() && !check.broken("data.path")) {
        check.complain("data.path", "is missing",
                       set == DataSet::hdf5 ? "the path of an HDF5 file" : "the folder of the IDX files");
    }
    if ((set == DataSet::digits || set == DataSet::random) && !scenario.data.path.empty()) {
        check.complain("data.path", "the data set " + to_word(set) + " is drawn by the program",
                       "no data.path, or another data.set");
    }
    const auto& layers = scenario.network.layers;
    for (const auto& [key, recording] :
         {std::pair{"record.state", &scenario.record.state}, {"record.bits", &scenario.record.bits}}) {
        for (const int layer : recording->layers) {
            if (layer < static_cast<int>(layers.size())) continue;
            check.complain(key, fmt::format("there is no layer {}", layer), fmt::format("0 to {}", layers.size() - 1));
        }
    }
}

}  // namespace

void check_together(const Scenario& scenario, const GivenValues& given, const std::string& file,
                    std::vector<Problem>& problems) {
    const Checker check{given, file, problems};
    if (scenario.network.layers.empty()) {
        if (!check.broken("network.layers")) {
            check.complain("network.layers", "is missing", "the neurons of each layer, such as [784, 500, 10]");
        }
        return;
    }
    // What cannot be read has been complained about; what depends on it would only confuse.
    if (!check.broken("neuron.") && !check.broken("phases.")) check_neuron(check, scenario);
    if (!check.broken("phases.")) check_phases(check, scenario);
    check_learning(check, scenario);
    check_data(check, scenario);
}

bool at_default(const Key& key, const Scenario& scenario) {
    Scenario defaults;
    defaults.seed = scenario.seed;
    defaults.network.seed = scenario.seed;
    defaults.timing.device_seed = scenario.seed;
    defaults.timing.period = scenario.timing.period;
    defaults.timing.latency = {scenario.timing.period, scenario.timing.period};
    const auto text = [&](const Scenario& from) {
        const auto value = key.write(from);
        return value ? to_toml(*value) : std::string();
    };
    return text(scenario) == text(defaults);
}

void check_engine(const Scenario& scenario, const GivenValues& given, std::vector<Problem>& problems,
                  std::vector<std::string>& warnings) {
    const Checker check{given, "", problems};
    const auto engine = given.find("scenario.engine");
    const bool chosen_lockstep =
        scenario.engine == EngineKind::lockstep && engine != given.end() && engine->second.place.line == 0;
    const std::string name = to_word(scenario.engine);
    for (const Key& key : scenario_keys()) {
        if (key.path == "scenario.shard" || given.count(key.path) == 0) continue;
        if (key.honoured_by(scenario.engine) || at_default(key, scenario)) continue;
        if (chosen_lockstep && key.section() == "timing") {
            warnings.push_back(key.path + ": the lockstep engine leaves it out");
            continue;
        }
        check.complain(key.path, "the " + name + " engine cannot honour it",
                       "scenario.engine = " + key.engines + ", or this key at its default, " + key.default_text);
    }
    if (scenario.neuron.kind == NeuronKind::continuous && scenario.engine != EngineKind::lockstep) {
        check.complain("neuron.kind", "continuous neurons run in lockstep only; the engine is " + name,
                       "scenario.engine = lockstep");
    }
}

void refuse_unavailable(const Scenario& scenario, const GivenValues& given, const std::string& file,
                        std::vector<Problem>& problems) {
    const Checker check{given, file, problems};
    const std::string message = " is not available in this version yet";
    if (scenario.engine != EngineKind::lockstep) {
        check.complain("scenario.engine", "the engine " + to_word(scenario.engine) + message, "lockstep");
    }
    if (scenario.task == Task::converge) check.complain("scenario.task", "the task converge" + message, "train, infer");
    if (scenario.record.spikes.on)
        check.complain("record.spikes", "recording spikes as events" + message, "record.bits");
    for (const Key& key : scenario_keys()) {
        if (key.path != "checkpoint.every" || given.count(key.path) == 0 || at_default(key, scenario)) continue;
        check.complain(key.path, "checkpointing" + message, "no checkpoint.every");
    }
}

}  // namespace settle

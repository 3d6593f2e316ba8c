#include "sim/runs/session/trained_networks.hpp"

#include <fmt/format.h>

#include <list>
#include <set>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

ScenarioSource source_of_training(const std::string& name) {
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        if (builtin.name == name) return source_of(builtin);
    }
    return find_scenario(name);
}

std::optional<NetworkArrays> train(const Scenario& training, const Observer& observer) {
    const Dataset data = load_dataset(training);
    Observer own;
    own.progress = observer.progress;
    own.stop = own.drop = observer.stop;  // nothing is saved
    WorkerPool workers(training.threads);
    Session session(training, data, initial_network(training), workers);
    if (session.train(own).stopped) return std::nullopt;
    return to_arrays(session.network());
}

}  // namespace

bool trains_first(const Scenario& scenario) {
    return scenario.task == Task::stream && !scenario.stream.train.empty();
}

Scenario training_for(const Scenario& scenario) {
    const auto& stream = scenario.stream;
    std::vector<Override> overrides = {{"scenario.seed", "scenario.seed", std::to_string(scenario.seed)},
                                       // Drawn links are keyed by it: those that are trained are those that are used.
                                       {"network.seed", "network.seed", std::to_string(scenario.network.seed)},
                                       {"scenario.threads", "scenario.threads", std::to_string(scenario.threads)}};
    if (stream.train_epochs)
        overrides.push_back({"stream.train.epochs", "learning.epochs", std::to_string(*stream.train_epochs)});
    if (stream.train_samples)
        overrides.push_back({"stream.train.samples", "data.train", std::to_string(*stream.train_samples)});
    Scenario training = load_scenario(source_of_training(stream.train), overrides).scenario;
    training.expectations.clear();
    if (training.task != Task::train)
        throw input_error("", "stream.train",
                          printable(stream.train, 200) + " does not train, but " + to_word(training.task) + "s",
                          "a scenario with scenario.task = \"train\"");
    const auto same = [](const NetworkPart& a, const NetworkPart& b) {
        return a.layers == b.layers && a.populations == b.populations && a.projections == b.projections;
    };
    if (!same(training.network, scenario.network))
        throw input_error("", "stream.train",
                          fmt::format("{} trains a network {}", printable(stream.train, 200), training.network.text()),
                          fmt::format("one like this scenario's, {}", scenario.network.text()));
    return training;
}

InputFiles look_at_all_inputs(const std::vector<const Scenario*>& scenarios) {
    std::vector<const Scenario*> all = scenarios;
    std::list<Scenario> trainings;  // stay where they are
    std::set<std::string> seen;
    for (const Scenario* scenario : scenarios) {
        if (!trains_first(*scenario)) continue;
        Scenario training = training_for(*scenario);
        training.seed = training.network.seed = 0;  // which decide about no file
        if (seen.insert(scenario_as_toml(training)).second) all.push_back(&trainings.emplace_back(std::move(training)));
    }
    return look_at_inputs(all);
}

TrainedNetworks::Entry& TrainedNetworks::entry_of(const Scenario& training) {
    Scenario deciding = training;  // threads decide about nothing
    deciding.threads = 0;
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[scenario_as_toml(deciding)];
    if (!entry) entry = std::make_unique<Entry>();
    return *entry;
}

std::optional<NetworkArrays> TrainedNetworks::of(const Scenario& scenario, const Observer& observer) {
    const Scenario training = training_for(scenario);
    Entry& entry = entry_of(training);
    const std::lock_guard lock(entry.mutex);
    if (!entry.weights) entry.weights = train(training, observer);
    return entry.weights;
}

void TrainedNetworks::keep(const Scenario& training, NetworkArrays weights) {
    Entry& entry = entry_of(training);
    const std::lock_guard lock(entry.mutex);
    entry.weights = std::move(weights);
}

}  // namespace settle

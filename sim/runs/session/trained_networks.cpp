#include "sim/runs/session/trained_networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
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

/// How fast they learn, and what their weights begin with, may differ.
bool same_links(const NetworkPart& a, const NetworkPart& b) {
    return a.layers == b.layers && a.populations == b.populations &&
           std::equal(a.projections.begin(), a.projections.end(), b.projections.begin(), b.projections.end(),
                      [](const ProjectionPart& one, const ProjectionPart& other) {
                          return one.pre == other.pre && one.post == other.post && one.kind == other.kind;
                      });
}

std::optional<NetworkArrays> train(const Scenario& training, const Observer& observer) try {
    const Dataset data = load_dataset(training);
    Observer own;
    own.progress = observer.progress;
    own.stop = own.drop = observer.stop;  // nothing is saved
    WorkerPool workers(training.threads);
    Session session(training, data, initial_network(training, own.stop), workers);
    if (session.train(own).stopped) return std::nullopt;
    return to_arrays(session.network());
} catch (const Stopped&) {
    return std::nullopt;  // while links were drawn
}

}  // namespace

bool trains_first(const Scenario& scenario) {
    return prior_training(scenario) != nullptr;
}

Scenario training_for(const Scenario& scenario) {
    assert(trains_first(scenario));
    const PriorTraining& prior = *prior_training(scenario);
    const std::string key = prior_training_key(scenario);
    std::vector<Override> overrides = {{"scenario.seed", "scenario.seed", std::to_string(scenario.seed)},
                                       // Drawn links are keyed by it: those that are trained are those that are used.
                                       {"network.seed", "network.seed", std::to_string(scenario.network.seed)},
                                       {"scenario.threads", "scenario.threads", std::to_string(scenario.threads)}};
    if (prior.epochs) overrides.push_back({key + ".epochs", "learning.epochs", std::to_string(*prior.epochs)});
    if (prior.samples) overrides.push_back({key + ".samples", "data.train", std::to_string(*prior.samples)});
    Scenario training = load_scenario(source_of_training(prior.scenario), overrides).scenario;
    training.expectations.clear();
    const std::string name = printable(prior.scenario, 200);
    if (training.task != Task::train)
        throw input_error("", key, name + " does not train, but " + to_word(training.task) + "s",
                          "a scenario with scenario.task = \"train\"");
    if (!same_links(training.network, scenario.network))
        throw input_error("", key, fmt::format("{} trains a network {}", name, training.network.text()),
                          fmt::format("one like this scenario's, {}", scenario.network.text()));
    return training;
}

Error blame_training(const Error& error, const Scenario& scenario) {
    std::vector<Problem> problems = error.problems();
    const std::string name =
        fmt::format("{} ({})", printable(prior_training(scenario)->scenario, 200), prior_training_key(scenario));
    for (Problem& problem : problems) {
        if (problem.line > 0) continue;  // in its own file
        problem.place = problem.place.empty() ? name : name + ": " + problem.place;
        // Not this scenario's key.
        if (!problem.key.empty()) problem.message = problem.key + ": " + problem.message;
        problem.key.clear();
    }
    return {error.blame(), problems};
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
    if (!entry.weights) entry.weights = about_training(scenario, [&] { return train(training, observer); });
    return entry.weights;
}

void TrainedNetworks::keep(const Scenario& training, NetworkArrays weights) {
    Entry& entry = entry_of(training);
    const std::lock_guard lock(entry.mutex);
    entry.weights = std::move(weights);
}

}  // namespace settle

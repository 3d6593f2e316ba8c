// What stream.train and network.train ask for: networks that are trained before they are used, each once for all who
// use it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/network/network.hpp"
#include "sim/data/input_file.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Whether the scenario's weights are those of another one, trained first.
bool trains_first(const Scenario& scenario);

/// That one as it is trained for the scenario: it says everything itself, but for scenario.seed and scenario.threads,
/// and what that key says of epochs and samples; nothing is expected of it. Throws Error (input) for what is wrong
/// with it, one that does not train, and one of another network.
Scenario training_for(const Scenario& scenario);

/// What is wrong with what is trained first for the scenario, said of that one.
Error blame_training(const Error& error, const Scenario& scenario);
template <class Call>
auto about_training(const Scenario& scenario, const Call& call) {
    try {
        return call();
    } catch (const Error& error) {
        throw blame_training(error, scenario);
    }
}

/// The files that runs of the scenarios open, as look_at_inputs() has them, those of what is trained first included.
InputFiles look_at_all_inputs(const std::vector<const Scenario*>& scenarios);

class TrainedNetworks {
public:
    /// The weights after training_for(scenario), which must be a scenario that trains first. Any thread; whoever wants
    /// a network that is being trained waits for it. Of the observer, progress and stop are asked. nullopt: stopped.
    std::optional<NetworkArrays> of(const Scenario& scenario, const Observer& observer);

    /// Training that has been done elsewhere.
    void keep(const Scenario& training, NetworkArrays weights);

private:
    struct Entry {
        std::mutex mutex;
        std::optional<NetworkArrays> weights;
    };

    Entry& entry_of(const Scenario& training);

    std::mutex mutex_;                                       ///< for the map
    std::map<std::string, std::unique_ptr<Entry>> entries_;  ///< by what decides about the weights
};

}  // namespace settle

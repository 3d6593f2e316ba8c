#include "sim/runs/session/initial_network.hpp"

#include "core/error.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

Wiring wiring_of(const Scenario& scenario) {
    return chain(scenario.network.layers);
}

NetworkArrays read_initial_weights(const Scenario& scenario) {
    check_keys(scenario, {"network"});
    try {
        return read_weights(scenario.network.weights, wiring_of(scenario));
    } catch (const Error& error) {
        // What is wrong with the file is wrong with the key that names it.
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) {
            if (problem.key.empty()) problem.key = "network.weights";
        }
        throw Error(error.blame(), problems);
    }
}

Network initial_network(const Scenario& scenario) {
    check_keys(scenario, {"network"});
    const auto& network = scenario.network;
    if (network.weights.empty()) return random_network(wiring_of(scenario), network.init_scale, network.seed);
    return to_network(wiring_of(scenario), read_initial_weights(scenario));
}

}  // namespace settle

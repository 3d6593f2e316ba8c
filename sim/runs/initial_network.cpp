#include "sim/runs/initial_network.hpp"

#include "core/error.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

NetworkArrays read_initial_weights(const Scenario& scenario) {
    check_keys(scenario, {"network"});
    try {
        return read_weights(scenario.network.weights, scenario.network.layers);
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
    if (network.weights.empty()) return random_network(network.layers, network.init_scale, network.seed);
    return to_network(network.layers, read_initial_weights(scenario));
}

}  // namespace settle

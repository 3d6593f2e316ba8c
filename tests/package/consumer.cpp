// Uses each of the installed libraries.
#include <cstdio>

#include "core/fingerprint.hpp"
#include "models/network.hpp"
#include "sim/scenario/load.hpp"

int main() {
    const auto loaded = settle::load_scenario(settle::find_scenario("digits"), {});
    settle::WorkerPool workers(2);
    settle::Network network = settle::random_network(loaded.scenario.network.layers, 1, 1);
    settle::derive_images(network, false, 1, workers);
    std::printf("%s: %d neurons, %s\n", loaded.scenario.name.c_str(), network.neurons(), settle::to_hex(1).c_str());
    return network.neurons() == 894 ? 0 : 1;
}

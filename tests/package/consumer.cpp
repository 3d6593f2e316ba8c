// Uses each of the installed libraries, beside a header of the same name as one of theirs.
#include <cstdio>
#include <string>

#include <settle/core/fingerprint.hpp>
#include <settle/models/network/network.hpp>
#include <settle/sim/runs/session/session.hpp>
#include <settle/sim/scenario/load.hpp>

#include "core/error.hpp"

int main() {
    const auto loaded = settle::load_scenario(settle::find_scenario("digits"), {});
    settle::WorkerPool workers(2);
    settle::Network network = settle::random_network(settle::chain(loaded.scenario.network.layers), 1, 1);
    settle::derive_images(network, false, 1, workers);
    std::printf("%s: %d neurons, %s\n", loaded.scenario.name.c_str(), network.wiring.neurons(),
                settle::to_hex(1).c_str());
    settle::Scenario wrong = loaded.scenario;
    wrong.learning.batch = 0;
    const settle::Dataset data;
    try {
        settle::Session session(wrong, data, network, workers);
    } catch (const settle::Error& error) {
        std::printf("%s\n", error.what());
        const bool named = std::string(error.what()).find("learning.batch") == 0;
        return named && network.wiring.neurons() == 894 && OwnError().code == 7 ? 0 : 1;
    }
    return 1;
}

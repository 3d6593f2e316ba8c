// What converge and describe certify, against a network whose radii are known by hand.
#include "sim/runs/session/certificates.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "sim/scenario/load.hpp"

using namespace settle;

namespace {

Scenario scenario_of(const std::string& rest) {
    const std::string text =
        "[network]\nlayers = [1, 2, 2]\n[learning]\nrates = [0.1, 0.1]\n[data]\nset = \"random\"\n" + rest;
    return load_scenario({"s.toml", "s", "/", text}, {}).scenario;
}

/// A chain 1-2-2 at these states of its four neurons, its input silent.
CertificateFigures figures_of(const Scenario& scenario, const std::vector<double>& weights, double state) {
    const Wiring wiring = chain({1, 2, 2});
    ContinuousNetwork network = ideal_network(Network(wiring));
    for (std::size_t k = 0; k < network.weights.size(); ++k) {
        const Pathway& pathway = wiring.pathway(static_cast<int>(k));
        if (pathway.source == 1 && pathway.target == 2) network.weights[k] = weights;
    }
    // Two presentations: in the second all neurons are saturated.
    RateStates states(wiring.sizes(), 2);
    for (const int p : {1, 2}) {
        for (double& s : states.of(p, 0)) s = state;
    }
    WorkerPool workers(2);
    return certify(scenario, network, states, workers);
}

const std::string constant = "[neuron]\nepsilon = 0.25\n[phases]\nsettle_tolerance = 0.01\n";

}  // namespace

TEST_CASE("how old what a neuron uses can be") {
    CHECK(worst_staleness(scenario_of("")) == 0.0);
    const std::string timing = "[scenario]\nengine = \"virtual\"\n[timing]\nlatency = { low = 0.3, high = 0.6 }\n";
    CHECK_FALSE(worst_staleness(scenario_of(timing)));
    const std::string level = timing + "link = \"level\"\n";
    // Two waits of a period, the longest latency, and by how much a message overtakes: 2 + 0.6 + 0.3, less the tick
    // itself.
    CHECK(*worst_staleness(scenario_of(level)) == doctest::Approx(1.9));
    // A wait is longer by the drift and by both ends of the jitter.
    CHECK(*worst_staleness(scenario_of(level + "drift = 0.1\njitter = 0.05\n")) ==
          doctest::Approx(1.9 + 2 * (0.1 + 2 * 0.1)));
    CHECK_FALSE(worst_staleness(scenario_of(level + "loss = 0.01\n")));
}

TEST_CASE("radii, the fraction that is certified, and the bound on settling") {
    const Scenario scenario = scenario_of(constant);
    const CertificateFigures weak = figures_of(scenario, {0.4, 0.4, 0.4, -0.4}, 0.5);
    CHECK(weak.presentations == 2);
    CHECK(weak.certified_fraction() == 1);
    CHECK(weak.spectral_radius == doctest::Approx(0.4 * std::sqrt(2)));
    CHECK(weak.absolute_radius == doctest::Approx(0.8));
    // All neurons are alike: v = 1, the norm is the largest error, the radius .8, and c = 1 - .25 (1 - .8).
    REQUIRE(weak.settling_bound);
    CHECK(*weak.settling_bound == doctest::Approx(std::log(0.5 / 0.01) / std::log(1 / 0.95)));
    const CertificateFigures strong = figures_of(scenario, {0.6, 0.6, 0.6, -0.6}, 0.5);
    CHECK(strong.certified_fraction() == 0.5);
    CHECK(strong.absolute_radius == doctest::Approx(1.2));
    CHECK_FALSE(strong.settling_bound);
}

TEST_CASE("no bound is given where none is known: an annealed epsilon, events, links that lose bits") {
    const std::vector<double> weights = {0.4, 0.4, 0.4, -0.4};
    CHECK_FALSE(figures_of(scenario_of(""), weights, 0.5).settling_bound);
    CHECK(figures_of(scenario_of(constant), weights, 0.5).settling_bound);
    Scenario eventful = scenario_of(constant);
    eventful.events.emplace_back();
    CHECK_FALSE(figures_of(eventful, weights, 0.5).settling_bound);
}

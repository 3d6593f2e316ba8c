#include "sim/runs/session/stability_guide.hpp"

#include <algorithm>

#include "sim/data/dataset.hpp"
#include "sim/runs/session/certificates.hpp"
#include "sim/runs/session/convergence.hpp"
#include "sim/runs/session/initial_network.hpp"

namespace settle {

namespace {

constexpr double at_rest = 1e-9;

/// Multiplications of one tick of one presentation.
double cost_of_tick(const ContinuousNetwork& network) {
    std::size_t weights = 2;
    for (std::size_t k = 0; k < network.links.size(); ++k) {
        if (network.wiring.pathway(static_cast<int>(k)).source == network.wiring.input()) continue;
        weights += network.links[k].dense() ? network.weights[k].size() : network.links[k].target.size();
    }
    return static_cast<double>(weights);
}

/// Takes all presentations to their fixed points, unless that costs too much; returns the residual.
double settle_down(const ContinuousNetwork& network, RateStates& states, double cost, WorkerPool& workers) {
    constexpr double multiplications = 3e9;
    RelaxationSettings settings;
    settings.ticks = 500;
    double residual = 1;
    for (double spent = 0; residual > at_rest && spent < multiplications;) {
        const Relaxation relaxation = relax(network, states, {}, settings, workers);
        residual = relaxation.residual;
        spent += cost * static_cast<double>(relaxation.ticks) * states.batch;
    }
    return residual;
}

/// The first samples, and as few others as the data set can do without.
Minibatch first_samples(Scenario scenario, int count) {
    const bool converges = scenario.task == Task::converge;
    scenario.task = Task::converge;  // a stream wants as many samples as it has inputs
    const DatasetSize there = measure_dataset(scenario);
    scenario.data.validation = 0;
    scenario.data.test = 0;
    const std::int64_t looked_at = converges && scenario.data.train ? there.train : scenario.learning.batch;
    scenario.data.train = std::min<std::int64_t>({there.train, looked_at, count});
    return convergence_minibatch(scenario, load_dataset(scenario));
}

}  // namespace

StabilityGuide stability_guide(const Scenario& scenario, WorkerPool& workers) {
    const ContinuousNetwork network = ideal_network(initial_network(scenario));
    const double cost = cost_of_tick(network);
    const Minibatch minibatch = first_samples(scenario, static_cast<int>(std::clamp(4e5 / cost, 1.0, 20.0)));
    const Wiring& wiring = network.wiring;
    RateStates states(wiring.sizes(), minibatch.batch());
    const std::ptrdiff_t padded = padded_size(wiring.size(wiring.input()));
    for (int b = 0; b < minibatch.batch(); ++b) {
        const auto x = states.of(wiring.input(), b);
        std::copy_n(minibatch.x.data() + b * padded, x.size(), x.begin());
    }
    StabilityGuide guide;
    guide.residual = settle_down(network, states, cost, workers);
    guide.settled = guide.residual <= at_rest;
    guide.presentations = minibatch.batch();
    guide.neurons = static_cast<std::size_t>(wiring.states());
    guide.fewest_unsaturated = guide.neurons;
    for (int b = 0; b < minibatch.batch(); ++b) {
        const std::size_t unsaturated = UnsaturatedBlock(network, states, b).unsaturated();
        guide.fewest_unsaturated = std::min(guide.fewest_unsaturated, unsaturated);
        guide.most_unsaturated = std::max(guide.most_unsaturated, unsaturated);
    }
    guide.certificate = certify(scenario, network, states, workers);
    if (guide.settled) guide.critical_delay = critical_delay(guide.certificate.least);
    return guide;
}

}  // namespace settle

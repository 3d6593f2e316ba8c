#include "sim/runs/session/certificates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>
#include <vector>

#include "models/theory/certificate.hpp"

namespace settle {

namespace {

std::optional<double> constant_epsilon(const Scenario& scenario) {
    const auto* schedule = std::get_if<Schedule>(&scenario.neuron.epsilon);
    if (!schedule || schedule->exponent != 0) return std::nullopt;
    const double epsilon = std::max(schedule->initial, schedule->floor);
    return epsilon > 0 && epsilon <= 1 ? std::optional<double>(epsilon) : std::nullopt;
}

/// States of the unsaturated neurons, as UnsaturatedBlock counts them: how far they are from the beginning, all 0.
std::vector<double> unsaturated_states(const Wiring& wiring, const RateStates& states, int presentation) {
    std::vector<double> values;
    for (const int p : wiring.unclamped()) {
        for (const double s : states.of(p, presentation)) {
            if (s > 0 && s < 1) values.push_back(s);
        }
    }
    return values;
}

std::optional<double> bound_of(const Scenario& scenario, const UnsaturatedBlock& block,
                               const std::vector<double>& states, int neurons) {
    // Events move the fixed point, or what is known of the timing.
    if (!scenario.events.empty()) return std::nullopt;
    const std::optional<double> epsilon = constant_epsilon(scenario), staleness = worst_staleness(scenario);
    if (!epsilon || !staleness || states.empty()) return std::nullopt;
    const PerronPair norm = perron_pair(block);
    double error = 0, sum = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
        error = std::max(error, states[i] / norm.vector[i]);
        sum += norm.vector[i];
    }
    // |e_i| <= |e| v_i, so the mean over all neurons, most of them at rest at 0 or 1, is at most |e| sum / neurons.
    const double tolerance = scenario.phases.settle_tolerance * neurons / sum;
    return settling_bound(norm.radius, *epsilon, *staleness, error, tolerance);
}

}  // namespace

/// Let A be the age of what is heard at most: the longest wait between two ticks of a source, its longest latency, and
/// by how much a message can overtake another. From k (A + I) on, I being the longest wait between two ticks, all
/// states come from states after (k - 1) (A + I).
std::optional<double> worst_staleness(const Scenario& scenario) {
    if (scenario.engine == EngineKind::lockstep) return 0;
    const auto& timing = scenario.timing;
    if (scenario.engine != EngineKind::virtual_time || timing.link != Link::level || timing.loss > 0)
        return std::nullopt;
    const double period = static_cast<double>(timing.period);
    const double jitter = static_cast<double>(timing.jitter.greatest_time() - timing.jitter.least_time());
    const double interval = period * (1 + timing.drift.greatest()) + (timing.accumulate ? 1 : 2) * jitter;
    const double spread =
        static_cast<double>(timing.latency.greatest_time() - timing.latency.least_time() +
                            timing.latency_jitter.greatest_time() - timing.latency_jitter.least_time());
    const double latency =
        std::max(1.0, static_cast<double>(timing.latency.greatest_time() + timing.latency_jitter.greatest_time()));
    return (2 * interval + latency + spread) / period - 1;
}

CertificateFigures certify(const Scenario& scenario, const ContinuousNetwork& network, const RateStates& states,
                           WorkerPool& workers, const StopCheck& stop) {
    const auto count = static_cast<std::size_t>(states.batch);
    std::vector<Certificate> certificates(count);
    std::vector<std::optional<double>> bounds(count);
    const int neurons = network.wiring.states();
    workers.for_each(states.batch, [&](int b, int /*worker*/) {
        give_up_if(stop);
        const UnsaturatedBlock block(network, states, b);
        Certificate& certificate = certificates[static_cast<std::size_t>(b)];
        certificate = certificate_of(block);
        if (!certificate.certified()) return;
        bounds[static_cast<std::size_t>(b)] =
            bound_of(scenario, block, unsaturated_states(network.wiring, states, b), neurons);
    });
    CertificateFigures figures;
    figures.presentations = states.batch;
    for (std::size_t b = 0; b < count; ++b) {
        const Certificate& one = certificates[b];
        figures.certified += one.certified();
        figures.least = std::min(figures.least, one.least);
        figures.greatest = std::max(figures.greatest, one.greatest);
        figures.spectral_radius = std::max(figures.spectral_radius, one.spectral_radius());
        figures.absolute_radius = std::max(figures.absolute_radius, one.absolute_radius);
        if (bounds[b]) figures.settling_bound = std::max(figures.settling_bound.value_or(0), *bounds[b]);
    }
    if (scenario.neuron.kind == NeuronKind::binary && scenario.neuron.lambda)
        figures.noise_floor = schedule_value(*scenario.neuron.lambda, std::max(1, scenario.phases.free));
    return figures;
}

}  // namespace settle

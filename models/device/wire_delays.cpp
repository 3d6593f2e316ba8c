#include "models/device/wire_delays.hpp"

#include <algorithm>
#include <vector>

#include "models/kernels/delayed_sum.hpp"

namespace settle {

namespace {

/// Of one source, `latencies` (targets).
void keep(WireDelays& delays, std::int32_t row, std::span<const Duration> latencies) {
    for (std::size_t i = 0; i < latencies.size(); ++i) {
        const auto delay = static_cast<std::int32_t>(latencies[i]);
        delays.rows.at(row, static_cast<int>(i)) = delay;
        delays.least = std::min(delays.least, delay);
        delays.greatest = std::max(delays.greatest, delay);
    }
}

}  // namespace

bool says_once(const LinkSettings& link, Duration farthest) {
    return link.scope == Scope::synapse && link.kind == Link::pulse && link.burst <= 1 &&
           link.period < longest_delay / most_periods_behind &&
           farthest < longest_delay - most_periods_behind * link.period;
}

WireDelays wire_delays(const LinkSettings& link, std::uint64_t device_seed, const Wiring& wiring, int population,
                       std::span<const std::int32_t> targets, const Afferents& afferents) {
    WireDelays delays;
    if (afferents.dense_rows() == 0 || !says_once(link, link.latency.greatest_time())) return delays;
    const bool even = link.latency.constant();
    delays.rows = PanelMatrix<std::int32_t>(even ? 1 : afferents.dense_rows(), static_cast<int>(targets.size()));
    delays.least = longest_delay;
    const auto padded = static_cast<std::size_t>(padded_size(static_cast<int>(targets.size())));
    std::vector<Duration> latencies(padded, link.latency.least_time());
    if (even) {
        keep(delays, 0, {latencies.data(), targets.size()});
        return delays;
    }
    std::vector<std::uint32_t> neurons(padded);
    for (std::size_t i = 0; i < targets.size(); ++i)
        neurons[i] = static_cast<std::uint32_t>(wiring.first_neuron(population) + targets[i]);
    const Stream draws = synapse_latency_draws(device_seed);
    for (const int source : wiring.heard_by(population)) {
        if (!heard_densely(wiring, source, population)) continue;
        for (std::int32_t i = 0; i < wiring.size(source); ++i) {
            const auto from = static_cast<std::uint32_t>(wiring.first_neuron(source) + i);
            for (std::size_t first = 0; first < padded; first += panel_width)
                synapse_latencies(link, draws, from, neurons.data() + first, latencies.data() + first);
            keep(delays, afferents.first_row(source) + i, {latencies.data(), targets.size()});
        }
    }
    return delays;
}

}  // namespace settle

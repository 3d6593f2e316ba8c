#include "models/clock.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/philox_kernel.hpp"

namespace settle {

namespace {

/// In (-1, 1).
double draw_drift(const Spread& drift, const Stream& stream, std::uint32_t neuron) {
    if (drift.distribution == Spread::Distribution::uniform) {
        const PhiloxBlock words = stream.block(neuron);
        return drift.width * (2 * unit_double(words[0], words[1]) - 1);
    }
    for (std::uint32_t attempt = 0;; ++attempt) {
        const double value = drift.width * normal_quantile(stream.block(neuron, attempt)[0]);
        if (value > -1 && value < 1) return value;
    }
}

/// Uniform over 0 … bound - 1.
Duration draw_below(const PhiloxBlock& words, Duration bound) {
    const auto word = static_cast<std::uint64_t>(words[0]) << 32 | words[1];
    return static_cast<Duration>(static_cast<unsigned __int128>(word) * static_cast<std::uint64_t>(bound) >> 64);
}

}  // namespace

Duration drifted_period(Duration period, double drift) {
    return std::max<Duration>(2, static_cast<Duration>(static_cast<double>(period) * (1 + drift) + 0.5));
}

Clocks draw_clocks(const ClockSettings& settings, int neurons, std::uint64_t device_seed) {
    assert(settings.period >= 2 && settings.drift.width < 1);
    const Stream drifts(device_seed, Purpose::clock_drift), phases(device_seed, Purpose::clock_phase);
    Clocks clocks;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(neurons); ++i) {
        const double drift = settings.drift.width == 0 ? 0 : draw_drift(settings.drift, drifts, i);
        const Duration period = drifted_period(settings.period, drift);
        clocks.period.push_back(period);
        clocks.offset.push_back(settings.random_phase ? draw_below(phases.block(i), period) : period / 2);
    }
    return clocks;
}

TickJitter::TickJitter(const ClockSettings& settings, std::uint64_t seed, std::uint64_t presentation,
                       std::uint32_t branch)
    : stream_(seed, Purpose::tick_jitter, presentation, branch),
      draw_(settings.jitter, settings.period),
      accumulates_(settings.jitter.accumulate) {}

/// One Philox block holds the draws of four ticks.
Duration TickJitter::at(std::uint32_t neuron, std::int64_t tick) const {
    assert(tick >= 1);
    const auto group = static_cast<std::uint64_t>(tick - 1) / 4;
    const PhiloxBlock words =
        stream_.block(static_cast<std::uint32_t>(group), neuron, static_cast<std::uint32_t>(group >> 32));
    return draw_(words[static_cast<std::size_t>((tick - 1) % 4)]);
}

void TickJitter::draw(const std::uint32_t* neurons, const std::uint32_t* groups, Duration* out) const {
    draw_blocks(groups, neurons, 0, 0, stream_.key(), draw_, out);
}

}  // namespace settle

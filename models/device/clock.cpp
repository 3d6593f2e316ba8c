#include "models/device/clock.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "models/device/philox_kernel.hpp"

namespace settle {

namespace {

/// In (-1, 1).
double draw_drift(const Distribution& drift, const Stream& stream, std::uint32_t neuron) {
    for (std::uint32_t attempt = 0;; ++attempt) {
        const double value = drift.fraction(stream.block(neuron, attempt));
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
    assert(settings.period >= 2 && settings.drift.least() < 1 && settings.drift.greatest() > -1);
    const Stream drifts(device_seed, Purpose::clock_drift), phases(device_seed, Purpose::clock_phase);
    Clocks clocks;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(neurons); ++i) {
        const double drift = settings.drift.none() ? 0 : draw_drift(settings.drift, drifts, i);
        const Duration period = drifted_period(settings.period, drift);
        clocks.period.push_back(period);
        clocks.offset.push_back(settings.random_phase ? draw_below(phases.block(i), period) : period / 2);
    }
    return clocks;
}

TickJitter::TickJitter(const ClockSettings& settings, std::uint64_t seed, std::uint64_t presentation,
                       std::uint32_t branch)
    : stream_(seed, Purpose::tick_jitter, presentation, branch),
      draws_(settings.jitter),
      accumulates_(settings.accumulate) {}

/// One Philox block holds the draws of four ticks.
Duration TickJitter::at(std::uint32_t neuron, std::int64_t tick) const {
    assert(tick >= 1);
    const auto group = static_cast<std::uint64_t>(tick - 1) / 4;
    const PhiloxBlock words =
        stream_.block(static_cast<std::uint32_t>(group), neuron, static_cast<std::uint32_t>(group >> 32));
    return draws_.time(words[static_cast<std::size_t>((tick - 1) % 4)]);
}

void TickJitter::draw(const std::uint32_t* neurons, const std::uint32_t* groups, Duration* out) const {
    draws_.times({groups, neurons, 0, 0, stream_.key()}, out);
}

}  // namespace settle

#include "models/link.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace settle {

namespace {

Duration draw_latency(const Latency& latency, const PhiloxBlock& words) {
    assert(latency.low >= 1 && latency.low <= latency.high);
    const auto word = static_cast<std::uint64_t>(words[0]) << 32 | words[1];
    const auto values = static_cast<std::uint64_t>(latency.high - latency.low) + 1;
    return latency.low + static_cast<Duration>(static_cast<unsigned __int128>(word) * values >> 64);
}

/// How many of the 2^32 words mean yes. Rounded up: what can happen at all is not ruled out.
std::uint64_t yes_below(double probability) {
    assert(probability >= 0 && probability <= 1);
    return static_cast<std::uint64_t>(std::ceil(probability * 0x1p32));
}

}  // namespace

Duration axon_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                      std::uint32_t target_population) {
    const Stream stream(device_seed, Purpose::axon_latency);
    return draw_latency(settings.latency, stream.block(source, target_population));
}

Duration synapse_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                         std::uint32_t target) {
    const Stream stream(device_seed, Purpose::synapse_latency);
    return draw_latency(settings.latency, stream.block(source, target));
}

MessageNoise::MessageNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation,
                           std::uint32_t branch)
    : stream_(seed, settings.scope == Scope::axon ? Purpose::axon_message : Purpose::synapse_message, presentation,
              branch),
      jitter_(settings.latency_jitter, settings.period),
      lose_below_(yes_below(settings.loss)),
      duplicate_below_(yes_below(settings.duplication)) {}

MessageFate MessageNoise::fate(std::uint32_t source, std::uint32_t target, std::int64_t tick) const {
    assert(tick >= 1 && tick < std::int64_t{1} << 62);
    const auto low = static_cast<std::uint32_t>(tick), high = static_cast<std::uint32_t>(tick >> 32) << 1;
    MessageFate fate{0, 0, {}};
    const auto pass = [&](const PhiloxBlock& words) {
        if (words[0] < lose_below_) {
            ++fate.lost;
        } else {
            fate.extra[fate.copies++] = jitter_(words[1]);
        }
    };
    const PhiloxBlock original = stream_.block(source, target, low, high);
    pass(original);
    if (original[2] < duplicate_below_) pass(stream_.block(source, target, low, high | 1));
    return fate;
}

double bits_a_window(const ClockSettings& clock, const LinkSettings& link, Duration least_period,
                     Duration greatest_period) {
    if (link.kind == Link::level) return 1;
    const SpreadDraw tick_jitter(clock.jitter, clock.period), latency_jitter(link.latency_jitter, link.period);
    const auto j = static_cast<double>(tick_jitter.bound()), m = static_cast<double>(latency_jitter.bound());
    const auto p = static_cast<double>(least_period);
    const double reach = clock.jitter.accumulate ? j : 2 * j;  // that ticks can be apart more or less than a period
    const double pace = clock.jitter.accumulate ? p - j : p;   // of a source that is as fast as it can be
    const double x = static_cast<double>(greatest_period) + reach + 2 * m;
    const double bits = pace > 0 ? std::min(std::ceil((x + reach) / pace), x) : x;
    return link.duplication > 0 ? 2 * bits : bits;
}

double bits_a_window(const ClockSettings& clock, const LinkSettings& link) {
    // What draw_clocks can draw at most: a normal drift is cut at 1.
    double drift = clock.drift.width;
    if (clock.drift.distribution == Spread::Distribution::normal) {
        drift = std::min(drift * -normal_quantile(0), std::nextafter(1.0, 0.0));
    }
    return bits_a_window(clock, link, drifted_period(clock.period, -drift), drifted_period(clock.period, drift));
}

double bits_a_window(const ClockSettings& clock, const LinkSettings& link, const Clocks& clocks) {
    return bits_a_window(clock, link, clocks.least_period(), clocks.greatest_period());
}

}  // namespace settle

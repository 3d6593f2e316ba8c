#include "models/device/crowding.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace settle {

namespace {

/// What happens with a chance below exp(-unlikely^2 / 2) does not happen.
constexpr double unlikely = 10;

struct TickSpread {
    double early, late;      ///< E and L
    double range;            ///< R
    double mean, deviation;  ///< m and sigma of one draw
    bool accumulates;
};

/// What messages may take.
struct Delays {
    double reach;    ///< M
    double jitter;   ///< the same of the latency jitter alone
    double density;  ///< of that, the greatest
    double kinds;    ///< n, of latencies
};

TickSpread spread_of(const DeviceSettings& device, std::span<const Conditions> others) {
    const Conditions own = conditions_of(device);
    auto least = static_cast<double>(own.jitter.least_time()),
         greatest = static_cast<double>(own.jitter.greatest_time());
    double mean = own.jitter.mean(), deviation = own.jitter.deviation();
    for (const Conditions& other : others) {
        least = std::min(least, static_cast<double>(other.jitter.least_time()));
        greatest = std::max(greatest, static_cast<double>(other.jitter.greatest_time()));
        mean = std::min(mean, other.jitter.mean());
        deviation = std::max(deviation, other.jitter.deviation());
    }
    // No tick is before time 0, however early it is due.
    const double late = std::max(greatest, 0.0);
    return {std::max(-least, 0.0), late, late - least, mean, deviation, device.clock.accumulate};
}

Delays delays_of(const DeviceSettings& device, std::span<const Conditions> others) {
    const Conditions own = conditions_of(device);
    // A latency stays what it is: only the jitter of a message moves it, as long as nothing else does.
    const bool stays = std::all_of(others.begin(), others.end(),
                                   [&](const Conditions& other) { return other.latency == own.latency; });
    const auto least = [&](const Conditions& one) {
        return one.latency_jitter.least_time() + (stays ? 0 : one.latency.least_time());
    };
    const auto greatest = [&](const Conditions& one) {
        return one.latency_jitter.greatest_time() + (stays ? 0 : one.latency.greatest_time());
    };
    Duration low = least(own), high = greatest(own);
    Duration early = own.latency_jitter.least_time(), late = own.latency_jitter.greatest_time();
    double density = own.latency_jitter.density();
    std::vector<Distribution> latencies = {own.latency};
    for (const Conditions& other : others) {
        low = std::min(low, least(other));
        high = std::max(high, greatest(other));
        early = std::min(early, other.latency_jitter.least_time());
        late = std::max(late, other.latency_jitter.greatest_time());
        density = std::max(density, other.latency_jitter.density());
        if (std::find(latencies.begin(), latencies.end(), other.latency) == latencies.end())
            latencies.push_back(other.latency);
    }
    return {static_cast<double>(high - low), static_cast<double>(late - early), density,
            static_cast<double>(latencies.size())};
}

/// Ticks of a source of period p within x.
double ticks_within(double x, double p, const TickSpread& jitter) {
    if (!jitter.accumulates) return std::ceil((x + jitter.range) / p);
    // n step - c sqrt(n) = x, solved for sqrt(n). Clocks that stand still on average tick at every unit of time.
    const double c = unlikely * jitter.deviation, step = p - 1 + jitter.mean;
    const double root = (c + std::sqrt(c * c + 4 * step * x)) / (2 * step);
    const double likely = step > 0 ? std::floor(root * root) + 1 : x, early = jitter.early;
    return early < p ? std::min(likely, std::ceil((x + early) / (p - early))) : std::min(likely, x);
}

/// Of n bits that each land in a window with a chance of q, so many do.
double most_hits(double n, double q) {
    for (double k = 1; k < n; ++k) {
        if (k > n * q && k * (1 + std::log(n * q / k)) < -unlikely * unlikely / 2) return k;
    }
    return n;
}

}  // namespace

double bits_a_window(const DeviceSettings& device, std::span<const Conditions> others, const Crowd& crowd) {
    if (device.link.sums_are_wide()) return 0;
    const auto any = [&](const auto& holds) {
        return holds(conditions_of(device)) || std::any_of(others.begin(), others.end(), holds);
    };
    if (device.link.kind == Link::level || !any([](const Conditions& one) { return one.loss < 1; })) return 1;
    const TickSpread jitter = spread_of(device, others);
    const Delays delays = delays_of(device, others);
    const auto p = static_cast<double>(crowd.least_period);
    const double w = static_cast<double>(crowd.greatest_period) + (jitter.accumulates ? jitter.late : jitter.range);
    double sent = ticks_within(w + delays.reach, p, jitter);
    if (!crowd.latency_ramps) sent = std::min(sent, delays.kinds * ticks_within(w + delays.jitter, p, jitter));
    if (crowd.presentation > 0)
        sent = std::min(sent, ticks_within(static_cast<double>(crowd.presentation) + w, p, jitter));
    double bits = sent;
    if (delays.reach > 0) {
        const double chance = std::min(1.0, (w + 1) * delays.density);
        bits = std::min(bits, ticks_within(w, p, jitter) + most_hits(sent, chance));
    }
    return any([](const Conditions& one) { return one.duplication > 0; }) ? 2 * bits : bits;
}

double bits_a_window(const ClockSettings& clock, const LinkSettings& link, const Crowd& crowd) {
    return bits_a_window(DeviceSettings{clock, link, {}, 1}, {}, crowd);
}

}  // namespace settle

#include "models/device/crowding.hpp"

#include <algorithm>
#include <cmath>

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

TickSpread spread_of(const ClockSettings& clock) {
    const Distribution& jitter = clock.jitter;
    const auto least = static_cast<double>(jitter.least_time()), greatest = static_cast<double>(jitter.greatest_time());
    // No tick is before time 0, however early it is due.
    const double late = std::max(greatest, 0.0);
    return {std::max(-least, 0.0), late, late - least, jitter.mean(), jitter.deviation(), clock.accumulate};
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

double bits_a_window(const ClockSettings& clock, const LinkSettings& link, const Crowd& crowd) {
    if (link.kind == Link::level || link.loss >= 1) return 1;
    const TickSpread jitter = spread_of(clock);
    const Distribution& latency = link.latency_jitter;
    const auto reach = static_cast<double>(latency.greatest_time() - latency.least_time());  // M
    const auto p = static_cast<double>(crowd.least_period);
    const double w = static_cast<double>(crowd.greatest_period) + (jitter.accumulates ? jitter.late : jitter.range);
    double sent = ticks_within(w + reach, p, jitter);
    if (crowd.presentation > 0)
        sent = std::min(sent, ticks_within(static_cast<double>(crowd.presentation) + w, p, jitter));
    double bits = sent;
    if (reach > 0) {
        const double chance = std::min(1.0, (w + 1) * latency.density());
        bits = std::min(bits, ticks_within(w, p, jitter) + most_hits(sent, chance));
    }
    return link.duplication > 0 ? 2 * bits : bits;
}

}  // namespace settle

#include "models/crowding.hpp"

#include <algorithm>
#include <cmath>

namespace settle {

namespace {

/// What happens with a chance below exp(-unlikely^2 / 2) does not happen.
constexpr double unlikely = 10;

struct TickSpread {
    double bound;      ///< J
    double deviation;  ///< sigma of one draw
    bool accumulates;
};

TickSpread spread_of(const ClockSettings& clock) {
    const SpreadDraw draw(clock.jitter, clock.period);
    const auto width = static_cast<double>(draw.whole_width);
    const bool normal = clock.jitter.distribution == Spread::Distribution::normal;
    return {static_cast<double>(draw.bound()), normal ? width : width / std::sqrt(3.0), clock.jitter.accumulate};
}

/// Ticks of a source of period p within x.
double ticks_within(double x, double p, const TickSpread& jitter) {
    const double j = jitter.bound;
    if (!jitter.accumulates) return std::ceil((x + 2 * j) / p);
    // n (p - 1) - c sqrt(n) = x, solved for sqrt(n).
    const double c = unlikely * jitter.deviation;
    const double root = (c + std::sqrt(c * c + 4 * (p - 1) * x)) / (2 * (p - 1));
    const double likely = std::floor(root * root) + 1;
    return j < p ? std::min(likely, std::ceil((x + j) / (p - j))) : std::min(likely, x);
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
    const SpreadDraw latency(link.latency_jitter, link.period);
    const auto p = static_cast<double>(crowd.least_period);
    const double w = static_cast<double>(crowd.greatest_period) + (jitter.accumulates ? 1 : 2) * jitter.bound;
    double sent = ticks_within(w + 2 * static_cast<double>(latency.bound()), p, jitter);
    if (crowd.presentation > 0)
        sent = std::min(sent, ticks_within(static_cast<double>(crowd.presentation) + w, p, jitter));
    double bits = sent;
    if (!latency.none()) {
        const auto width = static_cast<double>(latency.whole_width);
        const bool normal = latency.distribution == Spread::Distribution::normal;
        const double density = normal ? 1 / (width * std::sqrt(2 * 3.14159265358979)) : 1 / (2 * width);
        bits = std::min(bits, ticks_within(w, p, jitter) + most_hits(sent, std::min(1.0, (w + 1) * density)));
    }
    return link.duplication > 0 ? 2 * bits : bits;
}

}  // namespace settle

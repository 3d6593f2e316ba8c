// Statistical tests of draws with fixed seeds: Kolmogorov and Smirnov, chi-square, correlation.
#pragma once

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace settle {

/// A draw this improbable or more so is no accident: seeds are fixed, so a test that passes goes on to pass.
constexpr double improbable = 1e-3;

/// How probable it is that values of the distribution function `cdf` lie at least as far from it as these.
template <class Cdf>
double kolmogorov_smirnov(std::vector<double> values, const Cdf& cdf) {
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    double distance = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = cdf(values[i]), below = static_cast<double>(i) / n;
        distance = std::max({distance, expected - below, below + 1 / n - expected});
    }
    const double lambda = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
    double tail = 0;
    for (int k = 1; k <= 100; ++k) tail += (k % 2 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
    return lambda < 0.2 ? 1 : std::min(1.0, tail);
}

/// The same for counts in cells of the given probabilities.
inline double chi_square(const std::vector<std::int64_t>& counts, const std::vector<double>& probabilities) {
    double total = 0, statistic = 0;
    for (const std::int64_t count : counts) total += static_cast<double>(count);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const double expected = total * probabilities[i], off = static_cast<double>(counts[i]) - expected;
        statistic += off * off / expected;
    }
    const boost::math::chi_squared distribution(static_cast<double>(counts.size()) - 1);
    return boost::math::cdf(boost::math::complement(distribution, statistic));
}

/// The same for `hits` of `trials` that succeed with `probability`.
inline double binomial(std::int64_t hits, std::int64_t trials, double probability) {
    return chi_square({hits, trials - hits}, {probability, 1 - probability});
}

/// How probable a correlation of two independent samples at least as strong as this is.
inline double independence(const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        mean_a += a[i] / n;
        mean_b += b[i] / n;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    const double z = std::abs(ab) / std::sqrt(aa * bb) * std::sqrt(n);
    return 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z));
}

/// Independence of each value and the one `lag` after it.
inline double independence(const std::vector<double>& values, std::ptrdiff_t lag) {
    return independence({values.begin(), values.end() - lag}, {values.begin() + lag, values.end()});
}

/// The distribution function of integers that are uniform over low … high; a fine lattice counts as continuous.
inline auto uniform_cdf(double low, double high) {
    return [=](double x) { return std::clamp((x - low + 0.5) / (high - low + 1), 0.0, 1.0); };
}

inline auto normal_cdf(double deviation) {
    return [=](double x) { return boost::math::cdf(boost::math::normal(0, deviation), x); };
}

}  // namespace settle

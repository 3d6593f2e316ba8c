#include "sim/runs/studies/estimate.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace settle {

namespace {

using boost::math::students_t;

students_t distribution_of(std::size_t count) {
    return students_t(static_cast<double>(count) - 1);
}

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// s / √n, of two values at least.
double standard_error(std::span<const double> values, double mean) {
    // Rounding of the mean is no spread.
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    if (*low == *high) return 0;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const auto n = static_cast<double>(values.size());
    return std::sqrt(squares / (n - 1) / n);
}

}  // namespace

double Estimator::t_of(std::size_t count) {
    double& t = t_[count];
    if (t == 0) t = quantile(distribution_of(count), 0.975);
    return t;
}

Estimate Estimator::of(std::span<const double> values) {
    assert(!values.empty());
    Estimate result;
    result.runs = static_cast<int>(values.size());
    result.mean = mean_of(values);
    if (values.size() < 2) return result;
    const double half = t_of(values.size()) * standard_error(values, result.mean);
    result.interval = {result.mean - half, result.mean + half};
    return result;
}

Difference Estimator::of_difference(std::span<const double> values, std::span<const double> others) {
    assert(values.size() == others.size());
    std::vector<double> differences(values.size());
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        differences[i] = values[i] - others[i];
        largest = std::max({largest, std::abs(values[i]), std::abs(others[i])});
    }
    const Estimate estimate = of(differences);
    Difference result{estimate.runs, estimate.mean, estimate.interval, std::nullopt};
    if (differences.size() < 2) return result;
    const auto [low, high] = std::minmax_element(differences.begin(), differences.end());
    if (*high - *low <= 4 * std::numeric_limits<double>::epsilon() * largest) return result;
    const double t = estimate.mean / standard_error(differences, estimate.mean);
    result.p = 2 * cdf(complement(distribution_of(differences.size()), std::abs(t)));
    return result;
}

}  // namespace settle

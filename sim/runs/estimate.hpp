// An estimate: the mean of a metric over repeats, and how sure it is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace settle {

struct Estimate {
    int runs = 0;
    double mean = 0;
    std::optional<std::pair<double, double>> interval;  ///< 95 %; absent with fewer than two runs
};

/// Means with the percentile bootstrap interval (Efron): the values, one of each network, are drawn with replacement
/// `resamples` times, and the interval reaches from the 2.5th to the 97.5th percentile of the means of the draws. The
/// draws depend on nothing but the number of values, so that the intervals of all metrics and points come from the same
/// resamples of networks.
class Estimator {
public:
    static constexpr std::size_t resamples = 10'000;

    /// Of at least one value.
    Estimate of(std::span<const double> values);

private:
    const std::vector<std::uint32_t>& draws(std::size_t count);

    std::map<std::size_t, std::vector<std::uint32_t>> draws_;  ///< by the number of values: (resamples x values)
};

}  // namespace settle

#include "sim/runs/estimate.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "core/draw.hpp"

namespace settle {

const std::vector<std::uint32_t>& Estimator::draws(std::size_t count) {
    std::vector<std::uint32_t>& drawn = draws_[count];
    if (!drawn.empty()) return drawn;
    const Stream stream(0, Purpose::bootstrap, count);
    drawn.resize(resamples * count);
    for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = static_cast<std::uint32_t>(stream.below(i, count));
    return drawn;
}

Estimate Estimator::of(std::span<const double> values) {
    assert(!values.empty());
    const std::size_t n = values.size();
    const auto count = static_cast<double>(n);
    Estimate result;
    result.runs = static_cast<int>(n);
    result.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    if (n < 2) return result;
    const std::vector<std::uint32_t>& drawn = draws(n);
    std::vector<double> means(resamples);
    for (std::size_t b = 0; b < resamples; ++b) {
        double sum = 0;
        for (std::size_t i = 0; i < n; ++i) sum += values[drawn[b * n + i]];
        means[b] = sum / count;
    }
    constexpr std::size_t tail = resamples / 40;
    std::nth_element(means.begin(), means.begin() + tail, means.end());
    const double low = means[tail];
    std::nth_element(means.begin(), means.end() - 1 - tail, means.end());
    result.interval = {low, means[resamples - 1 - tail]};
    return result;
}

}  // namespace settle

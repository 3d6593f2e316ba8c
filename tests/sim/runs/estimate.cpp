// Means over networks and their bootstrap intervals, against what is known.
#include "sim/runs/estimate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/draw.hpp"

using namespace settle;

namespace {

std::vector<double> uniform_sample(std::uint64_t seed, std::size_t count) {
    const Stream stream(seed, Purpose::random_inputs);
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = stream.uniform(i);
    return values;
}

}  // namespace

TEST_CASE("one network has a mean and no interval") {
    Estimator estimator;
    const Estimate one = estimator.of(std::vector<double>{3.5});
    CHECK(one.runs == 1);
    CHECK(one.mean == 3.5);
    CHECK(!one.interval);
}

TEST_CASE("few networks: the bootstrap distribution is known exactly") {
    Estimator estimator;
    // Two: both extremes have a probability of 1/4, far above 2.5 %. Three: 1/27, still above.
    const Estimate two = estimator.of(std::vector<double>{1, 2});
    CHECK(two.mean == 1.5);
    CHECK(*two.interval == std::pair<double, double>{1, 2});
    const Estimate three = estimator.of(std::vector<double>{0, 3, 9});
    CHECK(*three.interval == std::pair<double, double>{0, 9});
    // Four values 0 0 0 1: the mean is binomial(4, 1/4) / 4. P(0) = .316; P(>= 3) = .051, P(4) = .004, so that the
    // 97.5th percentile is 3/4.
    CHECK(*estimator.of(std::vector<double>{0, 0, 0, 1}).interval == std::pair<double, double>{0, 0.75});
    CHECK(*estimator.of(std::vector<double>{7, 7, 7, 7, 7}).interval == std::pair<double, double>{7, 7});
}

TEST_CASE("many networks: the interval is that of the normal distribution and covers as often as it says") {
    Estimator estimator;
    const std::vector<double> sample = uniform_sample(1, 200);
    const Estimate many = estimator.of(sample);
    double square = 0;
    for (const double value : sample) square += (value - many.mean) * (value - many.mean);
    const double error = std::sqrt(square / 200) / std::sqrt(200.0);
    CHECK(many.interval->first == doctest::Approx(many.mean - 1.96 * error).epsilon(0.01));
    CHECK(many.interval->second == doctest::Approx(many.mean + 1.96 * error).epsilon(0.01));
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const Estimate one = estimator.of(uniform_sample(100 + seed, 30));
        covered += one.interval->first <= 0.5 && 0.5 <= one.interval->second ? 1 : 0;
    }
    // 95 % less a little, as known of 30 values; three standard errors of 400 trials are 3.3 %.
    CHECK(covered > 400 * 0.905);
    CHECK(covered < 400 * 0.983);
}

TEST_CASE("an interval is the same every time and moves and scales with what it is of") {
    Estimator estimator, other;
    const std::vector<double> sample = uniform_sample(3, 7);
    std::vector<double> moved;
    for (const double value : sample) moved.push_back(4 + 2 * value);
    const auto one = *estimator.of(sample).interval, again = *other.of(sample).interval;
    CHECK(one == again);
    // The same resamples of networks for all metrics.
    const auto two = *estimator.of(moved).interval;
    CHECK(two.first == doctest::Approx(4 + 2 * one.first).epsilon(1e-12));
    CHECK(two.second == doctest::Approx(4 + 2 * one.second).epsilon(1e-12));
}

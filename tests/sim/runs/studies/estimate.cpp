// Means over networks, their Student intervals and paired differences, against what is known.
#include "sim/runs/studies/estimate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/draw.hpp"

using namespace settle;

namespace {

/// Normal values of mean 0 and width 1 (Box and Muller).
std::vector<double> normal_sample(std::uint64_t seed, std::size_t count) {
    const Stream stream(seed, Purpose::random_inputs);
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double radius = std::sqrt(-2 * std::log(1 - stream.uniform(2 * i)));
        values[i] = radius * std::cos(2 * std::numbers::pi * stream.uniform(2 * i + 1));
    }
    return values;
}

/// Of `trials` samples of normal values around `mean`, how many have an interval that holds it.
double coverage(std::size_t count, double mean) {
    constexpr int trials = 20'000;
    Estimator estimator;
    int covered = 0;
    for (int trial = 0; trial < trials; ++trial) {
        std::vector<double> values = normal_sample(1000 * count + static_cast<std::uint64_t>(trial) * 100'003, count);
        for (double& value : values) value += mean;
        const Interval interval = *estimator.of(values).interval;
        covered += interval.first <= mean && mean <= interval.second ? 1 : 0;
    }
    return static_cast<double>(covered) / trials;
}

}  // namespace

TEST_CASE("one network has a mean and no interval") {
    Estimator estimator;
    const Estimate one = estimator.of(std::vector<double>{3.5});
    CHECK(one.runs == 1);
    CHECK(one.mean == 3.5);
    CHECK(!one.interval);
}

TEST_CASE("the interval is Student's") {
    Estimator estimator;
    // t = 12.7062 for one degree of freedom, s / sqrt 2 = 1/2.
    const Estimate two = estimator.of(std::vector<double>{1, 2});
    CHECK(two.mean == 1.5);
    CHECK(two.interval->first == doctest::Approx(1.5 - 12.706204736 / 2).epsilon(1e-9));
    CHECK(two.interval->second == doctest::Approx(1.5 + 12.706204736 / 2).epsilon(1e-9));
    // t = 2.776445, s = sqrt 2.5.
    const Estimate five = estimator.of(std::vector<double>{1, 2, 3, 4, 5});
    CHECK(five.interval->first == doctest::Approx(3 - 2.7764451052 * std::sqrt(0.5)).epsilon(1e-9));
    CHECK(five.interval->second == doctest::Approx(3 + 2.7764451052 * std::sqrt(0.5)).epsilon(1e-9));
    // It is not cut at 0, and without spread it is a point, whatever rounding makes of the mean.
    CHECK(estimator.of(std::vector<double>{0, 0, 1}).interval->first < 0);
    const Estimate same = estimator.of(std::vector<double>{0.1, 0.1, 0.1});
    CHECK(*same.interval == Interval{same.mean, same.mean});
}

TEST_CASE("a 95 % interval of few normal values holds the mean in 95 % of all cases") {
    // 20,000 samples each: a standard error of .15 %. The percentile bootstrap of five comes to 84 %.
    for (const std::size_t count : {2, 3, 5, 10}) {
        CAPTURE(count);
        const double found = coverage(count, 0.25);
        CHECK(found > 0.93);
        CHECK(found < 0.97);
    }
}

TEST_CASE("paired differences are those of Student's own example") {
    // Hours of sleep gained by ten patients with one and the other drug (Student 1908); R's t.test(paired = TRUE).
    const std::vector<double> one = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    const std::vector<double> other = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    Estimator estimator;
    const Difference found = estimator.of_difference(one, other);
    CHECK(found.pairs == 10);
    CHECK(found.mean == doctest::Approx(-1.58));
    CHECK(found.interval->first == doctest::Approx(-2.4598858).epsilon(1e-7));
    CHECK(found.interval->second == doctest::Approx(-0.7001142).epsilon(1e-7));
    CHECK(*found.p == doctest::Approx(0.00283289).epsilon(1e-5));
    CHECK(*estimator.of_difference(other, one).p == doctest::Approx(*found.p));
}

TEST_CASE("where all differences are equal there is no p, since nothing says how much they could have differed") {
    Estimator estimator;
    for (const double shift : {0.0, 1.0, 0.1}) {
        const std::vector<double> one = {0.3, 0.7, 0.12345};
        std::vector<double> other = one;
        for (double& value : other) value += shift;  // .1 is no binary fraction: differences differ by rounding
        const Difference found = estimator.of_difference(other, one);
        CHECK(found.mean == doctest::Approx(shift));
        CHECK(!found.p);
        CHECK(found.interval->second - found.interval->first < 1e-12);
    }
    CHECK(!estimator.of_difference(std::vector<double>{1}, std::vector<double>{2}).p);
    CHECK(!estimator.of_difference(std::vector<double>{1}, std::vector<double>{2}).interval);
}

TEST_CASE("without a difference p is below .05 in 5 % of all cases") {
    Estimator estimator;
    int small = 0;
    for (std::uint64_t trial = 0; trial < 10'000; ++trial) {
        const auto one = normal_sample(7'000'000 + 2 * trial, 5), other = normal_sample(7'000'001 + 2 * trial, 5);
        small += *estimator.of_difference(one, other).p < 0.05 ? 1 : 0;
    }
    CHECK(small > 420);
    CHECK(small < 580);
}

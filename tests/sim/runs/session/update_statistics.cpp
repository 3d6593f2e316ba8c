#include "sim/runs/session/update_statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace settle;

namespace {

NetworkArrays update(std::vector<float> first, std::vector<float> second) {
    return {{std::move(first), std::move(second)}, {}};
}

}  // namespace

TEST_CASE("bias and variance of updates, by hand") {
    UpdateStatistics statistics;
    const NetworkArrays ideal = update({3, 0}, {4});
    CHECK_FALSE(statistics.against(ideal));
    statistics.add(update({3, 1}, {4}));
    CHECK_FALSE(statistics.against(ideal));
    statistics.add(update({3, -1}, {6}));
    // Mean (3, 0; 5); each of the two is off by (0, 1; 1), so the variance is 2 (1 + 1) / (2 - 1) = 4, and |dW*|^2
    // = 25.
    const auto figures = statistics.against(ideal);
    REQUIRE(figures);
    CHECK(figures->variance == doctest::Approx(4.0 / 25));
    CHECK(figures->bias == doctest::Approx((1.0 - 4.0 / 2) / 25));
    CHECK(figures->cosine == doctest::Approx(29 / (5 * std::sqrt(34.0))));
}

TEST_CASE("equal updates have bias alone, and none of their own kind has none") {
    UpdateStatistics statistics;
    for (int i = 0; i < 3; ++i) statistics.add(update({0.1f, 0.7f}, {0.3f}));
    const auto same = statistics.against(update({0.1f, 0.7f}, {0.3f}));
    REQUIRE(same);
    CHECK(same->variance == 0);
    CHECK(same->bias == 0);
    CHECK(same->cosine == doctest::Approx(1));
    const auto twice = statistics.against(update({0.05f, 0.35f}, {0.15f}));
    REQUIRE(twice);
    CHECK(twice->variance == 0);
    CHECK(twice->bias == doctest::Approx(1));
    CHECK_FALSE(statistics.against(update({0, 0}, {0})));
}

TEST_CASE("the estimate of the bias is that of the mean of very many updates") {
    // Updates that are dW* + (1, 0; 0), and in turn +2 or -2 in the last weight: bias 1, variance 4.
    double bias = 0, variance = 0;
    for (const int signs : {0, 1, 2, 3}) {
        UpdateStatistics statistics;
        for (const int bit : {1, 2}) statistics.add(update({2, 0}, {(signs & bit) != 0 ? 2.0f : -2.0f}));
        const auto figures = statistics.against(update({1, 0}, {0}));
        REQUIRE(figures);
        bias += figures->bias / 4;
        variance += figures->variance / 4;
    }
    CHECK(bias == doctest::Approx(1));
    CHECK(variance == doctest::Approx(4));
}

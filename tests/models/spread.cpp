#include "models/spread.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/draw.hpp"
#include "tests/models/statistics.hpp"

using namespace settle;

TEST_CASE("the statistical tests of these tests reject what is slightly wrong, and only that") {
    const Stream stream(1, Purpose::random_inputs);
    std::vector<double> right, wider, neighbours;
    double before = 0;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        const double u = stream.uniform(i);
        right.push_back(1000 * u);
        wider.push_back(1030 * u);
        neighbours.push_back(u + 0.05 * before);
        before = u;
    }
    CHECK(kolmogorov_smirnov(right, uniform_cdf(0, 1000)) > improbable);
    CHECK(kolmogorov_smirnov(wider, uniform_cdf(0, 1000)) < improbable);
    CHECK(independence(right, 1) > improbable);
    CHECK(independence(neighbours, 1) < improbable);
    CHECK(binomial(1000, 20'000, 0.05) > improbable);
    CHECK(binomial(1120, 20'000, 0.05) < improbable);
}

TEST_CASE("normal quantiles agree with Boost.Math to 2e-15, are odd, monotone and end at 6.338") {
    const boost::math::normal normal;
    double worst = 0;
    const auto compare = [&](std::uint32_t word) {
        // Below the median, where 1 - u loses nothing.
        const double expected = boost::math::quantile(normal, (word + 0.5) * 0x1p-32);
        worst = std::max(worst, std::abs(normal_quantile(word) - expected) / std::abs(expected));
        CHECK(normal_quantile(~word) == -normal_quantile(word));
    };
    for (std::uint32_t word = 0; word < 2000; ++word) compare(word);
    for (std::uint64_t word = 2000; word < 0x7fff0000; word += 99'991) compare(static_cast<std::uint32_t>(word));
    // Both sides of the seam between the two forms, at u = 0.075.
    for (std::uint32_t word = 322'122'547 - 100; word < 322'122'547 + 100; ++word) compare(word);
    CHECK(worst < 2e-15);
    CHECK(worst > 0);
    for (std::uint64_t word = 0; word + 60'013 < std::uint64_t{1} << 32; word += 60'013) {
        CHECK(normal_quantile(static_cast<std::uint32_t>(word)) <
              normal_quantile(static_cast<std::uint32_t>(word + 60'013)));
    }
    CHECK(normal_quantile(0) == doctest::Approx(-6.33796).epsilon(1e-6));
}

TEST_CASE("uniform draws are the exact map of the words onto [-w, +w]") {
    const SpreadDraw draw(Spread{Spread::Distribution::uniform, 0.1}, 1'000'000);
    CHECK(draw.width_ns == 100'000);
    CHECK(draw(0) == -100'000);
    CHECK(draw(0xffffffff) == 100'000);
    CHECK(draw(0x80000000) == 0);
    CHECK(draw.bound() == 100'000);
    // Three values, a third of the words each.
    const SpreadDraw narrow(Spread{Spread::Distribution::uniform, 1}, 1);
    CHECK(narrow(0x55555555) == -1);
    CHECK(narrow(0x55555556) == 0);
    CHECK(narrow(0xaaaaaaaa) == 0);
    CHECK(narrow(0xaaaaaaab) == 1);
    const SpreadDraw wide(Spread{Spread::Distribution::uniform, 1e6}, 1'000'000'000'000);
    CHECK(wide(0) == -1'000'000'000'000'000'000);
    CHECK(wide(0xffffffff) <= 1'000'000'000'000'000'000);
    CHECK(wide(0xffffffff) > 999'999'999'000'000'000);
}

TEST_CASE("normal draws have the width as standard deviation, and a bound") {
    const SpreadDraw draw(Spread{Spread::Distribution::normal, 0.1}, 1'000'000);
    CHECK(draw(0x80000000) == 0);
    CHECK(draw(0) == -draw(0xffffffff));
    CHECK(draw.bound() == draw(0xffffffff));
    CHECK(draw.bound() == 633'796);
    // P(z < 1) = 0.841344746…
    CHECK(draw(static_cast<std::uint32_t>(0.841344746068543 * 0x1p32)) == 100'000);
}

TEST_CASE("width 0 draws exactly nothing") {
    for (const auto distribution : {Spread::Distribution::uniform, Spread::Distribution::normal}) {
        const SpreadDraw draw(Spread{distribution, 0}, 1'000'000);
        CHECK(draw.none());
        CHECK(draw.bound() == 0);
        for (std::uint32_t i = 0; i < 100; ++i) CHECK(draw(i * 42'949'672u) == 0);
    }
}

#include "models/device/distribution.hpp"

#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE("uniform draws are the exact map of the words onto the whole times of a range") {
    const Distribution draw = Uniform{-100'000, 100'000};
    CHECK(draw.time(0) == -100'000);
    CHECK(draw.time(0xffffffff) == 100'000);
    CHECK(draw.time(0x80000000) == 0);
    CHECK(draw.least_time() == -100'000);
    CHECK(draw.greatest_time() == 100'000);
    // Three values, a third of the words each.
    const Distribution narrow = Uniform{-1, 1};
    CHECK(narrow.time(0x55555555) == -1);
    CHECK(narrow.time(0x55555556) == 0);
    CHECK(narrow.time(0xaaaaaaaa) == 0);
    CHECK(narrow.time(0xaaaaaaab) == 1);
    const Distribution wide = Uniform{-1e18, 1e18};
    CHECK(wide.time(0) == -1'000'000'000'000'000'000);
    CHECK(wide.time(0xffffffff) <= 1'000'000'000'000'000'000);
    CHECK(wide.time(0xffffffff) > 999'999'999'000'000'000);
    // Not around 0, from short and from long words.
    const Distribution late = Uniform{5, 7};
    CHECK(late.time(0) == 5);
    CHECK(late.time(0xffffffff) == 7);
    CHECK(late.long_time(0) == 5);
    CHECK(late.long_time(std::uint64_t{0} - 1) == 7);
    CHECK(late.least_time() == 5);
    CHECK(late.greatest_time() == 7);
    CHECK(late.mean() == 6);
    CHECK(!late.none());
}

TEST_CASE("normal draws have the width as standard deviation, and ends") {
    const Distribution draw = Normal{0, 100'000};
    CHECK(draw.time(0x80000000) == 0);
    CHECK(draw.time(0) == -draw.time(0xffffffff));
    CHECK(draw.greatest_time() == draw.time(0xffffffff));
    CHECK(draw.greatest_time() == 633'796);
    CHECK(draw.least_time() == -633'796);
    // P(z < 1) = 0.841344746…
    CHECK(draw.time(static_cast<std::uint32_t>(0.841344746068543 * 0x1p32)) == 100'000);
    const Distribution late = Normal{1'000'000, 100'000};
    CHECK(late.least_time() == 366'204);
    CHECK(late.greatest_time() == 1'633'796);
    CHECK(late.mean() == 1'000'000);
}

TEST_CASE("width 0 draws exactly nothing, of every kind") {
    for (std::size_t kind = 0; kind < Distribution::names().size(); ++kind) {
        const Distribution draw = Distribution::around_zero(kind, 0);
        CHECK(draw.none());
        CHECK(draw.constant());
        CHECK(draw.least_time() == 0);
        CHECK(draw.greatest_time() == 0);
        for (std::uint32_t i = 0; i < 100; ++i) CHECK(draw.time(i * 42'949'672u) == 0);
    }
}

TEST_CASE("every kind: its name and width make it again, and no draw of any form leaves its ends") {
    const Stream stream(2, Purpose::tick_jitter);
    for (std::size_t kind = 0; kind < Distribution::names().size(); ++kind) {
        const Distribution time = Distribution::around_zero(kind, 1000), drift = Distribution::around_zero(kind, 0.05);
        CHECK(time.name() == Distribution::names()[kind]);
        CHECK(time.width() == 1000);
        CHECK(drift.width() == 0.05);
        CHECK(time != Distribution::around_zero(kind, 1001));
        CHECK(time.deviation() > 0);
        CHECK(time.deviation() <= std::max(-time.least(), time.greatest()));
        Duration least = 0, greatest = 0;
        double sum = 0;
        for (std::uint32_t i = 0; i < 20'000; ++i) {
            const PhiloxBlock words = stream.block(i);
            for (const Duration draw :
                 {time.time(words[0]), time.long_time(std::uint64_t{words[0]} << 32 | words[1])}) {
                CHECK(draw >= time.least_time());
                CHECK(draw <= time.greatest_time());
                least = std::min(least, draw);
                greatest = std::max(greatest, draw);
                sum += static_cast<double>(draw);
            }
            CHECK(drift.fraction(words) >= drift.least());
            CHECK(drift.fraction(words) <= drift.greatest());
        }
        CHECK(std::abs(sum / 40'000 - time.mean()) < 6 * time.deviation() / std::sqrt(20'000.0));
        // The ends are no further away than they must be.
        CHECK(least < 0.5 * time.least());
        CHECK(greatest > 0.5 * time.greatest());
    }
}

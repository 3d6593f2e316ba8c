#include "models/device/clock.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/kernels/instruction_set.hpp"
#include "models/kernels/panel_matrix.hpp"
#include "tests/models/statistics.hpp"

using namespace settle;

namespace {

constexpr Duration ms = 1'000'000;
constexpr std::size_t uniform = 0, normal = 1;  // kinds

/// `width`: in periods.
ClockSettings jittered(std::size_t kind, double width, bool accumulate = false) {
    return ClockSettings{ms, Distribution::around_zero(kind, width * ms), accumulate, {}, false};
}

std::vector<double> fractions(const std::vector<Duration>& parts, const std::vector<Duration>& wholes) {
    std::vector<double> values;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        values.push_back(static_cast<double>(parts[i]) / static_cast<double>(wholes[i]));
    }
    return values;
}

}  // namespace

TEST_CASE("without drift and phases all clocks tick at lockstep's times") {
    const Clocks clocks = draw_clocks(ClockSettings{7, {}, false, {}, false}, 50, 3);
    for (std::uint32_t i = 0; i < 50; ++i) {
        for (std::int64_t tick = 1; tick < 20; ++tick) CHECK(clocks.nominal(i, tick) == lockstep_tick_time(tick, 7));
    }
}

TEST_CASE("a drift of width 0 changes no period, and drift is no matter for how phases fall") {
    ClockSettings settings{ms, {}, false, {}, true};
    const Clocks plain = draw_clocks(settings, 1000, 3);
    CHECK(std::count(plain.period.begin(), plain.period.end(), ms) == 1000);
    settings.drift = Normal{0, 0};
    CHECK(draw_clocks(settings, 1000, 3).offset == plain.offset);
    settings.drift = Normal{0, 0.1};
    const Clocks drifting = draw_clocks(settings, 1000, 3);
    for (std::size_t i = 0; i < 1000; ++i) {
        const double expected =
            static_cast<double>(plain.offset[i]) * static_cast<double>(drifting.period[i]) / static_cast<double>(ms);
        CHECK(std::abs(static_cast<double>(drifting.offset[i]) - expected) <= 2);  // both are whole
    }
}

TEST_CASE("phases are uniform over the period, drift over its width; neighbours are independent") {
    const Clocks clocks = draw_clocks(ClockSettings{ms, {}, false, Uniform{-0.05, 0.05}, true}, 20'000, 11);
    const std::vector<double> phases = fractions(clocks.offset, clocks.period);
    CHECK(kolmogorov_smirnov(phases, [](double x) { return x; }) > improbable);
    CHECK(*std::min_element(phases.begin(), phases.end()) >= 0);
    CHECK(*std::max_element(phases.begin(), phases.end()) < 1);
    const std::vector<double> periods(clocks.period.begin(), clocks.period.end());
    CHECK(kolmogorov_smirnov(periods, uniform_cdf(950'000, 1'050'000)) > improbable);
    CHECK(*std::min_element(clocks.period.begin(), clocks.period.end()) >= 950'000);
    CHECK(*std::max_element(clocks.period.begin(), clocks.period.end()) <= 1'050'000);
    for (const std::ptrdiff_t lag : {1, 2, 16}) {
        CHECK(independence(phases, lag) > improbable);
        CHECK(independence(periods, lag) > improbable);
    }
    CHECK(independence(phases, periods) > improbable);
}

TEST_CASE("normal drift has its width as standard deviation; beyond 1 it is drawn again") {
    const Clocks clocks = draw_clocks(ClockSettings{ms, {}, false, Normal{0, 0.02}, false}, 20'000, 12);
    std::vector<double> drifts;
    for (const Duration period : clocks.period) drifts.push_back(static_cast<double>(period - ms));
    CHECK(kolmogorov_smirnov(drifts, normal_cdf(20'000)) > improbable);
    // At width 0.9 a quarter of the draws is cut; what is left keeps its shape.
    const Clocks wild = draw_clocks(ClockSettings{ms, {}, false, Normal{0, 0.9}, true}, 20'000, 12);
    drifts.clear();
    for (const Duration period : wild.period) drifts.push_back(static_cast<double>(period - ms));
    const auto cdf = normal_cdf(900'000);
    CHECK(kolmogorov_smirnov(drifts, [&](double x) { return (cdf(x) - cdf(-1e6)) / (cdf(1e6) - cdf(-1e6)); }) >
          improbable);
    CHECK(*std::min_element(wild.period.begin(), wild.period.end()) >= 2);
    CHECK(*std::max_element(wild.period.begin(), wild.period.end()) < 2 * ms + 1);
}

TEST_CASE("a chip is a function of its seed, neuron by neuron") {
    const ClockSettings settings{ms, {}, false, Uniform{-0.05, 0.05}, true};
    const Clocks small = draw_clocks(settings, 100, 5), large = draw_clocks(settings, 1000, 5);
    CHECK(std::equal(small.period.begin(), small.period.end(), large.period.begin()));
    CHECK(std::equal(small.offset.begin(), small.offset.end(), large.offset.begin()));
    const Clocks other = draw_clocks(settings, 100, 6);
    CHECK(other.period != small.period);
    CHECK(other.offset != small.offset);
}

TEST_CASE("the shortest period is 2 units of time") {
    const Clocks clocks = draw_clocks(ClockSettings{2, {}, false, Uniform{-0.9, 0.9}, true}, 1000, 5);
    CHECK(*std::min_element(clocks.period.begin(), clocks.period.end()) == 2);
    CHECK(*std::max_element(clocks.period.begin(), clocks.period.end()) > 2);
    for (const Duration offset : clocks.offset) CHECK((offset >= 0 && offset < 4));
}

TEST_CASE("tick jitter is uniform in its width, or normal; ticks and neurons are independent") {
    for (const std::size_t distribution : {uniform, normal}) {
        CAPTURE(distribution == normal);
        const TickJitter jitter(jittered(distribution, 0.1), 21, 77, 1);
        std::vector<double> over_ticks, over_neurons;
        for (std::int64_t tick = 1; tick <= 20'000; ++tick) {
            over_ticks.push_back(static_cast<double>(jitter.at(3, tick)));
            over_neurons.push_back(static_cast<double>(jitter.at(static_cast<std::uint32_t>(tick), 6)));
        }
        for (const auto& values : {over_ticks, over_neurons}) {
            CHECK((distribution == uniform ? kolmogorov_smirnov(values, uniform_cdf(-100'000, 100'000))
                                           : kolmogorov_smirnov(values, normal_cdf(100'000))) > improbable);
            for (const double value : values) {
                CHECK(value >= static_cast<double>(jitter.least()));
                CHECK(value <= static_cast<double>(jitter.greatest()));
            }
            for (const std::ptrdiff_t lag : {1, 2, 3, 4, 16}) CHECK(independence(values, lag) > improbable);
        }
        CHECK(independence(over_ticks, over_neurons) > improbable);
    }
}

TEST_CASE("tick jitter of width 0 is none") {
    for (const std::size_t distribution : {uniform, normal}) {
        const TickJitter jitter(jittered(distribution, 0), 21, 77, 1);
        CHECK(jitter.none());
        CHECK(jitter.least() == 0);
        CHECK(jitter.greatest() == 0);
        const std::vector<std::uint32_t> neurons(panel_width, 3), groups(panel_width, 5);
        Duration out[TickJitter::group_ticks * panel_width];
        jitter.draw(neurons.data(), groups.data(), out);
        for (const Duration one : out) CHECK(one == 0);
        for (std::int64_t tick = 1; tick < 100; ++tick) CHECK(jitter.at(4, tick) == 0);
    }
}

TEST_CASE("accumulated jitter wanders: the same draws, whose sum spreads as the root of time") {
    const TickJitter plain(jittered(normal, 0.1), 21, 77, 1);
    const TickJitter wandering(jittered(normal, 0.1, true), 21, 77, 1);
    CHECK(!plain.accumulates());
    CHECK(wandering.accumulates());
    std::vector<double> sums;
    for (std::uint32_t neuron = 0; neuron < 4000; ++neuron) {
        Duration sum = 0;
        for (std::int64_t tick = 1; tick <= 25; ++tick) {
            CHECK(wandering.at(neuron, tick) == plain.at(neuron, tick));
            sum += wandering.at(neuron, tick);
        }
        sums.push_back(static_cast<double>(sum));
    }
    CHECK(kolmogorov_smirnov(sums, normal_cdf(500'000)) > improbable);
}

TEST_CASE("draws of four ticks of sixteen neurons equal single draws on every instruction set") {
    for (const std::string& name : instruction_sets()) {
        CAPTURE(name);
        use_instruction_set(name);
        for (const std::size_t distribution : {uniform, normal}) {
            const TickJitter jitter(jittered(distribution, 0.1), 9, std::uint64_t{1} << 62 | 5, 2);
            for (const std::uint32_t group : {0u, 1u, 2u, 99u, 1'000'000u, 4'000'000'000u}) {
                for (const std::uint32_t neuron : {0u, 1u, 793u, 4'000'000'000u}) {
                    std::uint32_t neurons[panel_width], groups[panel_width];
                    for (std::uint32_t lane = 0; lane < panel_width; ++lane) {
                        neurons[lane] = neuron + lane * lane;
                        groups[lane] = group + lane % 3;
                    }
                    Duration out[TickJitter::group_ticks * panel_width];
                    jitter.draw(neurons, groups, out);
                    for (std::size_t i = 0; i < std::size(out); ++i) {
                        const std::size_t lane = i % panel_width;
                        const std::int64_t tick =
                            std::int64_t{4} * groups[lane] + 1 + static_cast<int>(i / panel_width);
                        CHECK(out[i] == jitter.at(neurons[lane], tick));
                    }
                }
            }
        }
    }
    use_instruction_set("");
}

TEST_CASE("seed, presentation and branch each change the jitter; the order of the calls does not") {
    const ClockSettings settings = jittered(uniform, 0.1);
    const auto draws = [&](std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch, bool backwards) {
        const TickJitter jitter(settings, seed, presentation, branch);
        std::vector<double> values(8000);
        for (std::size_t n = 0; n < values.size(); ++n) {
            const std::size_t i = backwards ? values.size() - 1 - n : n;
            values[i] = static_cast<double>(jitter.at(static_cast<std::uint32_t>(i % 40), 1 + i / 40));
        }
        return values;
    };
    const auto base = draws(1, 2, 0, false);
    CHECK(draws(1, 2, 0, true) == base);
    CHECK(independence(draws(2, 2, 0, false), base) > improbable);
    CHECK(independence(draws(1, 3, 0, false), base) > improbable);
    CHECK(independence(draws(1, std::uint64_t{1} << 62 | 2, 0, false), base) > improbable);
    CHECK(independence(draws(1, 2, 1, false), base) > improbable);
}

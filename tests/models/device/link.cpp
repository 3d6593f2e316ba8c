#include "models/device/link.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tests/models/statistics.hpp"

using namespace settle;

namespace {

LinkSettings noisy(double loss, double duplication, Scope scope = Scope::axon) {
    LinkSettings settings;
    settings.scope = scope;
    settings.loss = loss;
    settings.duplication = duplication;
    return settings;
}

}  // namespace

TEST_CASE("latencies are uniform between low and high for every axon or synapse, and independent") {
    LinkSettings settings;
    settings.latency = Uniform{300'000, 600'000};
    std::vector<double> axons, synapses, populations;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        axons.push_back(static_cast<double>(axon_latency(settings, 8, i, 1)));
        synapses.push_back(static_cast<double>(synapse_latency(settings, 8, i / 100, 784 + i % 100)));
        populations.push_back(static_cast<double>(axon_latency(settings, 8, i, 2)));
    }
    for (const auto& values : {axons, synapses, populations}) {
        CHECK(kolmogorov_smirnov(values, uniform_cdf(300'000, 600'000)) > improbable);
        CHECK(*std::min_element(values.begin(), values.end()) >= 300'000);
        CHECK(*std::max_element(values.begin(), values.end()) <= 600'000);
        for (const std::ptrdiff_t lag : {1, 2, 100}) CHECK(independence(values, lag) > improbable);
    }
    CHECK(independence(axons, populations) > improbable);
    CHECK(independence(axons, synapses) > improbable);
    // Neither scope nor seed nor direction share a key.
    CHECK(axon_latency(settings, 8, 5, 1) != synapse_latency(settings, 8, 5, 1));
    CHECK(axon_latency(settings, 9, 5, 1) != axon_latency(settings, 8, 5, 1));
    CHECK(synapse_latency(settings, 8, 5, 6) != synapse_latency(settings, 8, 6, 5));
}

TEST_CASE("every latency from low to high occurs, both ends as often as the others") {
    LinkSettings settings;
    settings.latency = Uniform{3, 7};
    std::vector<std::int64_t> counts(5);
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        ++counts.at(static_cast<std::size_t>(synapse_latency(settings, 1, i, i + 1) - 3));
    }
    CHECK(chi_square(counts, std::vector<double>(5, 0.2)) > improbable);
    settings.latency = Uniform{42, 42};
    for (std::uint32_t i = 0; i < 100; ++i) CHECK(axon_latency(settings, 1, i, 0) == 42);
}

TEST_CASE("a link never delivers at once or in the past") {
    CHECK(arrival_time(100, 50, 7) == 157);
    CHECK(arrival_time(100, 50, -49) == 101);
    CHECK(arrival_time(100, 50, -50) == 101);
    CHECK(arrival_time(100, 50, -500) == 101);
}

TEST_CASE("latency jitter is uniform in its width, or normal, for every message on its own") {
    for (const std::size_t kind : {0u, 1u}) {
        LinkSettings settings;
        settings.latency_jitter = Distribution::around_zero(kind, 200'000);
        const MessageNoise noise(settings, 5, 6, 0);
        CHECK(!noise.none());
        std::vector<double> over_ticks, over_sources;
        for (std::int64_t i = 1; i <= 20'000; ++i) {
            const MessageFate a = noise.fate(3, 1, i), b = noise.fate(static_cast<std::uint32_t>(i), 1, 9);
            CHECK((a.copies == 1 && a.lost == 0));
            over_ticks.push_back(static_cast<double>(a.extra[0]));
            over_sources.push_back(static_cast<double>(b.extra[0]));
        }
        for (const auto& values : {over_ticks, over_sources}) {
            CHECK((kind == 0 ? kolmogorov_smirnov(values, uniform_cdf(-200'000, 200'000))
                             : kolmogorov_smirnov(values, normal_cdf(200'000))) > improbable);
            for (const double value : values) {
                CHECK(value >= static_cast<double>(noise.least()));
                CHECK(value <= static_cast<double>(noise.greatest()));
            }
            for (const std::ptrdiff_t lag : {1, 2, 4}) CHECK(independence(values, lag) > improbable);
        }
        CHECK(independence(over_ticks, over_sources) > improbable);
    }
}

TEST_CASE("the lookahead follows the least of latency and of its jitter, not their greatest") {
    LinkSettings settings;
    settings.latency = Uniform{500'000, 600'000};
    CHECK(lookahead(settings) == 500'000);
    settings.latency_jitter = Uniform{0, 200'000};
    CHECK(lookahead(settings) == 500'000);
    settings.latency_jitter = Uniform{-200'000, 0};
    CHECK(lookahead(settings) == 300'000);
    settings.latency_jitter = Uniform{50'000, 200'000};
    CHECK(lookahead(settings) == 550'000);
    settings.latency_jitter = Normal{0, 10'000};
    CHECK(lookahead(settings) == 500'000 - 63'380);
    settings.latency_jitter = Uniform{-500'000, 0};
    CHECK(lookahead(settings) == 1);
}

TEST_CASE("messages are lost and duplicated as often as asked, original and duplicate independently") {
    for (const Scope scope : {Scope::axon, Scope::synapse}) {
        const MessageNoise noise(noisy(0.1, 0.3, scope), 5, 6, 0);
        // Original arrives or not, x no duplicate, duplicate arrives, duplicate is lost, as far as fates tell.
        std::int64_t one = 0, lost = 0, two = 0, half = 0, both_lost = 0;
        std::vector<double> losses;
        constexpr std::int64_t messages = 40'000;
        for (std::int64_t i = 0; i < messages; ++i) {
            const MessageFate fate = noise.fate(static_cast<std::uint32_t>(i % 50), 7, 1 + i / 50);
            CHECK((fate.duplicated() == 0 || fate.duplicated() == 1));
            one += fate.copies == 1 && fate.lost == 0;
            lost += fate.copies == 0 && fate.lost == 1;
            two += fate.copies == 2;
            half += fate.copies == 1 && fate.lost == 1;
            both_lost += fate.lost == 2;
            losses.push_back(fate.lost);
        }
        CHECK(one + lost + two + half + both_lost == messages);
        const std::vector<double> expected = {0.7 * 0.9, 0.7 * 0.1, 0.3 * 0.81, 0.3 * 0.18, 0.3 * 0.01};
        CHECK(chi_square({one, lost, two, half, both_lost}, expected) > improbable);
        for (const std::ptrdiff_t lag : {1, 2, 50}) CHECK(independence(losses, lag) > improbable);
    }
}

TEST_CASE("duplicates have a latency jitter of their own") {
    LinkSettings settings = noisy(0, 1);
    settings.latency_jitter = Uniform{-200'000, 200'000};
    const MessageNoise noise(settings, 5, 6, 0);
    std::vector<double> first, second;
    for (std::int64_t tick = 1; tick <= 20'000; ++tick) {
        const MessageFate fate = noise.fate(1, 1, tick);
        CHECK((fate.copies == 2 && fate.lost == 0));
        first.push_back(static_cast<double>(fate.extra[0]));
        second.push_back(static_cast<double>(fate.extra[1]));
    }
    CHECK(independence(first, second) > improbable);
    CHECK(kolmogorov_smirnov(second, uniform_cdf(-200'000, 200'000)) > improbable);
}

TEST_CASE("loss and duplication of 0 and 1 are exact") {
    const MessageNoise quiet(noisy(0, 0), 5, 6, 0), dead(noisy(1, 0), 5, 6, 0), doubled(noisy(0, 1), 5, 6, 0),
        hopeless(noisy(1, 1), 5, 6, 0);
    CHECK(quiet.none());
    CHECK(!dead.none());
    CHECK(!doubled.none());
    for (std::int64_t tick = 1; tick <= 20'000; ++tick) {
        const MessageFate a = quiet.fate(1, 2, tick), b = dead.fate(1, 2, tick), c = doubled.fate(1, 2, tick),
                          d = hopeless.fate(1, 2, tick);
        CHECK((a.copies == 1 && a.lost == 0 && a.extra[0] == 0));
        CHECK((b.copies == 0 && b.lost == 1));
        CHECK((c.copies == 2 && c.lost == 0));
        CHECK((d.copies == 0 && d.lost == 2));
    }
}

TEST_CASE("a message lost at a small loss is lost at a larger one too") {
    const MessageNoise little(noisy(0.05, 0.1), 5, 6, 0), much(noisy(0.1, 0.1), 5, 6, 0);
    for (std::int64_t tick = 1; tick <= 5000; ++tick) {
        CHECK(little.fate(1, 2, tick).lost <= much.fate(1, 2, tick).lost);
    }
}

TEST_CASE("seed, presentation, branch, scope, source, target and tick each change the fates; call order does not") {
    const auto fates = [](std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch, Scope scope,
                          std::uint32_t source, std::uint32_t target, std::int64_t from, bool backwards) {
        const MessageNoise noise(noisy(0.5, 0, scope), seed, presentation, branch);
        std::vector<double> values(4000);
        for (std::size_t n = 0; n < values.size(); ++n) {
            const std::size_t i = backwards ? values.size() - 1 - n : n;
            values[i] = noise.fate(source, target, from + static_cast<std::int64_t>(i)).lost;
        }
        return values;
    };
    const auto base = fates(1, 2, 0, Scope::axon, 3, 1, 1, false);
    CHECK(fates(1, 2, 0, Scope::axon, 3, 1, 1, true) == base);
    CHECK(independence(fates(2, 2, 0, Scope::axon, 3, 1, 1, false), base) > improbable);
    CHECK(independence(fates(1, 3, 0, Scope::axon, 3, 1, 1, false), base) > improbable);
    CHECK(independence(fates(1, 2, 1, Scope::axon, 3, 1, 1, false), base) > improbable);
    CHECK(independence(fates(1, 2, 0, Scope::synapse, 3, 1, 1, false), base) > improbable);
    CHECK(independence(fates(1, 2, 0, Scope::axon, 4, 1, 1, false), base) > improbable);
    CHECK(independence(fates(1, 2, 0, Scope::axon, 3, 2, 1, false), base) > improbable);
    CHECK(independence(fates(1, 2, 0, Scope::axon, 3, 1, (std::int64_t{1} << 32) + 1, false), base) > improbable);
}

TEST_CASE("latencies and fates drawn sixteen at a time are those drawn one by one") {
    LinkSettings settings = noisy(0.2, 0.3, Scope::synapse);
    settings.latency = Uniform{300'000, 600'000};
    settings.latency_jitter = Uniform{-100'000, 100'000};
    std::uint32_t sources[16], targets[16];
    for (std::uint32_t i = 0; i < 16; ++i) {
        sources[i] = 7 * i;
        targets[i] = 1000 + 3 * i;
    }
    const Stream stream(5, Purpose::synapse_latency);
    Duration latencies[16];
    synapse_latencies(settings, stream, 77, targets, latencies);
    for (int i = 0; i < 16; ++i) CHECK(latencies[i] == synapse_latency(settings, 5, 77, targets[i]));
    int copies[3] = {};
    const MessageNoise noise(settings, 3, 11, 1);
    for (const std::int64_t tick : {std::int64_t{1}, std::int64_t{150}, std::int64_t{1} << 40}) {
        MessageFate fates[16];
        fates[3].copies = -1;
        noise.fates(sources, targets, tick, 0xffff & ~(1u << 3), fates);
        for (std::size_t i = 0; i < 16; ++i) {
            if (i == 3) {
                CHECK(fates[i].copies == -1);  // not asked for
                continue;
            }
            const MessageFate expected = noise.fate(sources[i], targets[i], tick);
            CHECK(fates[i].copies == expected.copies);
            CHECK(fates[i].lost == expected.lost);
            for (int copy = 0; copy < expected.copies; ++copy) CHECK(fates[i].extra[copy] == expected.extra[copy]);
            ++copies[expected.copies];
        }
    }
    for (const int count : copies) CHECK(count > 0);
    settings.latency = Uniform{5, 5};
    synapse_latencies(settings, stream, 77, targets, latencies);
    for (const Duration latency : latencies) CHECK(latency == 5);
}

TEST_CASE("losses in bursts: as many as without, in runs of the mean length, from the first message on") {
    for (const auto& chance : {std::pair{0.05, 5.0}, std::pair{0.3, 2.0}, std::pair{0.5, 20.0}}) {
        const double loss = chance.first, burst = chance.second;
        CAPTURE(loss);
        CAPTURE(burst);
        LinkSettings settings = noisy(loss, 0);
        settings.burst = burst;
        const MessageNoise noise(settings, 3, 7, 0);
        REQUIRE(noise.bursts());
        // One long chain: how many are lost, how many runs there are, and that a run forgets how long it is.
        LossChain chain = LossChain::none_yet;
        std::int64_t lost = 0, runs = 0, after_loss = 0, after_two = 0, two = 0;
        bool before = false, before_that = false;
        constexpr std::int64_t ticks = 400'000;
        for (std::int64_t tick = 1; tick <= ticks; ++tick) {
            const bool is_lost = noise.fate(5, 1, tick, &chain).lost == 1;
            CHECK((chain == LossChain::lost) == is_lost);
            lost += is_lost;
            runs += is_lost && !before;
            after_loss += is_lost && before;
            two += before && before_that;
            after_two += is_lost && before && before_that;
            before_that = before;
            before = is_lost;
        }
        const auto share = [](std::int64_t some, std::int64_t all) {
            return static_cast<double>(some) / static_cast<double>(all);
        };
        // Five standard errors, of which a run counts once.
        const double runs_there_are = static_cast<double>(runs);
        CHECK(std::abs(share(lost, ticks) - loss) < 5 * loss * std::sqrt(2 / runs_there_are));
        CHECK(std::abs(share(lost, runs) - burst) < 5 * burst / std::sqrt(runs_there_are));
        CHECK(std::abs(share(after_two, two) - (1 - 1 / burst)) <
              5 * std::sqrt((1 - 1 / burst) / burst / static_cast<double>(two)));
        CHECK(after_loss == lost - runs);
        // It starts stationary, and stays so: the first messages of many links, and their tenth.
        std::int64_t first = 0, tenth = 0;
        constexpr std::uint32_t links = 40'000;
        for (std::uint32_t source = 0; source < links; ++source) {
            LossChain own = LossChain::none_yet;
            for (std::int64_t tick = 1; tick <= 10; ++tick) {
                const bool is_lost = noise.fate(source, 2, tick, &own).lost == 1;
                first += tick == 1 && is_lost;
                tenth += tick == 10 && is_lost;
            }
        }
        const double error = 5 * std::sqrt(loss * (1 - loss) / links);
        CHECK(std::abs(share(first, links) - loss) < error);
        CHECK(std::abs(share(tenth, links) - loss) < error);
    }
}

TEST_CASE("a burst of 1 is no burst: the draws are those of independent losses; copies are steps of a chain") {
    LinkSettings settings = noisy(0.4, 0.5);
    const MessageNoise independent(settings, 3, 7, 1);
    settings.burst = 1;
    const MessageNoise single(settings, 3, 7, 1);
    CHECK(!single.bursts());
    settings.burst = 50;
    const MessageNoise bursts(settings, 3, 7, 1);
    LossChain chain = LossChain::none_yet, ignored = LossChain::none_yet;
    std::int64_t split = 0, pairs = 0;
    for (std::int64_t tick = 1; tick <= 5000; ++tick) {
        const MessageFate a = independent.fate(5, 1, tick), b = single.fate(5, 1, tick, &ignored);
        CHECK(a.lost == b.lost);
        CHECK(a.copies == b.copies);
        const MessageFate both = bursts.fate(5, 1, tick, &chain);
        CHECK(both.duplicated() == a.duplicated());
        pairs += both.duplicated();
        split += both.duplicated() == 1 && both.lost == 1;
    }
    CHECK(ignored == LossChain::none_yet);
    CHECK(pairs > 2000);
    // Of independent ones .48; of a chain with runs of 50 lost and 75 that pass, 1/62.5 .
    CHECK(static_cast<double>(split) < 0.05 * static_cast<double>(pairs));
    CHECK(split > 0);
}

#include "models/device/crowding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

using namespace settle;

namespace {

constexpr Duration ms = 1'000'000;
constexpr int neurons = 30, ticks = 300;

/// The most ticks of a source that arrive between two ticks of a target, of real clocks with real draws.
std::int64_t most_bits(const ClockSettings& settings, const LinkSettings& link) {
    const Clocks clocks = draw_clocks(settings, neurons, 4);
    const TickJitter jitter(settings, 1, 2, 0);
    const MessageNoise noise(link, 1, 2, 0);
    std::vector<std::vector<Time>> times;
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(neurons); ++i) {
        times.emplace_back();
        Duration wander = 0;
        for (std::int64_t tick = 1; tick <= ticks; ++tick) {
            const Duration draw = jitter.at(i, tick);
            wander = settings.accumulate ? wander + draw : draw;
            const Time before = times.back().empty() ? -1 : times.back().back();
            times.back().push_back(std::max({before + 1, Time{0}, clocks.nominal(i, tick) + wander}));
        }
    }
    std::int64_t most = 0;
    for (std::uint32_t source = 0; source < times.size(); ++source) {
        const Duration latency = axon_latency(link, 4, source, 1);
        std::vector<Time> arrivals;
        for (int tick = 0; tick < ticks; ++tick) {
            const MessageFate fate = noise.fate(source, 1, tick + 1);
            for (int copy = 0; copy < fate.copies; ++copy) {
                arrivals.push_back(
                    arrival_time(times[source][static_cast<std::size_t>(tick)], latency, fate.extra[copy]));
            }
        }
        std::sort(arrivals.begin(), arrivals.end());
        for (const auto& target : times) {
            Time before = -1;
            for (const Time now : target) {
                // A delivery at the time of a tick comes first (law 1).
                const auto in_time = std::upper_bound(arrivals.begin(), arrivals.end(), now);
                most =
                    std::max<std::int64_t>(most, in_time - std::upper_bound(arrivals.begin(), arrivals.end(), before));
                before = now;
            }
        }
    }
    return most;
}

/// Of the chip that most_bits() looks at.
Crowd crowd_of(const ClockSettings& settings, Duration presentation = 0) {
    const std::vector<Duration> periods = draw_clocks(settings, neurons, 4).period;
    return {*std::min_element(periods.begin(), periods.end()), *std::max_element(periods.begin(), periods.end()),
            presentation};
}

/// Uniform in ±width periods of 1 ms.
Distribution within(double width) {
    return Uniform{-width * ms, width * ms};
}

/// Of a chip whose clocks are as far apart as a uniform drift allows.
double bits(const ClockSettings& clock, const LinkSettings& link, Duration presentation = 0) {
    return bits_a_window(clock, link,
                         {drifted_period(clock.period, clock.drift.least()),
                          drifted_period(clock.period, clock.drift.greatest()), presentation});
}

}  // namespace

TEST_CASE("without noise one source lands one bit a window, with level links always") {
    ClockSettings clock;
    LinkSettings link;
    CHECK(bits(clock, link) == 1);
    clock.random_phase = true;
    link.latency = Uniform{1, 5 * ms};
    link.loss = 0.5;
    CHECK(bits(clock, link) == 1);
    link.duplication = 0.1;
    CHECK(bits(clock, link) == 2);
    clock.jitter = within(5);
    clock.drift = Uniform{-0.5, 0.5};
    link.kind = Link::level;
    CHECK(bits(clock, link) == 1);
}

TEST_CASE("the bound of bits a window, by hand") {
    ClockSettings clock;
    LinkSettings link;
    clock.jitter = within(0.1);
    CHECK(bits(clock, link) == 2);  // ceil((1 + 0.2 + 0.2) / 1)
    clock.jitter = within(0.3);
    CHECK(bits(clock, link) == 3);  // ceil(2.2)
    clock.accumulate = true;
    CHECK(bits(clock, link) == 3);  // ceil(1.6 / 0.7)
    clock.jitter = {};
    clock.accumulate = false;
    clock.drift = Uniform{-0.05, 0.05};
    CHECK(bits(clock, link) == 2);  // ceil(1.05 / 0.95)
    link.latency_jitter = within(0.5);
    CHECK(bits(clock, link) == 3);  // ceil(2.05 / 0.95)
    clock.drift = {};
    // 401 bits are sent within the reach of one window; of those 24 do not land in it together. One is late by 1 unit.
    link.latency_jitter = within(200);
    CHECK(bits(clock, link) == 25);
    CHECK(bits(clock, link, 3 * ms) == 4);  // no more than there are
    // Where accumulated jitter may bring ticks together, it is unlikely draws that keep them apart.
    link.latency_jitter = {};
    clock.accumulate = true;
    clock.jitter = within(1);
    CHECK(bits(clock, link) == 38);  // n - 10 sqrt(n / 3) = 2
    clock.jitter = Normal{0, 0.2 * ms};
    CHECK(bits(clock, link) == 8);  // n - 2 sqrt(n) = 1 + 6.34 x 0.2
}

TEST_CASE("the bound follows the range of a distribution, not one of its ends") {
    ClockSettings clock;
    LinkSettings link;
    for (const Uniform& jitter : {Uniform{0, 0.6 * ms}, Uniform{-0.6 * ms, 0}, Uniform{-0.3 * ms, 0.3 * ms}}) {
        CAPTURE(jitter.low);
        clock.jitter = jitter;
        CHECK(bits(clock, link) == 3);  // ceil(1 + 0.6 + 0.6)
        clock.jitter = {};
        link.latency_jitter = jitter;
        CHECK(bits(clock, link) == 2);  // ceil(1 + 0.6)
        link.latency_jitter = {};
    }
    clock.accumulate = true;
    clock.jitter = Uniform{0, 0.6 * ms};
    CHECK(bits(clock, link) == 2);  // W = 1.6, and nobody is early: ceil(1.6)
    clock.jitter = Uniform{-0.6 * ms, 0};
    CHECK(bits(clock, link) == 4);  // W = 1: ceil(1.6 / 0.4)
}

TEST_CASE("no chip lands more bits a window than the bound, and the bound is not idle") {
    const Distribution none;
    const std::vector<std::pair<ClockSettings, Distribution>> cases = {
        {{1000, Uniform{-100, 100}, false, none, true}, none},
        {{1000, Uniform{-700, 700}, false, none, true}, none},
        {{1000, Uniform{-2500, 2500}, false, none, false}, none},
        {{1000, Normal{0, 200}, false, Uniform{-0.1, 0.1}, true}, Uniform{-300, 300}},
        {{1000, none, false, Uniform{-0.3, 0.3}, true}, none},
        {{1000, none, false, Normal{0, 0.3}, true}, Normal{0, 200}},
        {{1000, Uniform{-600, 600}, true, Uniform{-0.1, 0.1}, true}, none},
        {{1000, Uniform{-1500, 1500}, true, none, true}, Uniform{-500, 500}},
        {{2, Uniform{-6, 6}, false, none, true}, none},
        {{1000, Normal{0, 200}, true, none, true}, none},
        {{1000, Normal{0, 1500}, true, none, true}, Normal{0, 2000}},
        {{1000, none, false, none, true}, Uniform{-20'000, 20'000}},
        {{1000, Uniform{-100, 100}, false, none, true}, Normal{0, 5000}},
        // One-sided: what is only late, or only early.
        {{1000, Uniform{0, 1400}, false, none, true}, none},
        {{1000, Uniform{-1400, 0}, false, none, true}, none},
        {{1000, Uniform{-3000, -500}, false, none, true}, none},
        {{1000, Uniform{0, 1500}, true, none, true}, Uniform{0, 2000}},
        {{1000, Uniform{-800, 0}, true, none, true}, Uniform{-2000, 0}},
        {{1000, Uniform{-1200, 0}, true, none, true}, none},
        {{1000, none, false, Uniform{-0.3, 0}, true}, Uniform{0, 3000}},
        {{1000, none, false, Uniform{0, 0.3}, true}, Uniform{-3000, -500}},
    };
    for (const double duplication : {0.0, 1.0}) {
        for (const auto& one : cases) {
            const ClockSettings& clock = one.first;
            CAPTURE(clock.jitter.least());
            CAPTURE(clock.jitter.greatest());
            CAPTURE(clock.drift.width());
            CAPTURE(one.second.least());
            LinkSettings link;
            link.duplication = duplication;
            link.period = clock.period;
            link.latency = Uniform{1.0 * static_cast<double>(clock.period), 3.0 * static_cast<double>(clock.period)};
            link.latency_jitter = one.second;
            const auto most = static_cast<double>(most_bits(clock, link));
            const double on_this_chip = bits_a_window(clock, link, crowd_of(clock));
            CAPTURE(on_this_chip);
            CHECK(most <= on_this_chip);
            CHECK(on_this_chip <= 20 * most);
            CHECK(most > 1);
        }
    }
}

TEST_CASE("a latency that becomes another at once crowds two bits, however far the two are apart") {
    DeviceSettings device;
    const Conditions far{{}, Uniform{100 * ms, 100 * ms}, {}, 0, 0};
    CHECK(bits_a_window(device, std::vector{far}, {ms, ms, 0, true}) == 100);
    CHECK(bits_a_window(device, std::vector{far}, {ms, ms, 0, false}) == 2);
    const Conditions other{{}, Uniform{30 * ms, 60 * ms}, {}, 0, 0};
    CHECK(bits_a_window(device, std::vector{far, other, far}, {ms, ms, 0, false}) == 3);
}

TEST_CASE("no source lands more bits in a window than the bound where conditions change meanwhile") {
    // Each source's ticks and messages are under one condition after the other, for some ticks each; latencies follow
    // their draws. What is sent slowly and what is sent fast after it arrive together.
    const auto conditions = [](double jitter, double latency, double latency_jitter, double duplication) {
        return Conditions{within(jitter), Uniform{latency * ms, 1.5 * latency * ms}, within(latency_jitter), 0,
                          duplication};
    };
    const std::vector<std::vector<Conditions>> scripts = {
        {conditions(0, 1, 0, 0), conditions(0, 4, 0, 0)},
        {conditions(0.1, 5.5, 0, 0), conditions(0.8, 0.2, 0, 0)},
        {conditions(0.2, 0.5, 0, 0), conditions(0.2, 0.5, 3, 0)},
        {conditions(0, 1, 0.3, 0), conditions(0.4, 6, 2, 0.3), conditions(2, 0.1, 0, 0)},
    };
    for (const auto& script : scripts) {
        CAPTURE(&script - scripts.data());
        DeviceSettings device;
        device.clock.random_phase = true;
        device = under(device, script[0]);
        const Clocks clocks = draw_clocks(device.clock, neurons, 4);
        std::vector<std::vector<Time>> times(neurons), arrivals(neurons);
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(neurons); ++i) {
            Time before = -1;
            for (std::int64_t tick = 1; tick <= ticks; ++tick) {
                const auto stage = static_cast<std::size_t>(tick / 7) % script.size();
                const DeviceSettings now = under(device, script[stage]);
                const TickJitter jitter(now.clock, 1, 2, 0);
                before = std::max({before + 1, Time{0}, clocks.nominal(i, tick) + jitter.at(i, tick)});
                times[i].push_back(before);
                const MessageFate fate = MessageNoise(now.link, 1, 2, 0).fate(i, 1, tick);
                for (int copy = 0; copy < fate.copies; ++copy)
                    arrivals[i].push_back(arrival_time(before, axon_latency(now.link, 4, i, 1), fate.extra[copy]));
            }
            std::sort(arrivals[i].begin(), arrivals[i].end());
        }
        std::int64_t most = 0;
        for (const auto& source : arrivals) {
            for (const auto& target : times) {
                Time before = -1;
                for (const Time now : target) {
                    const auto in_time = std::upper_bound(source.begin(), source.end(), now);
                    most =
                        std::max<std::int64_t>(most, in_time - std::upper_bound(source.begin(), source.end(), before));
                    before = now;
                }
            }
        }
        const double bound = bits_a_window(device, script, crowd_of(device.clock));
        CHECK(static_cast<double>(most) <= bound);
        CHECK(most > 1);
        // Here no latency comes but those of the script.
        Crowd steps = crowd_of(device.clock);
        steps.latency_ramps = false;
        const double tight = bits_a_window(device, script, steps);
        CHECK(static_cast<double>(most) <= tight);
        CHECK(tight <= bound);
        CHECK(bound < 8 * static_cast<double>(most));
        // Conditions that are those of the device say nothing new.
        CHECK(bits_a_window(device, std::vector(3, script[0]), crowd_of(device.clock)) ==
              bits_a_window(device.clock, device.link, crowd_of(device.clock)));
    }
}

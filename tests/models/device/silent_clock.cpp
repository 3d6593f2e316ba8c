#include "models/device/silent_clock.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace settle;

namespace {

constexpr std::uint64_t seed = 5, presentation = 7;

/// Its tick times, one after the other; those that are scheduled after `forked_at` are of branch 1.
std::vector<Time> times_of(const ClockSettings& settings, const Clocks& clocks, std::uint32_t neuron, Time forked_at,
                           int ticks) {
    const TickJitter main(settings, seed, presentation, 0), branch(settings, seed, presentation, 1);
    std::vector<Time> times;
    Time before = -1;
    for (int tick = 1; tick <= ticks; ++tick) {
        const TickJitter& draws = tick > 1 && before > forked_at ? branch : main;
        before = std::max({before + 1, Time{0}, clocks.nominal(neuron, tick) + draws.at(neuron, tick)});
        times.push_back(before);
    }
    return times;
}

}  // namespace

TEST_CASE("a clock that nobody simulates stands where its ticks, one after the other, have brought it") {
    constexpr int ticks = 200;
    for (const Duration period : {20, 1000}) {
        const auto width = [&](double part) { return part * static_cast<double>(period); };
        const std::vector<Distribution> jitters = {{},
                                                   Uniform{-width(0.1), width(0.1)},
                                                   Uniform{-width(0.45), width(0.45)},
                                                   Uniform{-width(1.6), width(0.4)},
                                                   Uniform{-width(2.5), width(2.5)},
                                                   Uniform{width(0.2), width(0.9)},
                                                   Normal{0, width(0.3)}};
        for (const Distribution& jitter : jitters) {
            ClockSettings settings;
            settings.period = period;
            settings.jitter = jitter;
            settings.drift = Uniform{-0.2, 0.2};
            settings.random_phase = true;
            const Clocks clocks = draw_clocks(settings, 8, 3);
            const TickJitter main(settings, seed, presentation, 0), branch(settings, seed, presentation, 1);
            for (std::uint32_t neuron = 0; neuron < 8; ++neuron) {
                for (const Time forked_at : {Time{-1}, 3 * period, 40 * period}) {
                    CAPTURE(period);
                    CAPTURE(jitter.least());
                    CAPTURE(neuron);
                    CAPTURE(forked_at);
                    const bool forked = forked_at >= 0;
                    SilentClock clock{clocks.period[neuron], clocks.offset[neuron], neuron, &main, nullptr, -1};
                    if (forked) clock.draws = &branch, clock.main = &main, clock.forked_at = forked_at;
                    const std::vector<Time> times =
                        times_of(settings, clocks, neuron, forked ? forked_at : Time{1} << 60, ticks);
                    for (Time until = forked_at; until < 60 * period; until += period / 7 + 1) {
                        const auto next = std::upper_bound(times.begin(), times.end(), until);
                        const std::int64_t done = next - times.begin();
                        CHECK(clock.ticks(until) == done);
                        const SilentClock::Position position = clock.position(until);
                        CHECK(position.ticks == done);
                        CHECK(position.next == *next);
                        CHECK(position.nominal == clocks.nominal(neuron, done + 1));
                    }
                }
            }
        }
    }
}

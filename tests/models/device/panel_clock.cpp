#include "models/device/panel_clock.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "models/kernels/instruction_set.hpp"
#include "tests/models/neuron/panel_fixture.hpp"

using namespace settle;

namespace {

constexpr Time never = std::numeric_limits<Time>::max();

struct SixteenClocks {
    alignas(64) Time next[panel_width];
    alignas(64) Time nominal[panel_width];
    alignas(64) Duration period[panel_width];
    alignas(64) std::int32_t ticks[panel_width] = {};
    AlignedVector<Duration> jitter = AlignedVector<Duration>(panel_width * TickJitter::group_ticks);

    PanelClock panel(bool jittered, bool accumulate) {
        return {next, nominal, period, ticks, jittered ? jitter.data() : nullptr, accumulate};
    }
};

/// Draws the four ticks that the tick after the next one is among, for these lanes.
void draw(SixteenClocks& clocks, const TickJitter& jitter, LaneSet lanes) {
    for (std::uint32_t lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        const std::int64_t group = (clocks.ticks[lane] + 1) / 4;
        for (std::uint32_t i = 0; i < 4; ++i)
            clocks.jitter[i * panel_width + lane] = jitter.at(lane, 4 * group + 1 + i);
    }
}

}  // namespace

TEST_CASE("the clocks of a panel are those of its neurons one by one, for every instruction set") {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        for (const double width : {0.0, 0.1, 1.5}) {
            for (const bool accumulate : {false, true}) {
                std::mt19937 random(9);
                const ClockSettings settings{1'000'000, Uniform{-1e6 * width, 1e6 * width}, accumulate, {}, true};
                const TickJitter jitter(settings, 3, 4, 0);
                SixteenClocks fast;
                const int members = 13;  // the rest is padding that never ticks
                for (int lane = 0; lane < panel_width; ++lane) {
                    fast.period[lane] = lane < members ? 900'000 + static_cast<Duration>(random() % 200'000) : 0;
                    fast.nominal[lane] = lane < members ? static_cast<Time>(random() % 900'000) : 0;
                    fast.next[lane] = lane < members ? fast.nominal[lane] : never;
                }
                // Nobody draws for the padding: whatever lies there must not matter.
                for (std::size_t i = 0; i < fast.jitter.size(); ++i)
                    fast.jitter[i] =
                        i % 3 ? std::numeric_limits<Duration>::max() : std::numeric_limits<Duration>::min();
                draw(fast, jitter, (LaneSet{1} << members) - 1);
                SixteenClocks plain = fast;
                for (int step = 0; step < 400; ++step) {
                    const LaneSet lanes = random_lanes(random) & ((1u << members) - 1);
                    const SixteenClocks before = fast;
                    const ClocksAdvanced advanced = advance_clocks(fast.panel(width > 0, accumulate), lanes);
                    const ClocksAdvanced same = advance_clocks_reference(plain.panel(width > 0, accumulate), lanes);
                    REQUIRE(advanced.earliest == same.earliest);
                    REQUIRE(advanced.drained == same.drained);
                    REQUIRE(advanced.earliest == *std::min_element(fast.next, fast.next + panel_width));
                    REQUIRE(std::equal(fast.next, fast.next + panel_width, plain.next));
                    REQUIRE(std::equal(fast.nominal, fast.nominal + panel_width, plain.nominal));
                    REQUIRE(std::equal(fast.ticks, fast.ticks + panel_width, plain.ticks));
                    for (std::uint32_t lane = 0; lane < panel_width; ++lane) {
                        const bool ticked = lanes >> lane & 1;
                        REQUIRE(fast.ticks[lane] == before.ticks[lane] + ticked);
                        if (!ticked) REQUIRE(fast.next[lane] == before.next[lane]);
                        if (!ticked) REQUIRE(fast.nominal[lane] == before.nominal[lane]);
                        if (ticked) {
                            // The equation itself: max(previous + 1 ns, nominal + jitter).
                            const Duration draws = width > 0 ? jitter.at(lane, fast.ticks[lane] + 1) : 0;
                            const Time due = before.nominal[lane] + fast.period[lane] + draws;
                            REQUIRE(fast.next[lane] == std::max(before.next[lane] + 1, due));
                        }
                    }
                    // Draws hold until they are said to be used up.
                    draw(fast, jitter, advanced.drained);
                    plain.jitter = fast.jitter;
                }
            }
        }
    }
    use_instruction_set("");
}

TEST_CASE("who ticks at or before a time: those who do at that very time, too") {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        std::mt19937 random(10);
        for (int trial = 0; trial < 500; ++trial) {
            alignas(64) Time next[panel_width];
            // Around a time beyond 32 bits, in steps so small that many are equal.
            const Time to = (trial % 2 ? Time{1} << 40 : 0) + static_cast<Time>(random() % 4);
            LaneSet expected = 0;
            for (int lane = 0; lane < panel_width; ++lane) {
                next[lane] = random() % 8 == 0 ? never : std::max<Time>(0, to - 2 + static_cast<Time>(random() % 5));
                if (next[lane] <= to) expected |= LaneSet{1} << lane;
            }
            REQUIRE(ticking(next, to) == expected);
        }
    }
    use_instruction_set("");
}

#include "models/kernels/delayed_sum.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/instruction_set.hpp"
#include "tests/models/neuron/panel_fixture.hpp"

using namespace settle;

namespace {

/// Bits of a few sources, some with delays that were drawn for them alone and of which some never arrive.
struct Said {
    static constexpr int sources_there_are = 23, drawn_rows = 9, stride = 3 * panel_width;
    static constexpr std::int32_t span = 400;
    AlignedVector<std::int32_t> rows, delays, drawn;
    std::vector<SaidBit> bits;
    std::int32_t least, greatest;

    Said(std::mt19937& random, int count, bool draws, std::int32_t spread)
        : rows(sources_there_are * panel_width),
          delays(sources_there_are * panel_width),
          drawn(drawn_rows * stride, never_arrives),
          least(1 + static_cast<std::int32_t>(random() % 20)),
          greatest(least + spread) {
        const auto delay = [&] {
            return least + static_cast<std::int32_t>(random() % static_cast<unsigned>(spread + 1));
        };
        for (std::int32_t& weight : rows) weight = static_cast<std::int32_t>(random() % (1 << 24)) - (1 << 23);
        for (std::int32_t& one : delays) one = delay();
        for (int row = 0; row < drawn_rows; ++row) {
            for (int lane = 0; lane < panel_width; ++lane) {
                if (random() % 4) drawn[static_cast<std::size_t>(row * stride + panel_width + lane)] = delay();
            }
        }
        for (int k = 0; k < count; ++k) {
            const auto source = static_cast<std::int32_t>(random() % sources_there_are);
            const bool draw = draws && random() % 3 == 0;
            bits.push_back({static_cast<std::int32_t>(random() % span) - 50, source,
                            draw ? ~static_cast<std::int32_t>(random() % drawn_rows) : source});
        }
        std::sort(bits.begin(), bits.end(), [](const SaidBit& a, const SaidBit& b) { return a.sent < b.sent; });
    }

    SaidBits table(Time base) const {
        SaidBits said{bits.data(), static_cast<std::int32_t>(bits.size()), base, delays.data()};
        said.drawn = drawn.data() + panel_width;
        said.stride = stride;
        said.least = least;
        said.greatest = greatest;
        return said;
    }
};

}  // namespace

TEST_CASE_TEMPLATE("every lane hears a bit when it comes to it, and nothing twice, for every instruction set", Sum,
                   std::int32_t, std::int64_t) {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        std::mt19937 random(5);
        for (int trial = 0; trial < 400; ++trial) {
            Said in(random, trial % 8 * 12, trial % 2 == 1, trial % 3 == 0 ? 0 : trial % 3 * 40);
            // Of several of these the sum is not an int32.
            if (sizeof(Sum) == 8 && trial % 5 == 0) {
                for (std::int32_t& weight : in.rows) weight = (1 << 30) + weight % (1 << 20);
            }
            const Time base = trial % 4 == 0 ? -1 : Time{1} << (20 + trial % 30);
            const SaidBits said = in.table(base);
            alignas(64) Sum fast[panel_width] = {}, plain[panel_width] = {};
            alignas(64) std::int32_t heard[panel_width] = {}, heard_plain[panel_width] = {};
            alignas(64) Time times[panel_width];
            // Closely together, so that between some times everybody hears everything, or far apart.
            const int steps = 5;
            for (int step = 0; step < steps; ++step) {
                const LaneSet lanes = step == 0 ? 0xffff : random_lanes(random) | 1;
                const auto spread = static_cast<unsigned>(trial % 5 < 3 ? 10 : Said::span / 3);
                for (int lane = 0; lane < panel_width; ++lane) {
                    const std::int32_t from = std::max(heard[lane], step * Said::span / steps);
                    times[lane] = lanes >> lane & 1 ? base + from + static_cast<std::int32_t>(random() % spread)
                                                    : std::numeric_limits<Time>::max();
                }
                hear(said, in.rows.data(), times, lanes, heard, fast);
                hear_reference(said, in.rows.data(), times, lanes, heard_plain, plain);
                REQUIRE(std::equal(fast, fast + panel_width, plain));
                REQUIRE(std::equal(heard, heard + panel_width, heard_plain));
            }
        }
    }
    use_instruction_set("");
}

TEST_CASE("at the limits of times and delays nothing overflows, and what never arrives does not") {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        alignas(64) std::int32_t row[panel_width], delays[panel_width], lost[panel_width], heard[panel_width] = {};
        alignas(64) Time times[panel_width];
        std::fill(row, row + panel_width, 1);
        std::fill(delays, delays + panel_width, longest_delay - 1);
        std::fill(lost, lost + panel_width, never_arrives);
        std::fill(times, times + panel_width, Time{longest_delay} - 1);
        const std::vector<SaidBit> bits = {
            {1 - longest_delay, 0, ~0}, {1 - longest_delay, 0, 0}, {-1, 0, 0}, {0, 0, 0}, {1, 0, 0},
            {longest_delay - 1, 0, 0},  {longest_delay - 1, 0, ~0}};
        SaidBits said{bits.data(), static_cast<std::int32_t>(bits.size()), 0, delays, lost};
        said.stride = panel_width;
        said.least = said.greatest = longest_delay - 1;
        // The first arrives at 0, which has been heard; those sent at -1 and 0 arrive.
        alignas(64) std::int32_t sums[panel_width] = {};
        hear(said, row, times, 0xffff, heard, sums);
        for (const std::int32_t sum : sums) CHECK(sum == 2);
    }
    use_instruction_set("");
}

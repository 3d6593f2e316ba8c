#include "models/timed_sum.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include "models/instruction_set.hpp"

using namespace settle;

namespace {

/// Arrivals and the interval that each lane listens to.
struct Arrivals {
    static constexpr int sources_there_are = 37;
    AlignedVector<std::int32_t> rows = AlignedVector<std::int32_t>(sources_there_are * panel_width);
    std::vector<std::int32_t> sources;
    std::vector<std::int32_t> signs;
    alignas(64) std::int32_t start[panel_width];
    alignas(64) std::int32_t end[panel_width];

    Arrivals(std::mt19937& random, int arrivals) {
        for (std::int32_t& weight : rows) weight = static_cast<std::int32_t>(random() % (1 << 24)) - (1 << 23);
        for (int k = 0; k < arrivals; ++k) {
            sources.push_back(static_cast<std::int32_t>(random() % sources_there_are));
            signs.push_back(random() % 2 ? 0 : -1);
        }
        const auto any = [&] { return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(arrivals + 1)); };
        // All the same, all empty, or every lane its own: in the middle of it there may be arrivals that all hear.
        const auto kind = random() % 5;
        const std::int32_t a = any(), b = any();
        for (int lane = 0; lane < panel_width; ++lane) {
            std::int32_t from = kind < 2 ? a : any(), to = kind == 0 ? a : kind == 1 ? b : any();
            if (kind == 2) from = from / 4, to = arrivals - to / 4;
            if (kind == 3 && random() % 2) to = from;
            std::tie(start[lane], end[lane]) = std::minmax({from, to});
        }
    }
};

}  // namespace

TEST_CASE("sums over intervals of arrivals are those of each lane on its own, for every instruction set") {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        std::mt19937 random(3);
        for (int trial = 0; trial < 600; ++trial) {
            const Arrivals in(random, trial % 7 == 0 ? 0 : static_cast<int>(random() % 60));
            alignas(64) std::int32_t fast[panel_width], plain[panel_width], by_hand[panel_width];
            for (const bool is_signed : {false, true}) {
                for (int lane = 0; lane < panel_width; ++lane) {
                    fast[lane] = plain[lane] = by_hand[lane] = static_cast<std::int32_t>(random() % 1000) - 500;
                    for (std::int32_t k = in.start[lane]; k < in.end[lane]; ++k) {
                        const auto at = static_cast<std::size_t>(k);
                        const std::int32_t w = in.rows[static_cast<std::size_t>(in.sources[at] * panel_width + lane)];
                        by_hand[lane] += is_signed && in.signs[at] < 0 ? -w : w;
                    }
                }
                const std::int32_t *rows = in.rows.data(), *signs = in.signs.data();
                if (is_signed) {
                    add_signed_rows_between(rows, in.sources, signs, in.start, in.end, fast);
                    add_signed_rows_between_reference(rows, in.sources, signs, in.start, in.end, plain);
                } else {
                    add_rows_between(rows, in.sources, in.start, in.end, fast);
                    add_rows_between_reference(rows, in.sources, in.start, in.end, plain);
                }
                REQUIRE(std::equal(fast, fast + panel_width, plain));
                REQUIRE(std::equal(fast, fast + panel_width, by_hand));
            }
        }
    }
    use_instruction_set("");
}

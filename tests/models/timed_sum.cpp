#include "models/timed_sum.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <tuple>
#include <utility>
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

namespace {

/// A window of arrivals after some that came before, and how far the lanes have come.
struct Window {
    std::vector<std::int32_t> offsets, sources, signs, begin = std::vector<std::int32_t>(Timetable::days);
    Time from;
    int shift;
    std::int32_t length, old;  ///< ns; arrivals before the window

    explicit Window(std::mt19937& random) {
        from = static_cast<Time>(random() % 100'000) + (random() % 2 ? Time{1} << 41 : Time{-1});
        shift = static_cast<int>(random() % 12);
        // As many days as the ring has at most, the first and the last one cut off.
        const auto most = static_cast<std::uint32_t>((Timetable::days - 2) << shift);
        length = 1 + static_cast<std::int32_t>(random() % std::min(most, random() % 3 ? most : 40u));
        old = static_cast<std::int32_t>(random() % 20);
        const auto size = static_cast<std::size_t>(old) + random() % 60;
        while (offsets.size() < size) {
            // Arrivals before the window keep what they had in theirs.
            offsets.push_back(1 + static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(length)));
            sources.push_back(static_cast<std::int32_t>(random() % Arrivals::sources_there_are));
            signs.push_back(random() % 2 ? 0 : -1);
        }
        std::sort(offsets.begin() + old, offsets.end());
        offsets.push_back(std::numeric_limits<std::int32_t>::max());
        std::int32_t k = old;
        for (Time day = (from + 1) >> shift; day <= (from + length) >> shift; ++day) {
            while (k < static_cast<std::int32_t>(size) && (from + offsets[static_cast<std::size_t>(k)]) >> shift < day)
                ++k;
            begin[static_cast<std::size_t>(day) % Timetable::days] = k;
        }
    }

    Timetable table(bool is_signed) const {
        return {offsets.data(), sources.data(), is_signed ? signs.data() : nullptr, begin.data(), from, shift};
    }
    std::int32_t arrived(Time time) const {
        std::int32_t k = old;
        while (k + 1 < static_cast<std::int32_t>(offsets.size()) && from + offsets[static_cast<std::size_t>(k)] <= time)
            ++k;
        return k;
    }
};

}  // namespace

TEST_CASE("who ticks has heard all that arrived up to and at its time, and nothing else, for every instruction set") {
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        std::mt19937 random(4);
        for (int trial = 0; trial < 400; ++trial) {
            const Arrivals weights(random, 1);
            const Window window(random);
            const bool is_signed = trial % 2;
            alignas(64) Time times[panel_width];
            alignas(64) std::int32_t heard[panel_width], sums[panel_width] = {}, plain_heard[panel_width],
                                                         plain_sums[panel_width] = {};
            std::int32_t before[panel_width];
            for (int lane = 0; lane < panel_width; ++lane) {
                heard[lane] = plain_heard[lane] = before[lane] =
                    static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(window.old + 1));
                times[lane] = window.from + 1;
            }
            for (int round = 0; round < 6; ++round) {
                const LaneSet lanes = random() % 4 ? (random() & 0xffff) | 1u << random() % 16 : 0xffff;
                for (int lane = 0; lane < panel_width; ++lane) {
                    // Those that do not tick now tick far away, or never.
                    const Time left = window.from + window.length - times[lane];
                    if (lanes >> lane & 1)
                        times[lane] += static_cast<Time>(random() % static_cast<std::uint64_t>(left + 1));
                }
                alignas(64) Time given[panel_width];
                for (int lane = 0; lane < panel_width; ++lane)
                    given[lane] = lanes >> lane & 1 ? times[lane] : std::numeric_limits<Time>::max() - random() % 2;
                const Timetable table = window.table(is_signed);
                hear(table, weights.rows.data(), given, lanes, heard, sums);
                hear_reference(table, weights.rows.data(), given, lanes, plain_heard, plain_sums);
                for (int lane = 0; lane < panel_width; ++lane) {
                    if (lanes >> lane & 1) {
                        REQUIRE(heard[lane] == window.arrived(times[lane]));
                        REQUIRE(plain_heard[lane] == heard[lane]);
                    }
                    for (const auto& [end, sum] :
                         {std::pair{heard[lane], sums[lane]}, {plain_heard[lane], plain_sums[lane]}}) {
                        REQUIRE(end >= before[lane]);
                        std::int32_t expected = 0;
                        for (std::int32_t k = before[lane]; k < end; ++k) {
                            const auto at = static_cast<std::size_t>(k);
                            const std::int32_t w =
                                weights.rows[static_cast<std::size_t>(window.sources[at] * 16 + lane)];
                            expected += is_signed && window.signs[at] < 0 ? -w : w;
                        }
                        REQUIRE(sum == expected);
                    }
                    // Nobody has heard what comes after its next tick: it may follow the slowest of those that tick.
                    times[lane] = std::max(times[lane], window.from + 1);
                }
                Time least = std::numeric_limits<Time>::max();
                for (int lane = 0; lane < panel_width; ++lane) {
                    if (lanes >> lane & 1) least = std::min(least, times[lane]);
                }
                for (int lane = 0; lane < panel_width; ++lane) {
                    if (lanes >> lane & 1) continue;
                    REQUIRE(heard[lane] <= std::max(window.arrived(least), window.arrived(times[lane])));
                    times[lane] = std::max(times[lane], least);
                }
            }
        }
    }
    use_instruction_set("");
}

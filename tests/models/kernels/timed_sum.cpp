#include "models/kernels/timed_sum.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "models/kernels/instruction_set.hpp"
#include "tests/models/neuron/panel_fixture.hpp"

using namespace settle;

namespace {

/// Arrivals of a few days, in any order within each.
struct Arrivals {
    static constexpr int sources_there_are = 37, shift = 4, days = 30;
    AlignedVector<std::int32_t> rows = AlignedVector<std::int32_t>(sources_there_are * panel_width);
    std::vector<Arrival> list;
    std::vector<std::int32_t> signs;
    std::vector<std::int32_t> begin = std::vector<std::int32_t>(Timetable::days, -1);
    Time base;

    Arrivals(std::mt19937& random, unsigned a_day) {
        // The ring of days is entered anywhere, before time 0 too.
        base = (static_cast<Time>(random() % 2000) - 1) << shift;
        for (std::int32_t& weight : rows) weight = static_cast<std::int32_t>(random() % (1 << 24)) - (1 << 23);
        for (int day = 0; day <= days; ++day) {
            begin[static_cast<std::size_t>((base >> shift) + day) % Timetable::days] =
                static_cast<std::int32_t>(list.size());
            const unsigned long arrivals = day == days || a_day == 0 ? 0 : random() % (2 * a_day);
            for (unsigned long k = 0; k < arrivals; ++k) {
                list.push_back({(day << shift) + static_cast<std::int32_t>(random() % (1 << shift)),
                                static_cast<std::int32_t>(random() % sources_there_are)});
                signs.push_back(random() % 2 ? 0 : -1);
            }
        }
    }

    Timetable table(bool is_signed) const {
        return {list.data(), is_signed ? signs.data() : nullptr, begin.data(), base, shift};
    }
};

}  // namespace

TEST_CASE_TEMPLATE("every lane hears what arrives after the last time and up to its own, for every instruction set",
                   Sum, std::int32_t, std::int64_t) {
    constexpr std::int32_t span = Arrivals::days << Arrivals::shift;
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        std::mt19937 random(3);
        for (int trial = 0; trial < 600; ++trial) {
            Arrivals in(random, static_cast<unsigned>(trial % 7));
            // Of several of these the sum is not an int32.
            if (sizeof(Sum) == 8 && trial % 5 == 0) {
                for (std::int32_t& weight : in.rows) weight = (1 << 30) + weight % (1 << 20);
            }
            const bool is_signed = trial % 2;
            // Only of 64 bits: parts of pulses.
            const bool is_scaled = sizeof(Sum) == 8 && trial % 4 == 3;
            Timetable table = in.table(is_signed);
            table.scaled = is_scaled;
            for (std::int32_t& sign : in.signs) {
                if (is_scaled) sign = static_cast<std::int32_t>(random() % 240) - 120;
            }
            alignas(64) Sum fast[panel_width] = {}, plain[panel_width] = {}, by_hand[panel_width] = {};
            alignas(64) std::int32_t heard[panel_width], heard_plain[panel_width];
            alignas(64) Sum ahead[panel_width] = {}, ahead_plain[panel_width] = {};
            alignas(64) Time times[panel_width];
            std::fill(heard, heard + panel_width, static_cast<std::int32_t>(random() % 20));
            std::copy(heard, heard + panel_width, heard_plain);
            // Several times in a row: closely together, so that some days are heard by all, or far apart.
            for (int step = 0; step < 4; ++step) {
                const LaneSet lanes = step == 0 ? 0xffff : random_lanes(random) | 1;
                const auto spread = static_cast<std::int32_t>(trial % 3 ? 40 : span / 4);
                std::int32_t earliest = span;
                for (int lane = 0; lane < panel_width; ++lane) {
                    const std::int32_t from = std::max(heard[lane], step * span / 4);
                    const std::int32_t at = std::min(from + static_cast<std::int32_t>(random() % spread), span - 1);
                    times[lane] = lanes >> lane & 1 ? in.base + at : std::numeric_limits<Time>::max();
                    if (lanes >> lane & 1) earliest = std::min(earliest, at);
                }
                for (int lane = 0; lane < panel_width; ++lane) {
                    const bool ticks = lanes >> lane & 1;
                    const auto until = ticks ? static_cast<std::int32_t>(times[lane] - in.base) : earliest;
                    for (std::size_t k = 0; k < in.list.size(); ++k) {
                        if (in.list[k].offset <= heard[lane] || in.list[k].offset > until) continue;
                        const std::int32_t w =
                            in.rows[static_cast<std::size_t>(in.list[k].source * panel_width + lane)];
                        if (is_scaled) {
                            by_hand[lane] += static_cast<Sum>(w) * in.signs[k];
                        } else {
                            by_hand[lane] += is_signed && in.signs[k] < 0 ? -w : w;
                        }
                    }
                }
                hear(table, in.rows.data(), times, lanes, Ears<Sum>{heard, ahead}, fast);
                hear_reference(table, in.rows.data(), times, lanes, Ears<Sum>{heard_plain, ahead_plain}, plain);
                REQUIRE(std::equal(fast, fast + panel_width, plain));
                REQUIRE(std::equal(fast, fast + panel_width, by_hand));
                REQUIRE(std::equal(heard, heard + panel_width, heard_plain));
                REQUIRE(std::equal(ahead, ahead + panel_width, ahead_plain));
            }
        }
    }
    use_instruction_set("");
}

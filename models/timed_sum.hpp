// Sums over bits that arrive at different times, for sixteen targets that each listen to an interval of time of their
// own.
#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "models/neuron_panel.hpp"
#include "models/panel_matrix.hpp"

namespace settle {

/// Arrivals, day by day.
struct Timetable {
    static constexpr int days = 256;

    const std::int32_t* offsets = nullptr;  ///< (size) when they arrive, ns after `base`; in any order within a day
    const std::int32_t* sources = nullptr;  ///< (size) rows
    const std::int32_t* signs = nullptr;    ///< (size) 0 adds, -1 takes the row away again; null: all add
    const std::int32_t* begin = nullptr;    ///< (days) for day d, of 2^shift ns, at d mod days: where it begins; for
                                            ///< every day from the first unheard arrival to the one after the last
    Time base = 0;                          ///< a day begins here
    int shift = 0;

    std::int32_t begin_of(std::int64_t offset, int later = 0) const {
        return begin[((base >> shift) + (offset >> shift) + later) & (days - 1)];
    }
};

/// sums[lane] += the sum of rows[source][lane] over what arrives after heard[lane] and up to and including the lane's
/// time (law 1), for each of these lanes; the others hear what arrives up to the earliest of those times. heard[lane],
/// ns after the table's base, goes on as far; nobody hears anything twice. Arrays are (16) and stand on cache lines;
/// `rows` is (any x 16). Sums of integers: the order does not matter.
void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int32_t* sums);
void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, std::int32_t* sums);

}  // namespace settle

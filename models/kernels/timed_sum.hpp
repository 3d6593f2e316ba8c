// Sums over bits that arrive at different times, for sixteen targets that each listen to an interval of time of their
// own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/time.hpp"
#include "models/kernels/panel_round.hpp"

namespace settle {

/// A bit that arrives.
struct Arrival {
    std::int32_t offset;  ///< when, units after the base of the timetable
    std::int32_t source;  ///< row
};

/// Arrivals, day by day.
struct Timetable {
    static constexpr int days = 256;

    const Arrival* arrivals = nullptr;    ///< (size) in any order within a day
    const std::int32_t* signs = nullptr;  ///< (size) 0 adds, -1 takes the row away again; null: all add
    const std::int32_t* begin = nullptr;  ///< (days) for day d, of 2^shift units, at d mod days: where it begins; for
                                          ///< every day from the first unheard arrival to the one after the last
    Time base = 0;                        ///< a day begins here
    int shift = 0;
    bool scaled = false;  ///< signs are factors of the rows instead; only with sums of 64 bits

    std::int32_t begin_of(std::int64_t offset, int later = 0) const {
        return begin[((base >> shift) + (offset >> shift) + later) & (days - 1)];
    }
};

/// What the sixteen lanes of a panel have heard of a timetable. Arrays are (16) and stand on cache lines. Sum:
/// std::int32_t; std::int64_t where nothing bounds how many bits come.
template <class Sum>
struct Ears {
    std::int32_t* heard;  ///< up to when, units after the table's base
    /// The sum of the rows that arrive after heard[lane] and up to the latest of all heard: whoever listens last adds
    /// them up for the others, so that lanes which tick at about the same time go through the list once.
    Sum* ahead;
};

/// sums[lane] += the sum of rows[source][lane] over what arrives after heard[lane] and up to and including the lane's
/// time (law 1), for each of these lanes; the others hear what arrives up to the earliest of those times. heard[lane]
/// goes on as far, and nobody hears anything twice. The table must hold all that arrives up to the latest of the times.
/// `sums` is (16) and stands on a cache line, `rows` is (any x 16). Sums of integers: the order does not matter.
void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int32_t>& ears, std::int32_t* sums);
void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
          const Ears<std::int64_t>& ears, std::int64_t* sums);
/// The same for panels of one matrix, one after the other: panel p has its rows `stride` p after `rows`, and its part
/// of the other arrays, which are (panels x 16).
void hear(const Timetable& table, const std::int32_t* rows, std::ptrdiff_t stride, std::span<const PanelRound> rounds,
          const Time* times, const Ears<std::int32_t>& ears, std::int32_t* sums);
/// Lane by lane, as it is said above, and without use of `ahead`: the reference that judges the fast one.
template <class Sum>
void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    const Ears<Sum>& ears, Sum* sums);

}  // namespace settle

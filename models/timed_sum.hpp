// Sums over bits that arrive at different times, for sixteen targets that each listen to an interval of their own: all
// arrivals stand in order of time, and a target's interval is given by the first and the last one that it gets.
#pragma once

#include <cstdint>
#include <span>

#include "core/time.hpp"
#include "models/neuron_panel.hpp"
#include "models/panel_matrix.hpp"

namespace settle {

/// sums[lane] += the sum of rows[sources[k]][lane] over start[lane] <= k < end[lane], for the 16 lanes of a panel.
/// `rows`: (any x 16). 0 <= start <= end <= sources.size(). Arrays stand on cache lines. Exact, so the order does not
/// matter.
void add_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* start,
                      const std::int32_t* end, std::int32_t* sums);
void add_rows_between_reference(const std::int32_t* rows, std::span<const std::int32_t> sources,
                                const std::int32_t* start, const std::int32_t* end, std::int32_t* sums);

/// The same where a bit can also take its row away again: signs[k] is 0 (adds) or -1 (subtracts).
void add_signed_rows_between(const std::int32_t* rows, std::span<const std::int32_t> sources, const std::int32_t* signs,
                             const std::int32_t* start, const std::int32_t* end, std::int32_t* sums);
void add_signed_rows_between_reference(const std::int32_t* rows, std::span<const std::int32_t> sources,
                                       const std::int32_t* signs, const std::int32_t* start, const std::int32_t* end,
                                       std::int32_t* sums);

/// The arrivals of a window, and those before it that not everybody has heard, in order of time.
struct Timetable {
    static constexpr int days = 512;

    const std::int32_t* offsets =
        nullptr;  ///< (size + 1) of the window's: ns after `from`; the last is the largest int
    const std::int32_t* sources = nullptr;  ///< (size) rows
    const std::int32_t* signs = nullptr;    ///< (size) 0 adds, -1 subtracts; null: all add
    const std::int32_t* begin = nullptr;    ///< (days) for day d, of 2^shift ns, at d mod days: where to look for it
    Time from = 0;                          ///< the window is (from, from + 2^31 - 2] ns at most
    int shift = 0;
};

/// Adds to the sum of each of these lanes what it has not heard yet and what arrives up to and including its time,
/// which lies in the window (law 1). Lanes that are not in the set follow as far as all others get. heard[lane] counts
/// the arrivals that are in sums[lane]. Arrays are (16) and stand on cache lines; `rows` is (any x 16).
void hear(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int32_t* sums);
void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, std::int32_t* sums);

}  // namespace settle

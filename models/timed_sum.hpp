// Sums over bits that arrive at different times, for sixteen targets that each listen to an interval of their own: all
// arrivals stand in order of time, and a target's interval is given by the first and the last one that it gets.
#pragma once

#include <cstdint>
#include <span>

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

}  // namespace settle

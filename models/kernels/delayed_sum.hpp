// Sums over bits that are said once and reach each of sixteen targets after a delay of its own; the targets listen to
// intervals of time of their own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

struct SaidBit {
    std::int32_t sent;    ///< units after the base
    std::int32_t source;  ///< row of weights
    std::int32_t delays;  ///< row of delays; where it is below 0, ~delays is a row of delays drawn for this bit alone
};

/// A delay of a bit that was lost on its way.
constexpr std::int32_t never_arrives = 5 << 28;

/// Times after the base, times of sending before it and delays are below this: sums of two of them are int32, and what
/// never arrives comes after all that is heard.
constexpr std::int32_t longest_delay = 1 << 29;

/// Bits on their way to a panel, and some that everybody has heard. Rows of delays are (16) and stand on cache lines.
struct SaidBits {
    const SaidBit* bits = nullptr;  ///< (size) by `sent`, rising
    std::int32_t size = 0;
    Time base = 0;
    const std::int32_t* delays = nullptr;  ///< (rows x 16) at least 1, which do not change
    const std::int32_t* drawn = nullptr;   ///< of single bits: row i begins at i x stride
    std::ptrdiff_t stride = 0;
    std::int32_t least = 1, greatest = 1;  ///< no delay is below or above, but never_arrives
};

/// sums[lane] += the sum of rows[source][lane] over the bits with heard[lane] < sent + delay <= the lane's time (law
/// 1), for each of these lanes; the others hear what arrives up to the earliest of those times. heard[lane] goes on as
/// far, and nobody hears anything twice. All bits that arrive up to the latest of the times must be there. Sum:
/// std::int32_t; std::int64_t where nothing bounds how many bits come. `heard` and `sums` are (16) and stand on cache
/// lines, `rows` is (any x 16). Sums of integers: the order does not matter.
void hear(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int32_t* sums);
void hear(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes, std::int32_t* heard,
          std::int64_t* sums);
/// Lane by lane and bit by bit, as it is said above: the reference that judges the fast one.
template <class Sum>
void hear_reference(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, Sum* sums);

/// Of a bit, the delays of the panel.
inline const std::int32_t* delays_of(const SaidBits& said, const SaidBit& bit) {
    return bit.delays < 0 ? said.drawn + std::ptrdiff_t{~bit.delays} * said.stride
                          : said.delays + std::ptrdiff_t{bit.delays} * panel_width;
}

}  // namespace settle

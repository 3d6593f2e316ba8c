// Sums of runs over bits that arrive at different times, for targets that each tick at a time of their own.
#pragma once

#include <cstdint>
#include <span>

#include "models/kernels/run_sums.hpp"
#include "models/kernels/timed_sum.hpp"

namespace settle {

/// Of every target of the tables' runs; the three arrays begin on a cache line. Sums are modulo 2^32.
struct TwoSums {
    const std::int32_t* next;  ///< offset of its next tick
    std::int32_t* heard;       ///< what arrives up to and including it (law 1)
    std::int32_t* later;       ///< what comes after
};

/// For all runs of the sources that arrive, a target's weight goes into heard or later. Sums of integers: the order of
/// the arrivals does not matter.
void add_timed_runs(const RunTable& table, std::span<const Arrival> arrivals, const std::int32_t* weights,
                    const TwoSums& sums);
/// Weight by weight: the reference that judges the fast one.
void add_timed_runs_reference(const RunTable& table, std::span<const Arrival> arrivals, const std::int32_t* weights,
                              const TwoSums& sums);

}  // namespace settle

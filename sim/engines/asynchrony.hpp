// The asynchrony that a free-running machine really had, measured by its shards while they ran.
#pragma once

#include <algorithm>
#include <cstdint>

namespace settle {

/// Sums and maxima, so that those of shards and minibatches add up. Nothing here is reproducible.
struct Asynchrony {
    /// Lead and lag are taken whenever a shard with sources ticks: how far its own tick count is above the least, and
    /// below the greatest, of those it listens to (0 if it is not).
    std::uint64_t looks = 0;
    std::uint64_t lead_sum = 0, lead_max = 0;
    std::uint64_t lag_sum = 0, lag_max = 0;
    /// Bits that the open window of a slice held at its tick; `source`: of one neuron (lockstep: 1).
    std::uint64_t windows = 0;
    std::uint64_t window_sum = 0, window_max = 0, source_max = 0;
    /// Messages on their way in a presentation, as its shards see them, one at each tick.
    std::uint64_t flights = 0;
    std::uint64_t flight_sum = 0, flight_max = 0;
    /// Ticks that came after the time of the next one (free.pace).
    std::uint64_t late = 0;
    std::uint64_t blocked = 0;  ///< times that a shard waited for a laggard

    bool operator==(const Asynchrony&) const = default;

    Asynchrony& operator+=(const Asynchrony& other) {
        looks += other.looks;
        lead_sum += other.lead_sum;
        lag_sum += other.lag_sum;
        windows += other.windows;
        window_sum += other.window_sum;
        flights += other.flights;
        flight_sum += other.flight_sum;
        late += other.late;
        blocked += other.blocked;
        lead_max = std::max(lead_max, other.lead_max);
        lag_max = std::max(lag_max, other.lag_max);
        window_max = std::max(window_max, other.window_max);
        source_max = std::max(source_max, other.source_max);
        flight_max = std::max(flight_max, other.flight_max);
        return *this;
    }
};

}  // namespace settle

// A clock that nobody simulates: where it stands follows from the draws.
#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "models/device/clock.hpp"

namespace settle {

/// Of a neuron whose ticks change nothing, under a jitter that is the same at all times and does not accumulate.
struct SilentClock {
    Duration period = 0;  ///< of its clock
    Duration offset = 0;  ///< tick k is nominally at (k - 1) period + offset
    std::uint32_t neuron = 0;
    const TickJitter* draws = nullptr;  ///< of the branch
    const TickJitter* main = nullptr;   ///< of the branch that it forked from; null: it did not
    Time forked_at = 0;

    struct Position {
        std::int64_t ticks = 0;  ///< done
        Time next = 0;           ///< when it ticks next
        Time nominal = 0;        ///< when that is due
    };

    /// Its ticks at or before `until`, from the draws that could decide it.
    std::int64_t ticks(Time until) const;
    /// Where it stands then.
    Position position(Time until) const;

private:
    Time nominal(std::int64_t tick) const { return (tick - 1) * period + offset; }
    Duration jitter(std::int64_t tick, std::int64_t taken_over) const;
    std::int64_t taken_over(Time until) const;
    std::int64_t most(Time until) const;
    std::int64_t sure(Time until, std::int64_t most) const;
};

}  // namespace settle

// The clocks of a panel: when its sixteen neurons tick next.
#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "models/clock.hpp"
#include "models/neuron_panel.hpp"

namespace settle {

/// Arrays of 16, one entry a lane, on cache lines; `jitter` is (16 x 64): the draws of TickJitter::block, lane by lane.
struct PanelClock {
    Time* next = nullptr;              ///< when the lane ticks next, ns
    Time* nominal = nullptr;           ///< when that was due, ns; accumulated jitter included
    const Duration* period = nullptr;  ///< of the lane, ns
    std::int32_t* ticks = nullptr;     ///< done so far
    const Duration* jitter = nullptr;  ///< of the tick after the next one; null: none
    bool accumulate = false;           ///< jitter stays: the clock wanders off
};

/// Who ticks at or before `to`.
LaneSet ticking(const Time* next, Time to);

/// These lanes have ticked: tick k + 1 is at max(tick k + 1 ns, nominal + jitter), nominally a period after tick k.
/// Returns the earliest tick to come of the sixteen.
Time advance_clocks(const PanelClock& clock, LaneSet lanes);
Time advance_clocks_reference(const PanelClock& clock, LaneSet lanes);

}  // namespace settle

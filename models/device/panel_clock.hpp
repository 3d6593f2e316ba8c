// The clocks of a panel: when its sixteen neurons tick next.
#pragma once

#include <cstdint>
#include <span>

#include "core/time.hpp"
#include "models/device/clock.hpp"
#include "models/kernels/panel_round.hpp"

namespace settle {

/// Arrays of 16, one entry a lane, on cache lines.
struct PanelClock {
    Time* next = nullptr;              ///< when the lane ticks next
    Time* nominal = nullptr;           ///< when that was due; accumulated jitter included
    const Duration* period = nullptr;  ///< of the lane
    std::int32_t* ticks = nullptr;     ///< done so far
    const Duration* jitter = nullptr;  ///< (4 x 16) draws of the four ticks with which tick `ticks` + 2 comes, as
                                       ///< TickJitter::draw gives them; null: none
    bool accumulate = false;           ///< jitter stays: the clock wanders off
};

/// Who ticks at or before `to`.
LaneSet ticking(const Time* next, Time to);

/// Of those panels whose `earliest` tick (panels) is at or before `to`: who ticks then. Returns how many there are, at
/// most `panels`. `next` is (panels x 16).
int due_rounds(const Time* next, const Time* earliest, int panels, Time to, PanelRound* out);

struct ClocksAdvanced {
    Time earliest;    ///< tick to come, of all sixteen lanes
    LaneSet drained;  ///< of the lanes that ticked, those that have used up their draws
};

/// These lanes have ticked: tick k + 1 is at max(tick k + 1 unit, nominal + jitter), nominally a period after tick k.
ClocksAdvanced advance_clocks(const PanelClock& clock, LaneSet lanes);
/// The same for many panels: arrays of `clock` are (panels x 16), jitter (panels x 4 x 16); out[i] is of rounds[i].
void advance_clocks(const PanelClock& clock, std::span<const PanelRound> rounds, ClocksAdvanced* out);
ClocksAdvanced advance_clocks_reference(const PanelClock& clock, LaneSet lanes);

}  // namespace settle

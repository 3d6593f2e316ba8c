#include "models/device/panel_clock.hpp"

#include <algorithm>

namespace settle {

ClocksAdvanced advance_clocks_reference(const PanelClock& clock, LaneSet lanes) {
    ClocksAdvanced result{clock.next[0], 0};
    for (int lane = 0; lane < panel_width; ++lane) {
        if (lanes >> lane & 1) {
            const int draw = (++clock.ticks[lane]) % TickJitter::group_ticks;
            clock.nominal[lane] += clock.period[lane];
            Time due = clock.nominal[lane];
            if (clock.jitter) due += clock.jitter[draw * panel_width + lane];
            if (clock.accumulate) clock.nominal[lane] = due;
            clock.next[lane] = std::max(clock.next[lane] + 1, due);
            if (draw == TickJitter::group_ticks - 1) result.drained |= LaneSet{1} << lane;
        }
        result.earliest = lane == 0 ? clock.next[0] : std::min(result.earliest, clock.next[lane]);
    }
    return result;
}

}  // namespace settle

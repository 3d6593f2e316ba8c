#include "models/panel_clock.hpp"

#include <algorithm>

namespace settle {

Time advance_clocks_reference(const PanelClock& clock, LaneSet lanes) {
    Time earliest = clock.next[0];
    for (int lane = 0; lane < panel_width; ++lane) {
        if (lanes >> lane & 1) {
            ++clock.ticks[lane];
            clock.nominal[lane] += clock.period[lane];
            Time due = clock.nominal[lane];
            if (clock.jitter) due += clock.jitter[lane];
            if (clock.accumulate) clock.nominal[lane] = due;
            clock.next[lane] = std::max(clock.next[lane] + 1, due);
        }
        earliest = lane == 0 ? clock.next[0] : std::min(earliest, clock.next[lane]);
    }
    return earliest;
}

}  // namespace settle

#include "models/timed_sum.hpp"

#include <algorithm>
#include <limits>

namespace settle {

void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, std::int32_t* sums) {
    std::int32_t earliest = std::numeric_limits<std::int32_t>::max();
    for (int lane = 0; lane < panel_width; ++lane) {
        if (lanes >> lane & 1) earliest = std::min(earliest, static_cast<std::int32_t>(times[lane] - table.base));
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        const auto time = lanes >> lane & 1 ? static_cast<std::int32_t>(times[lane] - table.base) : earliest;
        const std::int32_t until = std::max(heard[lane], time);
        for (std::int32_t k = table.begin_of(heard[lane]); k < table.begin_of(until, 1); ++k) {
            if (table.offsets[k] <= heard[lane] || table.offsets[k] > until) continue;
            const std::int32_t weight = rows[static_cast<std::ptrdiff_t>(table.sources[k]) * panel_width + lane];
            sums[lane] += table.signs && table.signs[k] < 0 ? -weight : weight;
        }
        heard[lane] = until;
    }
}

}  // namespace settle

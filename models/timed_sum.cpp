#include "models/timed_sum.hpp"

#include <algorithm>
#include <limits>

namespace settle {

void add_rows_between_reference(const std::int32_t* rows, std::span<const std::int32_t> sources,
                                const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) {
    for (int lane = 0; lane < panel_width; ++lane) {
        for (std::int32_t k = start[lane]; k < end[lane]; ++k) {
            sums[lane] += rows[static_cast<std::ptrdiff_t>(sources[static_cast<std::size_t>(k)]) * panel_width + lane];
        }
    }
}

void add_signed_rows_between_reference(const std::int32_t* rows, std::span<const std::int32_t> sources,
                                       const std::int32_t* signs, const std::int32_t* start, const std::int32_t* end,
                                       std::int32_t* sums) {
    for (int lane = 0; lane < panel_width; ++lane) {
        for (std::int32_t k = start[lane]; k < end[lane]; ++k) {
            const std::int32_t weight =
                rows[static_cast<std::ptrdiff_t>(sources[static_cast<std::size_t>(k)]) * panel_width + lane];
            sums[lane] += signs[k] < 0 ? -weight : weight;
        }
    }
}

void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, std::int32_t* sums) {
    std::int32_t end[panel_width], least = std::numeric_limits<std::int32_t>::max();
    for (int lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) continue;
        // All arrivals before the window come before its ticks, and so does what is before the day of the tick.
        end[lane] = table.begin[(times[lane] >> table.shift) % Timetable::days];
        while (table.offsets[end[lane]] <= times[lane] - table.from) ++end[lane];
        least = std::min(least, end[lane]);
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        if (!(lanes >> lane & 1)) end[lane] = std::max(heard[lane], least);
        for (std::int32_t k = heard[lane]; k < end[lane]; ++k) {
            const std::int32_t weight = rows[static_cast<std::ptrdiff_t>(table.sources[k]) * panel_width + lane];
            sums[lane] += table.signs && table.signs[k] < 0 ? -weight : weight;
        }
        heard[lane] = end[lane];
    }
}

}  // namespace settle

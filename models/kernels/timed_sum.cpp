#include "models/kernels/timed_sum.hpp"

#include <algorithm>
#include <limits>

namespace settle {

namespace {

/// The sum of what one lane hears after `from`, up to and including `to`.
template <class Sum>
Sum sum_between(const Timetable& table, const std::int32_t* rows, int lane, std::int32_t from, std::int32_t to) {
    Sum sum = 0;
    for (std::int32_t k = table.begin_of(from); k < table.begin_of(to, 1); ++k) {
        if (table.arrivals[k].offset <= from || table.arrivals[k].offset > to) continue;
        const std::int32_t weight = rows[static_cast<std::ptrdiff_t>(table.arrivals[k].source) * panel_width + lane];
        if (table.scaled) {
            sum += static_cast<Sum>(weight) * static_cast<Sum>(table.signs[k]);
        } else {
            sum += table.signs && table.signs[k] < 0 ? -weight : weight;
        }
    }
    return sum;
}

}  // namespace

template <class Sum>
void hear_reference(const Timetable& table, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    const Ears<Sum>& ears, Sum* sums) {
    std::int32_t earliest = std::numeric_limits<std::int32_t>::max();
    for (int lane = 0; lane < panel_width; ++lane) {
        if (lanes >> lane & 1) earliest = std::min(earliest, static_cast<std::int32_t>(times[lane] - table.base));
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        const auto time = lanes >> lane & 1 ? static_cast<std::int32_t>(times[lane] - table.base) : earliest;
        const std::int32_t until = std::max(ears.heard[lane], time);
        sums[lane] += sum_between<Sum>(table, rows, lane, ears.heard[lane], until);
        ears.heard[lane] = until;
    }
    const std::int32_t latest = *std::max_element(ears.heard, ears.heard + panel_width);
    for (int lane = 0; lane < panel_width; ++lane)
        ears.ahead[lane] = sum_between<Sum>(table, rows, lane, ears.heard[lane], latest);
}

template void hear_reference(const Timetable&, const std::int32_t*, const Time*, LaneSet, const Ears<std::int32_t>&,
                             std::int32_t*);
template void hear_reference(const Timetable&, const std::int32_t*, const Time*, LaneSet, const Ears<std::int64_t>&,
                             std::int64_t*);

}  // namespace settle

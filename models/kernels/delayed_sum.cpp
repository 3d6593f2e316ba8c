#include "models/kernels/delayed_sum.hpp"

#include <algorithm>
#include <limits>

namespace settle {

template <class Sum>
void hear_reference(const SaidBits& said, const std::int32_t* rows, const Time* times, LaneSet lanes,
                    std::int32_t* heard, Sum* sums) {
    Time earliest = std::numeric_limits<Time>::max();
    for (int lane = 0; lane < panel_width; ++lane) {
        if (lanes >> lane & 1) earliest = std::min(earliest, times[lane]);
    }
    for (int lane = 0; lane < panel_width; ++lane) {
        const Time from = said.base + heard[lane];
        const Time until = std::max(from, lanes >> lane & 1 ? times[lane] : earliest);
        for (std::int32_t k = 0; k < said.size; ++k) {
            const SaidBit& bit = said.bits[k];
            const std::int32_t delay = delays_of(said, bit)[lane];
            const Time at = said.base + bit.sent + delay;
            if (delay == never_arrives || at <= from || at > until) continue;
            sums[lane] += rows[std::ptrdiff_t{bit.source} * panel_width + lane];
        }
        heard[lane] = static_cast<std::int32_t>(until - said.base);
    }
}

template void hear_reference(const SaidBits&, const std::int32_t*, const Time*, LaneSet, std::int32_t*, std::int32_t*);
template void hear_reference(const SaidBits&, const std::int32_t*, const Time*, LaneSet, std::int32_t*, std::int64_t*);

}  // namespace settle

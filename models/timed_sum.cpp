#include "models/timed_sum.hpp"

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

}  // namespace settle

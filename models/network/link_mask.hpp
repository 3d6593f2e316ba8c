// Dead links of a projection: they carry nothing, either way, and do not learn; the weight that they have stays.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/kernels/panel.hpp"

namespace settle {

/// Of a dense projection: for every row of every panel of targets, the lanes whose link is dead.
struct LinkMask {
    std::vector<std::uint16_t> lanes;  ///< (panels x rows), as PanelMatrix has them; empty: none is dead

    bool none() const { return lanes.empty(); }
    /// Dead links.
    std::int64_t count() const {
        std::int64_t dead = 0;
        for (const std::uint16_t row : lanes) dead += std::popcount(row);
        return dead;
    }
    /// (rows) of one panel; null: none is dead.
    const std::uint16_t* panel(int index, int rows) const {
        return none() ? nullptr : lanes.data() + static_cast<std::ptrdiff_t>(index) * rows;
    }
};

/// One a projection; empty: none is dead.
using DeadLinks = std::vector<LinkMask>;

inline const LinkMask& mask_of(const DeadLinks& dead, int projection) {
    static const LinkMask none;
    return dead.empty() ? none : dead[static_cast<std::size_t>(projection)];
}

}  // namespace settle

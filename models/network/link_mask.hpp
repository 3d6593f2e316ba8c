// Dead links of a projection: they carry nothing, either way, and do not learn; the weight that they have stays.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/kernels/panel.hpp"

namespace settle {

/// Of a dense projection: for every row of every panel of targets, the lanes whose link is dead. Of others: a bit for
/// every link in the order of Projection::visit_links, sixteen a word.
struct LinkMask {
    std::vector<std::uint16_t> lanes;  ///< dense: (panels x rows), as PanelMatrix has them; empty: none is dead

    /// For so many links by their number, none of them dead yet.
    static LinkMask of(std::int64_t links) { return {std::vector<std::uint16_t>(words_for(links))}; }
    static std::size_t words_for(std::int64_t links) { return static_cast<std::size_t>((links + 15) / 16); }
    bool has(std::int64_t link) const {
        return !none() && (lanes[static_cast<std::size_t>(link / 16)] >> (link % 16) & 1) != 0;
    }
    void set(std::int64_t link) {
        std::uint16_t& word = lanes[static_cast<std::size_t>(link / 16)];
        word = static_cast<std::uint16_t>(word | 1u << (link % 16));
    }

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

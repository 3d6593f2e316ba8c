// Whom sources reach among a block of neurons, link by link: for each source a list of lanes, with a weight each. Costs
// grow with the links that there are, not with sources x targets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace settle {

struct TargetLists {
    struct Target {
        std::int32_t lane;
        std::int32_t weight;  ///< round(w 2^22); of a dead link 0
    };
    std::vector<std::int64_t> first{0};  ///< (rows + 1) where the targets of each row begin
    std::vector<Target> targets;         ///< by row, then by lane; as often as links join the two

    std::int32_t rows() const { return static_cast<std::int32_t>(first.size()) - 1; }
    std::span<const Target> of(std::int32_t row) const {
        const auto at = static_cast<std::size_t>(row);
        return {targets.data() + first[at], static_cast<std::size_t>(first[at + 1] - first[at])};
    }
};

}  // namespace settle

// What a report says of a chip: where it is busy, what that costs, how long bits take, and where it is tight.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/chip/chip.hpp"
#include "sim/reports/html.hpp"
#include "sim/reports/plot.hpp"

namespace settle {

struct ChipSection {
    std::vector<Plot> plots;  ///< maps of the mesh (busy and, with [energy], joules), histogram of latencies
    std::string words;        ///< "link (3,1)→E is 94 % busy and makes 71 % of the waiting."
    Table busiest;            ///< the busiest servers
};

/// Of chip.csv and latencies.csv; nullopt where these are not of such a mesh.
std::optional<ChipSection> chip_section(const ChipSettings& chip, const std::string& servers,
                                        const std::string& latencies);

}  // namespace settle

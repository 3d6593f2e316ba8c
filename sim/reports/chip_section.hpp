// What a report says of a chip: where it is busy, what that costs, how long bits take, and where it is tight.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/reports/html.hpp"
#include "sim/reports/plot.hpp"
#include "sim/reports/run_files.hpp"

namespace settle {

struct ChipSection {
    std::vector<Plot> plots;  ///< maps of the mesh (busy and, with [energy], joules), histogram of latencies
    std::string words;        ///< "link (3,1)→E is 94 % busy and makes 71 % of the waiting."
    Table busiest;            ///< the busiest servers
};

/// nullopt without a chip.csv that goes with the scenario's mesh.
std::optional<ChipSection> chip_section(const RunFiles& run);

}  // namespace settle

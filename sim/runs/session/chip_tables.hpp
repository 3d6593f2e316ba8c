// The files of a run that say what the chip did: chip.csv and latencies.csv.
#pragma once

#include <optional>
#include <string>

#include "sim/engines/chip_figures.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct ChipTables {
    std::string servers;    ///< chip.csv (server_table)
    std::string latencies;  ///< latencies.csv (latency_table)
};

/// nullopt without the fabric of a chip in virtual time. `branch_periods`: of all branches of all presentations.
std::optional<ChipTables> chip_tables(const Scenario& scenario, const ChipFigures& figures,
                                      std::int64_t branch_periods);

}  // namespace settle

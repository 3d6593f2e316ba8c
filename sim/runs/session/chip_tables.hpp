// The files of a run that say what the chip did: chip.csv and latencies.csv.
#pragma once

#include <optional>
#include <string>

#include "sim/runs/session/session.hpp"

namespace settle {

struct ChipTables {
    std::string servers;    ///< chip.csv (server_table)
    std::string latencies;  ///< latencies.csv (latency_table)
};

/// nullopt without the fabric of a chip in virtual time.
std::optional<ChipTables> chip_tables(const Scenario& scenario, const RunTotals& totals);

}  // namespace settle

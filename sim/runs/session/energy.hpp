// The bill of a run in joules, from what the session has counted.
#pragma once

#include <optional>

#include "sim/measures/energy_bill.hpp"
#include "sim/runs/session/session.hpp"

namespace settle {

/// Cores in use: of a chip those that hold somebody; without one everything is one core.
std::int64_t cores_in_use(const Scenario& scenario);

/// So many periods of all cores in use.
CoreTime core_time(const Scenario& scenario, std::int64_t periods);

/// nullopt where the scenario has no [energy].
std::optional<EnergyFigures> energy_figures(const Scenario& scenario, const RunTotals& totals);

}  // namespace settle

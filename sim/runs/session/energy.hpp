// The bill of a run in joules, from what the session has counted.
#pragma once

#include <optional>

#include "sim/measures/energy_bill.hpp"
#include "sim/runs/session/session.hpp"

namespace settle {

/// nullopt where the scenario has no [energy].
std::optional<EnergyFigures> energy_figures(const Scenario& scenario, const RunTotals& totals);

}  // namespace settle

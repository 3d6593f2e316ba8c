// [energy] as values: a preset, and energies and a power as people write them: "72.8 pJ", "0 mW".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/measures/unit_costs.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// The keys of the section: the preset first, whose costs the others change.
void add_energy_keys(std::vector<Key>& keys);

/// The shortest text that reads back the same.
std::string cost_text(const UnitCosts& costs, const UnitCost& cost);

/// Names of the unit costs that are 0.
std::vector<std::string> free_of_charge(const UnitCosts& costs);

}  // namespace settle

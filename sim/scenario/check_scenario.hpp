// Scenarios that were built in code: what the program says about a file, the library says about them. Whatever takes a
// scenario calls one of these before it does anything.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// Holds a scenario to the table of keys and to what keys must fulfil together, as load_scenario does with a file: of
/// one run, whatever [sweep] and [search] say, and whatever data and weights there are. A scenario that load_scenario
/// returned passes. Throws one Error (input) with all problems, each with its key: "learning.batch: 0 is out of range;
/// expected an integer, 1 to 1000000".
void check_scenario(const Scenario& scenario);

/// Only the ranges of single keys, of these keys ("learning.batch") and sections ("data", "sweep"). For functions that
/// look at part of a scenario. Throws the same.
void check_keys(const Scenario& scenario, const std::vector<std::string>& keys);

}  // namespace settle

// What keys of a scenario must fulfil together, and what this version cannot do yet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/scenario/keys.hpp"

namespace settle {

/// The values that were given (not defaulted), by key path.
using GivenValues = std::map<std::string, Value>;

/// Adds a problem for everything that does not fit together. `file`: the place of keys that were not given.
void check_together(const Scenario& scenario, const GivenValues& given, const std::string& file,
                    std::vector<Problem>& problems);

/// Keys that were given, are not at their defaults, and that the chosen engine cannot honour: problems, or, where the
/// engine was chosen by --engine, warnings for [timing].
void check_engine(const Scenario& scenario, const GivenValues& given, std::vector<Problem>& problems,
                  std::vector<std::string>& warnings);

/// Features that DESIGN describes and this version does not have.
void refuse_unavailable(const Scenario& scenario, const GivenValues& given, const std::string& file,
                        std::vector<Problem>& problems);

/// Whether a key's value is what it would be had it not been given.
bool at_default(const Key& key, const Scenario& scenario);

}  // namespace settle

// The description of a scenario: what it is, what it takes, what theory says of it, and what it differs in from
// defaults.
#pragma once

#include <string>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// What `settle describe` prints of it, for people. What the data or the weights do not tell is said instead; throws
/// nothing of theirs.
std::string description_of(const Scenario& scenario);

}  // namespace settle

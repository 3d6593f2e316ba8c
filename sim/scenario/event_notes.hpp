// What is not wrong with the events of a scenario, and may still be another thing than was meant.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// For people, a line each: answers that are told, restarts that change nothing.
std::vector<std::string> notes_on_events(const Scenario& scenario);

}  // namespace settle

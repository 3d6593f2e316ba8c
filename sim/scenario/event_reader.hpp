// [[events]] of a scenario file: read, held to the scenario around them, or refused with place, what is expected and
// the nearest name.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/event.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// Reads all events. `scenario`: what its keys say, `given` the keys that were given, `file` the place of those that
/// were not. What needs no data is checked; check_events_on() does the rest. What is wrong goes to `problems`, and
/// such events are left out.
std::vector<Event> read_events(const Value& content, const Scenario& scenario, const GivenValues& given,
                               const std::string& file, Problems& problems);

}  // namespace settle

// From the options of a command to a loaded scenario; what there is to say about it goes to stderr.
#pragma once

#include <map>
#include <string>

#include "sim/scenario/load.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

/// `quiet`: warnings and notes are not printed.
LoadedScenario load_from_options(const ScenarioOptions& options, bool quiet);

/// The scenarios that its expectations compare with, by the name in `than`, changed by the same options where that
/// makes sense (load_other).
std::map<std::string, Scenario> load_others(const ScenarioOptions& options, const Scenario& scenario, bool quiet);

}  // namespace settle

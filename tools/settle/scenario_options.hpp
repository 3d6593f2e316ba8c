// From the options of a command to a loaded scenario; what there is to say about it goes to stderr.
#pragma once

#include "sim/scenario/load.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

/// `quiet`: warnings and notes are not printed.
LoadedScenario load_from_options(const ScenarioOptions& options, bool quiet);

}  // namespace settle

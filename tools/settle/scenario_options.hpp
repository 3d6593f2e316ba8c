// From the options of a command to a loaded scenario; what there is to say about it goes to stderr.
#pragma once

#include <map>
#include <string>

#include "sim/scenario/load.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

/// On stderr, unless `quiet`: that there are fewer workers than were asked for.
void tell_missing_threads(int wanted, int started, bool quiet);

/// `quiet`: warnings and notes are not printed.
LoadedScenario load_from_options(const ScenarioOptions& options, bool quiet);

/// The same for who has read the file already and needs it again.
LoadedScenario load_from_options(const ScenarioSource& source, const ScenarioOptions& options, bool quiet,
                                 Command command);

/// What the options change.
std::vector<Override> overrides_of(const ScenarioOptions& options);

/// The scenarios that its expectations compare with, by the name in `than`, changed by the same options where that
/// makes sense (load_other): those of the expectations about points for a sweep, of the others for everything else.
std::map<std::string, Scenario> load_others(const ScenarioOptions& options, const Scenario& scenario, bool quiet,
                                            Command command = Command::run);

}  // namespace settle

// What keys of a scenario must fulfil together, and what this version cannot do yet.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/keys.hpp"

namespace settle {

/// Adds a problem for everything that does not fit together. `file`: the place of keys that were not given.
void check_together(const Scenario& scenario, const GivenValues& given, const std::string& file, Problems& problems);

/// A stream does not learn: a file must say where its weights come from. What is built in code comes with a network.
void check_weights_of_stream(const Scenario& scenario, const GivenValues& given, const std::string& file,
                             Problems& problems);

/// Keys that were given, are not at their defaults, and that the chosen engine cannot honour are problems. Those of
/// [timing] are returned instead where the command line asks for lockstep: the run leaves them out, with a warning.
std::vector<std::string> check_engine(const Scenario& scenario, const GivenValues& given, Problems& problems);

/// Features that DESIGN describes and this version does not have.
void refuse_unavailable(const Scenario& scenario, const GivenValues& given, const std::string& file,
                        Problems& problems);

/// Whether an init_scale of the network or of a projection is ignored, since network.weights or a network that is
/// trained first has the weights.
bool has_idle_scale(const Scenario& scenario);

/// Whether a key's value is what it would be had it not been given.
bool at_default(const Key& key, const Scenario& scenario);

}  // namespace settle

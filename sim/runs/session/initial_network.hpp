// The network that a run begins with.
#pragma once

#include "core/stop.hpp"
#include "models/network/network.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// How its populations are joined. Links of sparse projections are read or drawn, which may take long: throws Stopped,
/// and Error (input) for a file.
Wiring wiring_of(const Scenario& scenario, const StopCheck& stop = nullptr);

/// The same, with the links of a wiring that there is, where they are those of its populations.
Wiring wiring_of(const Scenario& scenario, const Wiring& drawn);

/// The same without any links: who is joined with whom.
Wiring outline_of(const Scenario& scenario);

/// The weights of network.weights. Throws Error (input) naming the file and the key.
NetworkArrays read_initial_weights(const Scenario& scenario);

/// Those weights, or Glorot's. Throws the same, and Stopped.
Network initial_network(const Scenario& scenario, const StopCheck& stop = nullptr);

}  // namespace settle

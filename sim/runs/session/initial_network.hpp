// The network that a run begins with.
#pragma once

#include "models/network/network.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// How its populations are joined.
Wiring wiring_of(const Scenario& scenario);

/// The weights of network.weights. Throws Error (input) naming the file and the key.
NetworkArrays read_initial_weights(const Scenario& scenario);

/// Those weights, or Glorot's. Throws the same.
Network initial_network(const Scenario& scenario);

}  // namespace settle

// Plans: what a scenario says about phases, nudging and reading, compiled once for all engines; and what engines and
// devices need to know of it.
#pragma once

#include "models/neuron/neuron_model.hpp"
#include "sim/engines/free/free_running.hpp"
#include "sim/engines/plan.hpp"
#include "sim/engines/virtual/virtual_time.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Free phase, then nudged phase with `beta` (its sign included); splitstream or both signs as the scenario says.
Plan training_plan(const Scenario& scenario, double beta);

/// Free phase only.
Plan evaluation_plan(const Scenario& scenario);

/// The sign of beta for a minibatch of an epoch: fixed, or one coin.
double minibatch_beta(const Scenario& scenario, std::uint64_t epoch, std::uint64_t minibatch);

/// The scenario's neuron.
NeuronModel neuron_model(const Scenario& scenario);

/// The scenario's chip: clocks, links, faults.
DeviceSettings device_settings(const Scenario& scenario);

/// What the virtual-time engine needs to know of the scenario.
VirtualSettings virtual_settings(const Scenario& scenario);

/// What the free-running engine needs to know of the scenario.
FreeSettings free_settings(const Scenario& scenario);

}  // namespace settle

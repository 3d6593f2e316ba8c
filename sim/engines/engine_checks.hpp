// What engines are given, looked at before they use it: their constructors and run() are doors of the library. What
// lies behind them (presenters, shards, slices, mailboxes) relies on it. All throw Error (input).
#pragma once

#include <vector>

#include "models/network/network.hpp"
#include "models/neuron/neuron_model.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// Restarts that the neurons can make.
void check_model(const NeuronModel& model);

/// The same, and neurons that send bits: those off lockstep.
void check_spiking(const NeuronModel& model);

/// Instants in the order that plan.hpp wants, of branches that run, at times and slots that the plan has; every branch
/// that begins ends. What they refer to in the tables is there; that it fits the network check_run() sees.
void check_plan(const Plan& plan);

/// At least one presentation; x (batch x padded inputs) in [0, 1] with padding 0; labels of the output layer; and the
/// same of further inputs.
void check_minibatch(const Minibatch& minibatch, const Wiring& wiring);

/// Everything that run() is given, the minibatch's own plans included. Whether weights are finite has been seen when
/// their images were derived.
void check_run(const Wiring& wiring, bool continuous, const Plan& plan, const Network& network,
               const Minibatch& minibatch);

}  // namespace settle

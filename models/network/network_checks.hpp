// What every network fulfils, for whoever takes one from outside: the doors of the library call these, and what lies
// behind them relies on it. All throw Error (input); keys name the array as weights.h5 does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/network/contrast.hpp"
#include "models/network/network.hpp"

namespace settle {

/// A weight for every pair of neighbours and a bias for every neuron of layers 1..L.
void check_array_shapes(const NetworkArrays& arrays, const Wiring& wiring);

/// The same, and all finite, |weight| < 512 (beyond that none fits the fixed point).
void check_arrays(const NetworkArrays& arrays, const Wiring& wiring);

/// The shapes alone: projections, weights and biases are those of the wiring. Cheap; done before every run of an
/// engine.
void check_shapes(const Network& network, const Wiring& wiring);

/// The shapes, and that all weights and biases are finite: whether they are too large derive_images() sees, which says
/// that the network diverged.
void check_network(const Network& network, const Wiring& wiring);

/// None, or a mask for each projection.
void check_dead(const DeadLinks& dead, const Network& network);

/// Whether the images that ticks use have been made of the weights; which ones, `continuous` says.
void check_images(const Network& network, bool continuous);

/// States of a minibatch of at least one presentation, of such a network. `name` is what messages call them.
void check_states(const BatchStates& states, const Wiring& wiring, const char* name);

/// Labels of a network with `classes` outputs, one a presentation. `name` is what messages call them.
void check_classes(std::span<const std::int32_t> labels, std::size_t presentations, int classes, const char* name);

}  // namespace settle

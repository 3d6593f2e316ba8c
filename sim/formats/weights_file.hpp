// weights.h5: /weights/0..L-1 float32 (pre x post) and /biases/0..L-1 float32 (layers 1..L).
#pragma once

#include <string>
#include <vector>

#include "models/network/network.hpp"

namespace settle {

/// No weight may reach this size: in fixed point (2^22 a unit, int32) it could not be held.
constexpr float largest_weight = 512;

/// Throws Error (input) unless the file holds exactly the projections of `layers` (network.layers, L + 1 sizes), all
/// finite, |weight| < largest_weight.
NetworkArrays read_weights(const std::string& path, const Wiring& wiring);

/// The file appears complete or not at all; an old one of that name is replaced. Throws Error (input) for arrays of
/// another network, Error (runtime) where it cannot be written.
void write_weights(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring);

}  // namespace settle

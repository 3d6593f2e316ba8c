// weights.h5: /weights/N float32 for the projections in their order: dense (pre x post), convolution (c' x c x kernel x
// kernel), sparse a group of pre, post int32 and weight float32 (links), each with the attributes `between` and `kind`;
// /biases/N float32 of population N + 1, one a neuron or, where a convolution names it second, one a channel.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/network/network.hpp"

namespace settle {

/// No weight may reach this size: in fixed point (2^22 a unit, int32) it could not be held.
constexpr float largest_weight = 512;

class Hdf5Writer;

/// Throws Error (input) unless the file holds exactly the projections of the wiring, with its links, all finite,
/// |weight| < largest_weight. Attributes may be missing.
NetworkArrays read_weights(const std::string& path, const Wiring& wiring);

/// The weights of one projection as `name` (/weights/N), with its attributes.
void write_projection(Hdf5Writer& file, const std::string& name, const Wiring& wiring, int k,
                      std::span<const float> weights);

/// The file appears complete or not at all; an old one of that name is replaced. Throws Error (input) for arrays of
/// another network, Error (runtime) where it cannot be written.
void write_weights(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring);

}  // namespace settle

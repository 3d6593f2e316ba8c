// Energy and cost of a network's state (Scellier & Bengio 2017), in double: for figures and tests, not for the ticks.
// All throw Error (input) for arrays of another network.
#pragma once

#include <span>
#include <vector>

#include "models/network/network.hpp"

namespace settle {

/// E(s) = 1/2 sum s^2 - sum_{i<j} w_ij rho(s_i) rho(s_j) - sum b_i rho(s_i), over all populations; the clamped one
/// enters through its weights alone. `states`: one array per population, at least its size long.
double energy(const Network& network, const std::vector<std::span<const float>>& states);

/// What the clamped population sends to each neuron that is not clamped, in the order of their numbers: sum over i of
/// w_ij rho(x_i). It does not change while the states do, so whoever asks for many energies computes it once.
std::vector<double> clamped_drive(const Network& network, std::span<const float> x);

/// The same energy from the drive of the clamped population; states[0] is not looked at.
double energy(const Network& network, std::span<const double> drive, const std::vector<std::span<const float>>& states);

/// C = sum (y - s_out)^2 for the one-hot target of `label`.
double cost(std::span<const float> output, int label);

}  // namespace settle

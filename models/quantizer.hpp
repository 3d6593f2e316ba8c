// How a neuron turns its encoded activation a into one bit; DESIGN section 1 has the equations.
#pragma once

namespace settle {

/// none: the continuous network, which sends rho(s) itself.
enum class Quantizer { stochastic, threshold, sigma_delta, second_order_sigma_delta, none };

}  // namespace settle

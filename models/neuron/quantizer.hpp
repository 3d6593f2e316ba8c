// How a neuron turns its encoded activation a into one bit; docs/design.md has the equations,
// models/neuron/neuron.hpp computes them.
#pragma once

#include <array>
#include <cstddef>

namespace settle {

/// none: the continuous network, which sends rho(s) itself.
enum class Quantizer { stochastic, threshold, sigma_delta, second_order_sigma_delta, none };

/// What is to be known of each, in the order of the enum; files name it by its word. The continuous network has none.
struct QuantizerRow {
    Quantizer quantizer;
    const char* word;
    bool draws_noise;  ///< needs a draw a tick
    int integrators;   ///< what it remembers: 0 nothing, 1 phi, 2 phi and phi2
};
constexpr std::array quantizer_table = {
    QuantizerRow{Quantizer::stochastic, "stochastic", true, 0},
    QuantizerRow{Quantizer::threshold, "threshold", false, 0},
    QuantizerRow{Quantizer::sigma_delta, "sigma-delta", false, 1},
    QuantizerRow{Quantizer::second_order_sigma_delta, "second-order-sigma-delta", false, 2},
};

/// With `none`, which is the last.
constexpr std::size_t quantizers = static_cast<std::size_t>(Quantizer::none) + 1;

constexpr bool quantizer_table_is_in_order() {
    for (std::size_t i = 0; i < quantizer_table.size(); ++i) {
        if (static_cast<std::size_t>(quantizer_table[i].quantizer) != i) return false;
    }
    return quantizer_table.size() + 1 == quantizers;
}
static_assert(quantizer_table_is_in_order(), "a quantizer has no row");

constexpr bool draws_noise(Quantizer quantizer) {
    return quantizer != Quantizer::none && quantizer_table[static_cast<std::size_t>(quantizer)].draws_noise;
}
constexpr int integrators(Quantizer quantizer) {
    return quantizer == Quantizer::none ? 0 : quantizer_table[static_cast<std::size_t>(quantizer)].integrators;
}

}  // namespace settle

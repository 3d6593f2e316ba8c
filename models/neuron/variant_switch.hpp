// From a neuron model's variant, known at run time, to a template argument: one branch per block of neurons.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <utility>

#include "models/neuron/neuron_variant.hpp"

namespace settle {

/// Without prediction, with it, and with restarts.
constexpr std::size_t neuron_codings = 3;
constexpr std::size_t neuron_variants = neuron_codings * step_kinds * quantizers * 2;

constexpr std::size_t number_of(NeuronVariant variant) {
    std::size_t number = variant.restarts ? 2 : variant.predictive ? 1 : 0;
    number = number * step_kinds + static_cast<std::size_t>(variant.step);
    number = number * quantizers + static_cast<std::size_t>(variant.quantizer);
    return number * 2 + (variant.nudged ? 1 : 0);
}

constexpr NeuronVariant variant_of(std::size_t number) {
    NeuronVariant variant;
    variant.nudged = number % 2 != 0;
    variant.quantizer = static_cast<Quantizer>(number / 2 % quantizers);
    variant.step = static_cast<StepKind>(number / 2 / quantizers % step_kinds);
    variant.predictive = number / 2 / quantizers / step_kinds != 0;
    variant.restarts = number / 2 / quantizers / step_kinds == 2;
    return variant;
}

/// Calls Action::template run<of(variant)>(arguments…) for this variant.
template <class Action, NeuronVariant (*of)(NeuronVariant), class... Arguments>
void run_variant_as(NeuronVariant variant, Arguments&... arguments) {
    using Run = void (*)(Arguments & ...);
    static constexpr auto table = []<std::size_t... number>(std::index_sequence<number...>) {
        return std::array<Run, neuron_variants>{
            [](Arguments&... these) { Action::template run<of(variant_of(number))>(these...); }...};
    }
    (std::make_index_sequence<neuron_variants>());
    table[number_of(variant)](arguments...);
}

/// The same variant; but a continuous neuron predicts nothing, whatever it is told.
constexpr NeuronVariant as_told(NeuronVariant variant) {
    if (variant.quantizer == Quantizer::none) variant.predictive = variant.restarts = false;
    return variant;
}

/// Calls Action::template run<variant>(arguments…) for this variant.
template <class Action, class... Arguments>
void run_variant(NeuronVariant variant, Arguments&&... arguments) {
    run_variant_as<Action, as_told>(variant, arguments...);
}

/// Of neurons that send bits; others are not to be run.
constexpr NeuronVariant of_bits(NeuronVariant variant) {
    if (variant.quantizer == Quantizer::none) variant.quantizer = Quantizer::sigma_delta;
    return variant;
}

/// The same for an action on neurons that send bits.
template <class Action, class... Arguments>
void run_bit_variant(NeuronVariant variant, Arguments&&... arguments) {
    assert(variant.quantizer != Quantizer::none);
    run_variant_as<Action, of_bits>(variant, arguments...);
}

/// A clamped neuron takes no step and is never nudged: one variant for all rules. A continuous one has no ticks.
constexpr NeuronVariant clamped(NeuronVariant variant) {
    variant.step = StepKind::scheduled;
    variant.nudged = false;
    return of_bits(variant);
}

/// The same for an action on clamped neurons, which is compiled for their variants alone.
template <class Action, class... Arguments>
void run_clamped_variant(NeuronVariant variant, Arguments&&... arguments) {
    assert(variant.quantizer != Quantizer::none);
    run_variant_as<Action, clamped>(variant, arguments...);
}

}  // namespace settle

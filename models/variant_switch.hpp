// From a neuron model's variant, known at run time, to a template argument: one branch per block of neurons.
#pragma once

#include <utility>

#include "models/neuron_variant.hpp"

namespace settle {

/// A variant as a type, so that a generic lambda can take it: constexpr NeuronVariant v = decltype(constant)::value.
template <NeuronVariant variant>
struct VariantConstant {
    static constexpr NeuronVariant value = variant;
};

/// Calls Action::template run<variant>(arguments…) for the one variant that equals `variant`.
template <class Action, class... Arguments>
void run_variant(NeuronVariant variant, Arguments&&... arguments) {
    const auto with_quantizer = [&]<bool predictive, StepKind step, bool nudged>() {
        switch (variant.quantizer) {
            case Quantizer::stochastic:
                return Action::template run<NeuronVariant{predictive, step, Quantizer::stochastic, nudged}>(
                    arguments...);
            case Quantizer::threshold:
                return Action::template run<NeuronVariant{predictive, step, Quantizer::threshold, nudged}>(
                    arguments...);
            case Quantizer::sigma_delta:
                return Action::template run<NeuronVariant{predictive, step, Quantizer::sigma_delta, nudged}>(
                    arguments...);
            case Quantizer::second_order_sigma_delta:
                return Action::template run<NeuronVariant{predictive, step, Quantizer::second_order_sigma_delta,
                                                          nudged}>(arguments...);
            case Quantizer::none:
                return Action::template run<NeuronVariant{predictive, step, Quantizer::none, nudged}>(arguments...);
        }
    };
    const auto with_step = [&]<bool predictive, bool nudged>() {
        switch (variant.step) {
            case StepKind::scheduled:
                return with_quantizer.template operator()<predictive, StepKind::scheduled, nudged>();
            case StepKind::osa:
                return with_quantizer.template operator()<predictive, StepKind::osa, nudged>();
            case StepKind::kesten:
                return with_quantizer.template operator()<predictive, StepKind::kesten, nudged>();
        }
    };
    if (variant.predictive) {
        variant.nudged ? with_step.template operator()<true, true>() : with_step.template operator()<true, false>();
    } else {
        variant.nudged ? with_step.template operator()<false, true>() : with_step.template operator()<false, false>();
    }
}

}  // namespace settle

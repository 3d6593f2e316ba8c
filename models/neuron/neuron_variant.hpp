// Which of the neuron's equations apply: the same for all neurons of a block, chosen once per block and never per
// neuron.
#pragma once

#include "models/neuron/quantizer.hpp"
#include "models/neuron/step_rule.hpp"

namespace settle {

struct NeuronVariant {
    bool predictive = false;  ///< lambda given: predictive encoder and decoder
    bool restarts = false;    ///< each neuron restarts its annealing itself; only if predictive
    StepKind step = StepKind::scheduled;
    Quantizer quantizer = Quantizer::sigma_delta;
    bool nudged = false;  ///< output layer in the nudged phase

    bool operator==(const NeuronVariant&) const = default;
};

}  // namespace settle

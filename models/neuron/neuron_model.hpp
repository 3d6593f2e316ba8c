// The neuron model of a network: which equations apply and with which parameters. One for all populations.
#pragma once

#include <optional>
#include <vector>

#include "models/neuron/neuron_variant.hpp"
#include "models/neuron/schedule.hpp"
#include "models/neuron/step_rule.hpp"

namespace settle {

struct NeuronModel {
    Quantizer quantizer = Quantizer::sigma_delta;  ///< none: continuous, sends rho(s) itself
    StepRule epsilon = Schedule{0.843, 0.0923, 0};
    std::optional<Schedule> lambda;  ///< absent: no prediction

    bool continuous() const { return quantizer == Quantizer::none; }
    NeuronVariant variant(bool nudged) const;
};

/// epsilon and lambda for t = 1 … ticks, entry 0 for t = 1. Adaptive rules and no prediction leave zeros that nobody
/// reads.
struct AnnealingTable {
    std::vector<float> epsilon;
    std::vector<float> lambda;
};
/// Throws what tabulate() of a schedule throws.
AnnealingTable tabulate(const NeuronModel& model, std::int64_t ticks, const StopCheck& stop = nullptr);

}  // namespace settle

// The neuron model of a network: which equations apply and with which parameters. One for all populations.
#pragma once

#include <optional>
#include <vector>

#include "models/neuron/neuron_variant.hpp"
#include "models/neuron/restart.hpp"
#include "models/neuron/schedule.hpp"
#include "models/neuron/step_rule.hpp"

namespace settle {

struct NeuronModel {
    Quantizer quantizer = Quantizer::sigma_delta;  ///< none: continuous, sends rho(s) itself
    StepRule epsilon = Schedule{0.843, 0.0923, 0};
    std::optional<Schedule> lambda;  ///< absent: no prediction
    RestartRule restart;             ///< surprise needs lambda

    bool continuous() const { return quantizer == Quantizer::none; }
    bool announced() const { return std::holds_alternative<AnnouncedRestarts>(restart); }
    NeuronVariant variant(bool nudged) const;
};

/// epsilon and lambda for every t of a presentation of so many ticks, entry 0 for t = 1: a restart may be to a later t
/// than the first. Adaptive rules and no prediction leave zeros that nobody reads.
struct AnnealingTable {
    std::int64_t ticks = 0;  ///< of the presentation
    std::vector<float> epsilon;
    std::vector<float> lambda;
};
/// Throws what tabulate() of a schedule throws.
AnnealingTable tabulate(const NeuronModel& model, std::int64_t ticks, const StopCheck& stop = nullptr);

}  // namespace settle

#include "models/neuron/neuron_model.hpp"

namespace settle {

NeuronVariant NeuronModel::variant(bool nudged) const {
    NeuronVariant variant;
    variant.predictive = lambda.has_value();
    variant.restarts = variant.predictive && std::holds_alternative<SurpriseRestarts>(restart);
    variant.quantizer = quantizer;
    variant.nudged = nudged;
    variant.step = kind_of(epsilon);
    return variant;
}

AnnealingTable tabulate(const NeuronModel& model, std::int64_t ticks, const StopCheck& stop) {
    AnnealingTable table;
    table.ticks = ticks;
    const auto* surprise = std::get_if<SurpriseRestarts>(&model.restart);
    const std::int64_t last = ticks + (surprise ? surprise->to : 0);
    const auto none = [&] { return std::vector<float>(static_cast<std::size_t>(last)); };
    const auto* schedule = std::get_if<Schedule>(&model.epsilon);
    table.epsilon = schedule ? tabulate(*schedule, last, stop) : none();
    table.lambda = model.lambda ? tabulate(*model.lambda, last, stop) : none();
    return table;
}

}  // namespace settle

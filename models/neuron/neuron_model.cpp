#include "models/neuron/neuron_model.hpp"

namespace settle {

NeuronVariant NeuronModel::variant(bool nudged) const {
    NeuronVariant variant;
    variant.predictive = lambda.has_value();
    variant.quantizer = quantizer;
    variant.nudged = nudged;
    variant.step = kind_of(epsilon);
    return variant;
}

AnnealingTable tabulate(const NeuronModel& model, std::int64_t ticks, const StopCheck& stop) {
    const auto none = [&] { return std::vector<float>(static_cast<std::size_t>(ticks)); };
    AnnealingTable table;
    const auto* schedule = std::get_if<Schedule>(&model.epsilon);
    table.epsilon = schedule ? tabulate(*schedule, ticks, stop) : none();
    table.lambda = model.lambda ? tabulate(*model.lambda, ticks, stop) : none();
    return table;
}

}  // namespace settle

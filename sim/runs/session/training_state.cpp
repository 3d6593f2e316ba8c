#include "sim/runs/session/training_state.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "models/chip/mesh.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse_state(const std::string& part, const std::string& message, const std::string& expected) {
    throw input_error("", "state." + part, message, expected);
}

/// Whether curves over the free phase are as long as it.
void check_curves(const char* part, const Evaluation& evaluation, std::int64_t periods) {
    for (const auto* curve : {&evaluation.wrong_at, &evaluation.settled_at}) {
        const auto length = static_cast<std::int64_t>(curve->size());
        if (length == 0 || length == periods) continue;
        refuse_state(part, "is of " + std::to_string(length) + " periods",
                     std::to_string(periods) + ", as phases.free");
    }
}

bool is_of(const ChipFigures& figures, const Scenario& scenario) {
    if (!scenario.chip) return false;
    const Mesh mesh(*scenario.chip);
    return figures.servers.size() == static_cast<std::size_t>(mesh.servers()) &&
           figures.cores.size() == static_cast<std::size_t>(mesh.cores()) &&
           figures.populations.size() == scenario.network.sizes().size();
}

}  // namespace

void check_state(const TrainingState& state, const Scenario& scenario, std::int64_t samples) {
    const std::int64_t minibatches = (samples + scenario.learning.batch - 1) / scenario.learning.batch;
    if (state.epoch < 0 || state.minibatch < 0 || state.minibatch > minibatches)
        refuse_state("minibatch", "is " + std::to_string(state.minibatch) + " of epoch " + std::to_string(state.epoch),
                     "at least 0, at most the " + std::to_string(minibatches) + " of an epoch");
    if (state.minibatches < 0 || state.presentations < 0 || state.trained < 0)
        refuse_state("trained", "a count is below 0", "at least 0");
    if (std::max(state.counters.size(), state.traffic.size()) > scenario.network.sizes().size())
        refuse_state("counters", "are of more layers than there are", "those of this network");
    if (!state.chip.empty() && !is_of(state.chip, scenario))
        refuse_state("chip", "has figures of another chip", "those of the servers, populations and cores of this one");
    check_curves("train", state.train, scenario.phases.free);
    if (state.last_train) check_curves("last_train", *state.last_train, scenario.phases.free);
    if (state.last_validation) check_curves("last_validation", *state.last_validation, scenario.phases.free);
    if (state.last_test) check_curves("last_test", *state.last_test, scenario.phases.free);
}

}  // namespace settle

#include "sim/runs/session/plans.hpp"

#include <algorithm>
#include <memory>

#include "core/draw.hpp"

namespace settle {

namespace {

/// Reads `slot` at the end of period `end`: the mean over the last K period ends, or the state itself.
void add_reading(Plan& plan, Branch branch, int slot, std::int64_t end, int readout_mean) {
    const int samples = std::max(readout_mean, 1);
    for (std::int64_t period = end - samples + 1; period <= end; ++period) {
        plan.instants.push_back(Sample{period, branch, slot});
    }
    plan.instants.push_back(Reading{end, branch, slot, samples});
    plan.slots.resize(std::max(plan.slots.size(), static_cast<std::size_t>(slot) + 1));
    plan.slots[static_cast<std::size_t>(slot)] = true;
}

Plan empty_plan(const Scenario& scenario, std::int64_t periods) {
    Plan plan;
    plan.period = scenario.timing.period;
    plan.free = scenario.phases.free;
    plan.periods = periods;
    return plan;
}

}  // namespace

Plan training_plan(const Scenario& scenario, double beta) {
    const auto& phases = scenario.phases;
    const std::int64_t free = phases.free, end = free + phases.nudged;
    const bool both = scenario.learning.beta_sign == BetaSign::both;
    const auto strength = static_cast<float>(beta);
    Plan plan = empty_plan(scenario, end);
    plan.answer_slot = phases.splitstream ? Slots::answer : Slots::free;
    add_reading(plan, Branch::main, plan.answer_slot, free, phases.readout_mean);
    if (phases.splitstream) plan.instants.push_back(Fork{free, Branch::free});
    if (both) plan.instants.push_back(Fork{free, Branch::minus});
    plan.instants.push_back(Nudge{free, Branch::main, strength});
    add_reading(plan, Branch::main, Slots::nudged, end, phases.readout_mean);
    plan.instants.push_back(End{end, Branch::main});
    if (phases.splitstream) {
        add_reading(plan, Branch::free, Slots::free, end, phases.readout_mean);
        plan.instants.push_back(End{end, Branch::free});
    }
    if (both) {
        plan.instants.push_back(Nudge{free, Branch::minus, -strength});
        add_reading(plan, Branch::minus, Slots::minus, end, phases.readout_mean);
        plan.instants.push_back(End{end, Branch::minus});
    }
    return plan;
}

Plan evaluation_plan(const Scenario& scenario) {
    Plan plan = empty_plan(scenario, scenario.phases.free);
    add_reading(plan, Branch::main, Slots::free, plan.free, scenario.phases.readout_mean);
    plan.instants.push_back(End{plan.free, Branch::main});
    return plan;
}

double minibatch_beta(const Scenario& scenario, std::uint64_t epoch, std::uint64_t minibatch) {
    const double beta = scenario.learning.beta;
    if (scenario.learning.beta_sign != BetaSign::random) return beta;
    const Stream stream(scenario.seed, Purpose::beta_sign, epoch);
    return stream.below(minibatch, 2) == 0 ? beta : -beta;
}

NeuronModel neuron_model(const Scenario& scenario) {
    NeuronModel model;
    const bool continuous = scenario.neuron.kind == NeuronKind::continuous;
    model.quantizer = continuous ? Quantizer::none : scenario.neuron.quantizer;
    model.epsilon = scenario.neuron.epsilon;
    model.lambda = scenario.neuron.lambda;
    model.restart = scenario.neuron.restart;
    return model;
}

DeviceSettings device_settings(const Scenario& scenario) {
    const auto& timing = scenario.timing;
    DeviceSettings device;
    device.clock = {timing.period, timing.jitter, timing.accumulate, timing.drift,
                    timing.phase == PhaseAlignment::random};
    device.link = {timing.link,   timing.scope, timing.latency,    timing.latency_jitter,
                   timing.period, timing.loss,  timing.duplication};
    device.link.burst = timing.burst;
    device.faults = {scenario.faults.stuck_at_zero, scenario.faults.stuck_at_one, scenario.faults.dead_links};
    device.device_seed = timing.device_seed;
    if (!scenario.chip) return device;
    if (scenario.engine == EngineKind::virtual_time) {
        device.chip = std::make_shared<const ChipSettings>(*scenario.chip);
        device.unit_ps = static_cast<std::int64_t>(picoseconds_a_unit(timing.unit));
        device.link.unbounded = true;
    } else {
        // The others know places only; their links are what they are without a chip.
        device.link.scope = Scope::axon;
        device.link.latency = default_latency(timing.period);
    }
    return device;
}

/// Presentations that come together: no more than there are, where the scenario tells.
static int usual_batch(const Scenario& scenario) {
    const int batch = scenario.learning.batch;
    const bool untested = scenario.data.test == 0 || scenario.data.set == DataSet::random;
    if (!scenario.data.train || !untested) return batch;
    return static_cast<int>(std::min<std::int64_t>(batch, *scenario.data.train));
}

VirtualSettings virtual_settings(const Scenario& scenario) {
    VirtualSettings settings;
    settings.seed = scenario.seed;
    settings.shard = scenario.shard;
    settings.batch = usual_batch(scenario);
    settings.presentation = scenario.timing.period * most_periods(scenario);
    return settings;
}

FreeSettings free_settings(const Scenario& scenario) {
    FreeSettings settings;
    settings.rules.max_lead = scenario.free.max_lead;
    settings.rules.pace = scenario.free.pace.value_or(WallDuration::zero());
    settings.seed = scenario.seed;
    settings.shard = scenario.shard;
    settings.periods = most_periods(scenario);
    return settings;
}

}  // namespace settle

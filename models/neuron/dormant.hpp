// Clamped neurons that are left out of a population while they are at 0: a tick would change nothing of them and they
// would not fire. What they remember is kept here, so that they can come back when their value changes.
#pragma once

#include <cstdint>
#include <span>

#include "models/neuron/population.hpp"

namespace settle {

class Dormant {
public:
    Dormant() = default;

    /// All neurons are as when a presentation begins.
    void begin(int neurons, const NeuronModel& model);

    /// Lane k of the population is neuron lanes[k], whose clock has ticked ticks[k] times: all of them go to sleep.
    void put(const Population& population, std::span<const std::int32_t> lanes, std::span<const std::int32_t> ticks);
    /// And wake up: lane k is neuron lanes[k] from now on, and its clock has ticked ticks[k] times: counters of neurons
    /// that restart their annealing have gone on. The population has room for them.
    void take(Population& population, std::span<const std::int32_t> lanes, std::span<const std::int32_t> ticks) const;

    /// The annealing of all neurons begins anew. ticks[i]: so often the clock of neuron i has ticked.
    void restart_annealing(std::span<const std::int32_t> ticks);

    /// Whether a tick at 0 would leave this neuron, which sleeps, as it is, and silent: not before it has had one.
    bool rests(std::int32_t neuron) const;

private:
    Population all_;  ///< counters less the ticks of the clock
    NeuronVariant variant_;
};

}  // namespace settle

// A panel: sixteen neurons of one population with clocks of their own, so that any of them may tick while the others
// do not. What a lane does is models/neuron/neuron.hpp, as for every engine.
#pragma once

#include <cstdint>
#include <span>

#include "models/kernels/panel_round.hpp"
#include "models/neuron/population.hpp"

namespace settle {

/// What one tick brings to each lane of a panel. Arrays are (16) and stand on cache lines. Lanes that do not tick are
/// ignored.
struct PanelTick {
    /// Done since the annealing began: this tick has t = ticks + 1. Neurons that restart themselves count themselves.
    const std::int32_t* ticks = nullptr;
    const AnnealingTable* table = nullptr;  ///< epsilon and lambda at every t of a lane
    std::int32_t* sums = nullptr;  ///< integer weights of the received bits; those of lanes that tick are cleared
    bool keeps_sums = false;       ///< level links: no, they are not
    const float* noise = nullptr;  ///< uniform in [0, 1), for the stochastic quantizer
    const float* biases = nullptr;
    const float* x = nullptr;  ///< the data of clamped neurons, which hear nobody
    const float* y = nullptr;  ///< one-hot target; null unless nudged
    float two_beta = 0;
};

/// One tick of those neurons of a panel that are in `lanes`; the others keep their state. Returns who fired.
/// Neurons are clamped where `x` is given. `Population::bits` is not used. The best instruction set of the machine is
/// chosen at run time.
LaneSet tick_panel(Population& population, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes);

/// The same for many panels, one after the other: arrays of `in` are (panels x 16), and fired[i] tells who fired of
/// rounds[i].
void tick_panels(Population& population, std::span<const PanelRound> rounds, const NeuronModel& model,
                 const PanelTick& in, LaneSet* fired);

/// One neuron after the other in plain floats: the reference that judges the fast one.
LaneSet tick_panel_reference(Population& population, int panel, const NeuronModel& model, const PanelTick& in,
                             LaneSet lanes);

}  // namespace settle

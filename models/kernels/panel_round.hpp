// Rounds: in each, every neuron of a panel ticks once at most.
#pragma once

#include "models/kernels/panel.hpp"

namespace settle {

/// A panel, and those of its lanes that tick. Kernels take many at once: what is the same for all of them is then
/// looked up once.
struct PanelRound {
    int panel;
    LaneSet lanes;
};

}  // namespace settle

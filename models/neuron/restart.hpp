// When the annealing of a neuron begins anew: the counter that is the t of its schedules, and its adaptive rule.
#pragma once

#include <variant>

namespace settle {

/// With the presentation, and then never.
struct NeverRestarts {
    bool operator==(const NeverRestarts&) const = default;
};

/// Everybody's, by the coordinator, when it presents another input: what no chip knows.
struct AnnouncedRestarts {
    bool operator==(const AnnouncedRestarts&) const = default;
};

/// Each neuron's own, where it is surprised by what it receives: models/neuron/neuron.hpp has the equations.
struct SurpriseRestarts {
    double gain = 0.1;      ///< of the running mean of the innovation u - v
    double spread = 0.025;  ///< gain of the running mean of its square
    double threshold = 3;   ///< standard deviations of that mean
    int pause = 8;          ///< ticks after a restart without another one
    int to = 2;             ///< what the counter becomes
    double input = 0.1;     ///< a clamped neuron restarts when its value moves by more
    bool warmed = false;    ///< the mean of the square weighs all ticks alike until its memory is full

    bool operator==(const SurpriseRestarts&) const = default;
};

using RestartRule = std::variant<NeverRestarts, AnnouncedRestarts, SurpriseRestarts>;

}  // namespace settle

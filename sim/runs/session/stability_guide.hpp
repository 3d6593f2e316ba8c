// Theory beside measurement: what the linear theory of delayed networks says about a scenario before anything is run.
#pragma once

#include "core/worker_pool.hpp"
#include "models/theory/stability.hpp"
#include "sim/measures/certificate_figures.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Of the initial weights, at the free fixed points of the continuous network for the first presentations of the first
/// minibatch. Its network is the ideal one: without faults and losses. Eigenvalues are those of the weights among
/// unsaturated neurons, the extreme ones over all these presentations.
struct StabilityGuide {
    int presentations = 0;  ///< 20, or fewer of a network so large that describing it would take long
    bool settled = false;   ///< relaxed with epsilon 0.5 to 1e-9; else all that follows is of states on their way
    double residual = 0;    ///< the largest change of a state in the last tick of the relaxation
    std::size_t fewest_unsaturated = 0, most_unsaturated = 0, neurons = 0;  ///< of layers 1..L
    CertificateFigures certificate;                                         ///< all 0 where all neurons are saturated
    std::optional<double>
        critical_delay;  ///< in units of period / epsilon; absent: stable at any delay, or not settled
};

/// Loads no more of the data than it looks at. Throws Error (input) where data or weights are not there.
StabilityGuide stability_guide(const Scenario& scenario, WorkerPool& workers);

}  // namespace settle

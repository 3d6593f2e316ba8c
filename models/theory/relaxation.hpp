// The continuous network run to its fixed point, in double precision and plain loops: the reference that a settling
// binary network is measured against (Scellier & Bengio 2017). Two of them: the ideal network, and the effective one,
// which is what a chip with drifting clocks, lossy links and broken parts really is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/device/device.hpp"
#include "models/network/network.hpp"

namespace settle {

/// The weights of a pathway that are there, where it is not dense.
struct RateLinks {
    std::vector<std::int64_t> first;   ///< (neurons of the source + 1) where those of each begin; empty: it is dense
    std::vector<std::int32_t> target;  ///< (links)
    std::vector<double> weight;        ///< (links)

    bool dense() const { return first.empty(); }
    bool operator==(const RateLinks&) const = default;
};

/// Neurons that send rho(s) itself, at every tick, over weights that need not be symmetric.
struct ContinuousNetwork {
    Wiring wiring;
    std::vector<std::vector<double>> weights;  ///< by pathway: (neurons of the source x of the target); empty: links
    std::vector<RateLinks> links;              ///< by pathway
    std::vector<std::vector<double>> biases;   ///< by population; that of the input is empty
    std::vector<Stuck> stuck;                  ///< one a neuron; empty: none is stuck

    bool operator==(const ContinuousNetwork&) const = default;
};

/// What the network is meant to be: its symmetric weights, those of dead links as they were before they died.
ContinuousNetwork ideal_network(const Network& network);

/// What the network is on this device.
///
/// Pulse links: u of a target sums what has arrived since its last tick, so it hears a source (1 - loss)(1 +
/// duplication) f_source / f_target times a tick (f = 1 / period), and the weight counts as often. These are the only
/// factors: latency and jitter move bits in time and leave their number as it is.
///
/// Level links: the target holds the last bit received and sums it once a tick, however often it came, so neither drift
/// nor loss nor duplication shifts its mean: factor 1, or 0 where all is lost. (DESIGN has the pulse formula only.)
///
/// Dead links are 0, either way. A stuck neuron's output is 0 or 1, its state evolves like any other.
ContinuousNetwork effective_network(const Network& network, const Device& device);

/// States of all neurons for every presentation of a minibatch, (batch x neurons); those of the input are the data.
struct RateStates {
    RateStates() = default;
    /// All zero: where every presentation begins.
    RateStates(const std::vector<int>& sizes, int presentations);

    int batch = 0;
    std::vector<int> first;      ///< number of the first neuron of each population; then that of all neurons
    std::vector<double> values;  ///< (batch x neurons)

    int neurons() const { return first.back(); }
    std::span<double> of(int population, int presentation);
    std::span<const double> of(int population, int presentation) const;
};

/// The step that relaxes a network under this nudge: 0.5, and less where the nudge is so strong that an output neuron,
/// which a tick moves by epsilon (1 + 2 beta) of what it is away, would overshoot by more than half.
double relaxation_step(double beta);

struct RelaxationSettings {
    std::int64_t ticks = 1000;
    double epsilon = 0.5;
    double beta = 0;  ///< 0: no nudge
};

/// How a relaxation ended.
struct Relaxation {
    double residual = 0;     ///< max over presentations and neurons of |s(t) - s(t - 1)| at the last tick; 0: no tick
    std::int64_t ticks = 0;  ///< done by the presentation that took longest
};

/// Runs s <- clip((1 - epsilon) s + epsilon (W rho(s) + b + 2 beta (y - s)), 0, 1), the nudge in the output only (rho'
/// is 1 on the closed interval), all neurons at once, from `states`, whose input is clamped. A
/// presentation ends early when none of its states moves by more than 1e-15. `labels`: (batch) index of the 1 of y;
/// not looked at without nudge. Presentations are independent, so the result does not depend on threads. Throws
/// Stopped, and Error (input) for arrays of other sizes.
Relaxation relax(const ContinuousNetwork& network, RateStates& states, std::span<const std::int32_t> labels,
                 const RelaxationSettings& settings, WorkerPool& workers, const StopCheck& stop = nullptr);

/// out_j = sum over i of w_ij rho(x_i): what the input sends to a population over a pathway, which does not change.
/// Stuck neurons send what they are stuck at.
std::vector<double> clamped_drive_of(const ContinuousNetwork& network, int pathway, std::span<const double> x);

}  // namespace settle

// Convergence (`task = "converge"`): one minibatch settles, free and then nudged, and is measured against the fixed
// points of the continuous network with the same weights.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/worker_pool.hpp"
#include "models/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/settling.hpp"
#include "sim/runs/update_statistics.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The convergence figures (DESIGN section 6). Averages over presentations; those of a nudged phase are absent without
/// one.
struct ConvergenceFigures {
    double final_distance = 0;        ///< at the end of the free and of the nudged phase, averaged over the two
    double mean_distance = 0;         ///< over all period ends
    double free_distance = 0;         ///< at the end of the free phase
    std::optional<double> late_fall;  ///< 1 - free_distance / the distance after a fifth of the free phase
    std::optional<double> nudged_distance;
    /// The same two ends, from the fixed points of the network that the chip really is.
    double distance_effective = 0, free_distance_effective = 0;
    std::optional<double> nudged_distance_effective;
    Steadiness steadiness;
    /// Cosine of the contrastive update of the weights, from the states as they are read, with the continuous
    /// network's: all weights as one vector, and by projection. Absent where an update is 0.
    std::optional<double> update_cosine;
    std::vector<std::optional<double>> update_cosines;
    std::optional<UpdateFigures> updates;  ///< of data.repeats updates; absent with one
    /// Periods until the free phase has settled, of the presentations that have; absent if none has.
    std::optional<double> settling_median;
    std::optional<std::int64_t> settling_p99;
    std::int64_t unsettled = 0;
    double reference_residual = 0;  ///< by how much the ideal continuous network still moves in its last tick
    double effective_residual = 0;  ///< and the effective one
    double energy = 0;              ///< E(s) of the ideal network at the end of the free phase
    /// Presentations whose mean states, taken as the start, lead the continuous network to another fixed point: the
    /// distance of these says little. Counted only where the reference is at rest.
    std::int64_t elsewhere = 0;
    std::vector<SettlingSample> samples;  ///< every record.metrics_every periods, and the end of both phases
};

/// The samples that converge looks at: data.train of them where it is given, else the first learning.batch ones.
/// Repeats differ in the key of their noise, as epochs do.
Minibatch convergence_minibatch(const Scenario& scenario, const Dataset& data, int repeat = 0);

class Convergence {
public:
    /// Relaxes the continuous networks: 10 x free, then 10 x nudged ticks with relaxation_step(). `network` has its
    /// dead links cut. All must outlive the object: temporaries do not compile. Throws Error (input) as Session does.
    /// Whatever takes long throws Stopped once `stop` asks for it.
    Convergence(std::reference_wrapper<const Scenario> scenario, std::reference_wrapper<const Network> network,
                std::reference_wrapper<const Minibatch> minibatch, WorkerPool& workers, StopCheck stop = nullptr);
    /// The trace looks at other members.
    Convergence(const Convergence&) = delete;
    Convergence& operator=(const Convergence&) = delete;

    /// What the engine hands to its TickSink. Any thread.
    void add(const TickRows& rows) { trace_.add(rows, stop_); }

    /// An outcome of the minibatch, in the order of its repeats: only their updates are looked at.
    void add_update(const Outcome& outcome);

    /// When the engine has returned the `outcome` of the first repeat, which all figures but `updates` are about.
    ConvergenceFigures conclude(const Outcome& outcome) const;

private:
    FixedPoints relaxed(const ContinuousNetwork& network) const;
    RateStates at_rest() const;
    NetworkArrays update_by(const Outcome& outcome) const;
    void compare_updates(const Outcome& outcome, ConvergenceFigures& figures) const;
    std::int64_t count_elsewhere() const;
    bool nudges() const { return scenario_.phases.nudged > 0; }

    const Scenario& scenario_;
    const Network& network_;
    const Minibatch& minibatch_;
    WorkerPool& workers_;
    const StopCheck stop_;
    Network meant_;  ///< with the weights that dead links had
    ContinuousNetwork ideal_;
    FixedPoints ideal_points_, effective_points_;
    SettlingTrace trace_;
    UpdateStatistics updates_;
};

}  // namespace settle

// Convergence (`task = "converge"`): one minibatch settles, free and then nudged, and is measured against the fixed
// points of the continuous network with the same weights.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/worker_pool.hpp"
#include "models/device/device.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/measures/convergence_figures.hpp"
#include "sim/runs/session/settling.hpp"
#include "sim/runs/session/stretch.hpp"
#include "sim/runs/session/update_statistics.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The samples that converge looks at: data.train of them where it is given, else the first learning.batch ones.
/// Repeats differ in the key of their noise, as epochs do.
Minibatch convergence_minibatch(const Scenario& scenario, const Dataset& data, int repeat = 0);

class Convergence {
public:
    /// Relaxes the continuous networks: 10 x free, then 10 x nudged ticks with relaxation_step(), and as many from
    /// there for every event of the plan that moves a fixed point. All must outlive the object: temporaries do not
    /// compile. Throws Error (input) as Session does. Whatever takes long throws Stopped once `stop` asks for it.
    Convergence(std::reference_wrapper<const Scenario> scenario, std::reference_wrapper<const Network> network,
                std::reference_wrapper<const Device> device, std::reference_wrapper<const Minibatch> minibatch,
                std::reference_wrapper<const Plan> plan, WorkerPool& workers, StopCheck stop = nullptr);
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
    FixedPoints ideal_points() const;
    FixedPoints effective_points() const;
    void relax_from(const ContinuousNetwork& network, const Stretch& stretch, FixedPoints& points) const;
    ContinuousNetwork effective_in(const Stretch& stretch) const;
    double beta_in(const Stretch& stretch) const;
    void clamp(const Stretch& stretch, RateStates& states) const;
    std::vector<RecoveryFigures> judge_recovery() const;
    NetworkArrays update_by(const BatchStates& free, const BatchStates& nudged) const;
    NetworkArrays ideal_update_by(const BatchStates& free, const BatchStates& nudged) const;
    void compare_updates(const Outcome& outcome, ConvergenceFigures& figures) const;
    std::int64_t count_elsewhere() const;
    bool nudges() const { return scenario_.phases.nudged > 0; }

    const Scenario& scenario_;
    const Network& network_;
    const Device& device_;
    const Minibatch& minibatch_;
    const Plan& plan_;
    WorkerPool& workers_;
    const StopCheck stop_;
    std::vector<Stretch> stretches_;
    ContinuousNetwork ideal_;
    FixedPoints ideal_points_, effective_points_;
    SettlingTrace trace_;
    UpdateStatistics updates_;
};

}  // namespace settle

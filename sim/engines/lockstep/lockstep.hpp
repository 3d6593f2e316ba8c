// The lockstep engine: all neurons step together. The plain reference for the others, and the fastest.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/network/network.hpp"
#include "models/neuron/neuron_model.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

class LockstepPresenter;

class Lockstep {
public:
    /// `seed` keys the noise of the stochastic quantizer. `workers` must outlive the engine.
    Lockstep(const Wiring& wiring, const NeuronModel& model, std::uint64_t seed, WorkerPool& workers);
    Lockstep(Lockstep&&) noexcept;
    ~Lockstep();

    /// Presents a minibatch; the network's images must be derived. Throws Error (input) for what does not fit the
    /// engine's layers (engine_checks.hpp). Same result for any number of workers. Conditions do not change here.
    Outcome run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink = nullptr,
                const StopCheck& stop = nullptr, const EventSink& events = {});

    /// The most bits that one source can land between two ticks of a target.
    static double bits_a_window() { return 1; }

private:
    Wiring wiring_;
    NeuronModel model_;
    WorkerPool& workers_;
    AnnealingTable annealing_;                                    ///< of the longest presentation so far
    std::vector<Network> severed_;                                ///< of the run at hand: see PlanTables::dead
    std::vector<std::unique_ptr<LockstepPresenter>> presenters_;  ///< one a worker
};

}  // namespace settle

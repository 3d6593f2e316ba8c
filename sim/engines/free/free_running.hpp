// The free-running engine: the actors of virtual time on real threads, with no time and no order but the machine's own.
// No message is lost, nothing deadlocks; results are not reproducible, their statistics are.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/pacer.hpp"
#include "core/stop.hpp"
#include "core/watchdog.hpp"
#include "core/worker_pool.hpp"
#include "models/neuron/neuron_model.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/free/free_shard.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

struct FreeSettings {
    FreeRules rules;
    std::uint64_t seed = 1;    ///< of the noise
    int shard = 0;             ///< neurons a shard; 0: automatic
    std::int64_t periods = 0;  ///< ticks of the longest presentation, which no window can exceed; 0: not known
    WallDuration patience = Watchdog::default_limit;  ///< of the watchdog, beyond the pace
};

struct PresenterContext;
template <class Shard>
struct ActorPresentation;

/// Neurons a shard: some sixteen shards a presentation, so that there is somebody to run ahead of; at most 64.
int automatic_free_shard(int neurons);

class FreeRunning {
public:
    /// Of the device it has loss and faults; clocks and latencies are what the machine does. `workers` must outlive the
    /// engine. Throws Error (input) for settings out of their ranges.
    FreeRunning(const Wiring& wiring, const NeuronModel& model, const Device& device, const FreeSettings& settings,
                WorkerPool& workers);
    FreeRunning(FreeRunning&&) noexcept;
    ~FreeRunning();

    /// From now on it runs on another device. Call it between minibatches.
    void use(const Device& device);

    /// Presents a minibatch; the network's images must be derived. Throws Error (input) for what does not fit the
    /// engine's wiring (engine_checks.hpp), and for conditions that change more than the loss. Samples and recorded
    /// rows k are a neuron's state after its own tick k. A branch of -beta replays the presentation. The outcome has no
    /// fingerprint.
    Outcome run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink = nullptr,
                const StopCheck& stop = nullptr, const EventSink& events = {});

    /// The most bits that one source can land between two ticks of a target.
    double bits_a_window() const;
    const Partition& partition() const { return *partition_; }

private:
    Wiring wiring_;
    NeuronModel model_;
    FreeSettings settings_;
    WorkerPool& workers_;
    std::unique_ptr<Partition> partition_;  ///< where presenters find it, also when the engine moves
    std::unique_ptr<FreeRules> rules_;
    std::unique_ptr<Pacer> pacer_;
    AnnealingTable annealing_;      ///< of the longest presentation so far
    std::vector<Network> severed_;  ///< of the run at hand: see PlanTables::dead
    /// Presentations that run at the same time, one a worker at most.
    std::vector<std::unique_ptr<ActorPresentation<FreeShard>>> running_;
};

}  // namespace settle

// The virtual-time engine: every neuron has a clock of its own, bits take time and may be lost, and yet every run is
// exactly reproducible, on any number of threads and with any shard size (laws 3 and 4).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/neuron/neuron_model.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/actors/tiles.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/engines/scripted_conditions.hpp"

namespace settle {

struct PacketEnd;

struct VirtualSettings {
    std::uint64_t seed = 1;     ///< of the noise
    int shard = 0;              ///< neurons a shard; 0: automatic, as `batch` and the workers need it
    int batch = 1;              ///< presentations that usually come together
    Duration presentation = 0;  ///< how long the longest one is; 0: not known
    ScriptedConditions script;  ///< conditions that plans may bring, of all runs: the bound of crowding holds for
                                ///< the most bits among them and the device's own
    /// On a chip: who wants to see what becomes of every bit.
    std::function<void(std::uint64_t presentation, Branch branch, const PacketEnd& end)> packets = nullptr;
    // Results do not depend on these; tests make them small.
    Duration window = 0;     ///< the longest window; 0: as long as the law allows
    std::uint32_t ring = 0;  ///< capacity of a channel; 0: automatic
    int tile = usual_tile;   ///< neurons of one
};

struct Crowd;
class VirtualShard;
struct PresenterContext;
template <class Shard>
struct ActorPresentation;

/// One shard where there are presentations enough for all workers. Else, of populations that are tiled all (tiles.hpp),
/// a strip of each for every worker; of others two shards, the inputs and all others. Inputs hear nobody, so these two
/// seldom wait for each other. Whoever cuts where bits go both ways has two workers woken for each latency, which takes
/// longer than what a window of some thousand neurons has to do.
Cut automatic_cut(const Wiring& wiring, int batch, int threads);

class VirtualTime {
public:
    /// `workers` must outlive the engine. Throws Error (input) for settings out of their ranges.
    VirtualTime(const Wiring& wiring, const NeuronModel& model, const Device& device, const VirtualSettings& settings,
                WorkerPool& workers);
    VirtualTime(VirtualTime&&) noexcept;
    ~VirtualTime();

    /// From now on it runs on another device. Call it between minibatches.
    void use(const Device& device);

    /// Presents a minibatch; the network's images must be derived. Throws Error (input) for what does not fit the
    /// engine's wiring (engine_checks.hpp), and for conditions that land more bits than settings.script tells. Same
    /// result for any number of workers.
    Outcome run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink = nullptr,
                const StopCheck& stop = nullptr, const EventSink& events = {});

    /// The most bits that one source can land between two ticks of a target, on this chip.
    double bits_a_window() const { return bits_a_window_; }
    const Partition& partition() const { return *partition_; }

private:
    Crowd crowd() const;
    void prepare(const Plan& plan, const Network& network);
    void prepare_chip(const Plan& plan, const Network& network);
    void present_all(const PresenterContext& context);

    Wiring wiring_;
    NeuronModel model_;
    VirtualSettings settings_;
    WorkerPool& workers_;
    std::unique_ptr<Partition> partition_;  ///< where presenters find it, also when the engine moves
    Device device_;                         ///< that it runs on
    double bits_a_window_ = 1;
    std::vector<Network> severed_;  ///< of the run at hand: see PlanTables::dead
    std::uint32_t ring_ = 0;
    AnnealingTable annealing_;  ///< as long as the longest plan so far needs
    /// Presentations that run at the same time, one a worker at most.
    std::vector<std::unique_ptr<ActorPresentation<VirtualShard>>> running_;
};

}  // namespace settle

// The partition of an execution: which shard and lane a neuron has and what it needs there, its clock, the latency of
// its axons, its faults; and, once a minibatch, the weights as it hears them. Results do not depend on it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/worker_pool.hpp"
#include "models/device/device.hpp"
#include "models/device/terminal.hpp"
#include "models/device/wire_delays.hpp"
#include "models/network/afferents.hpp"
#include "models/network/network.hpp"
#include "sim/engines/actors/route.hpp"

namespace settle {

/// Neurons of one population that live in one shard, a lane each, in the order of their clocks' phases: whoever ticks
/// at about the same time sits in the same panel.
struct Slice {
    int population = 0;
    int shard = 0;
    int place = 0;           ///< among the slices of its shard
    int part = 0;            ///< of its population: its place among the population's slices
    std::int32_t core = -1;  ///< of a chip, where they live
    bool first = false;      ///< of its population: counts what reaches all of it (Afferents counts the rest)
    bool clamped = false;    ///< of the input
    std::vector<std::int32_t> neurons;  ///< (lanes) number within the population
    std::int32_t first_neuron = 0;      ///< network-wide number of the population's neuron 0
    std::vector<Duration> period;       ///< (lanes) of its clock
    std::vector<Duration> offset;       ///< (lanes) tick k is nominally at (k - 1) period + offset
    std::vector<Stuck> stuck;           ///< (lanes) empty: none
    std::vector<Route> routes;          ///< one for each population that hears this one, rising
    std::vector<int> hears;             ///< slices that send to this one, rising
    /// (routes x lanes) of its axons; empty with scope synapse.
    std::vector<std::vector<Duration>> latency;
    /// Of wires that each have one (scope synapse); empty where bits are not said once.
    WireDelays delays;
    /// Parity links: as Partition::tick_zero() tells, with the device's own latencies.
    std::vector<Time> tick_zero;
    Afferents afferents;             ///< derived from the weights, once a minibatch
    std::vector<Afferents> severed;  ///< the same with the links of PlanTables::dead[i] dead

    /// As Sever numbers them. Who is clamped hears nothing, whatever is severed.
    const Afferents& heard(int links) const {
        return links < 0 || clamped ? afferents : severed[static_cast<std::size_t>(links)];
    }
    int lanes() const { return static_cast<int>(neurons.size()); }
    std::int32_t neuron(int lane) const { return first_neuron + neurons[static_cast<std::size_t>(lane)]; }
};

/// Where the neurons, in the order of their numbers, are cut into shards.
struct Cut {
    int first = 1;   ///< neurons of the first shard (>= 1)
    int others = 1;  ///< of every other one (>= 1); the last holds what is left
    int strips = 0;  ///< above 0: so many shards, each with an even share of every population, instead
    int tile = 0;    ///< above 0: what can be is cut into slices of at most so many neurons: see tiles.hpp

    /// Equal shards.
    static Cut every(int shard) { return {shard, shard}; }
    static Cut into_strips(int shards) { return {1, 1, shards}; }
    int shards(const Wiring& wiring) const { return strips > 0 ? strips : shard_of(wiring.neurons() - 1) + 1; }
    /// What of a population is in one shard: its neurons first … end - 1.
    struct Piece {
        int shard;
        std::int32_t first, end;
    };
    /// Of population p, rising.
    std::vector<Piece> pieces(const Wiring& wiring, int p) const;

    bool operator==(const Cut&) const = default;

private:
    int shard_of(std::int32_t neuron) const { return neuron < first ? 0 : 1 + (neuron - first) / others; }
};

struct ChipPlan;

/// How the terminals of parity links read what they hear, under these conditions and those of the device. A message may
/// wait in the queues of a chip for any time: there a tick counts as missed when any message would be taken for that of
/// a later one.
TerminalRule terminals_of(const DeviceSettings& device, std::span<const Conditions> others = {});

class Partition {
public:
    /// Takes what it needs of the device. On a chip a slice holds the neurons of a population in one core, all slices
    /// are one shard, whatever the cut, and no slice counts what reaches its population. `workers`: who help, if any.
    Partition(const Wiring& wiring, const Device& device, const Cut& cut, WorkerPool* workers = nullptr);

    /// Takes over the network's integer weights and biases; its images must be derived. `severed`: of the plan at hand.
    /// With `by_window` all of them must stay as they are while slices hear.
    void load(const Network& network, std::span<const Network> severed, WorkerPool& workers);

    /// Parity links: the nominal arrival of tick 0 of every source at the terminals of a slice, dense rows first (scope
    /// synapse: rows x lanes), then those of lists; with latencies of this distribution.
    std::vector<Time> tick_zero(const Slice& slice, const Distribution& latency) const;

    int shards() const { return static_cast<int>(slices_of_shard.size()); }
    /// Pairs of a slice and one that hears it: channels, if every slice is a shard.
    std::size_t pairs() const;

    Wiring wiring;
    DeviceSettings settings;
    bool by_window =
        false;  ///< virtual time, where two sums a neuron are kept: convolutions are heard by their kernels
    TerminalRule terminals;                ///< parity links: whoever knows of other conditions to come says so here
    std::vector<std::int32_t> core;        ///< (neurons) of a chip; empty: none
    std::shared_ptr<const ChipPlan> chip;  ///< virtual time on a chip: set before anything runs
    std::vector<Slice> slices;
    std::vector<std::vector<int>> slices_of_shard;       ///< slices, by shard
    std::vector<std::vector<int>> slices_of_population;  ///< slices, by population
    Duration lookahead = 1;  ///< no bit arrives sooner after it was sent: the device's, or less for the plan at hand
    Duration farthest = 1;   ///< and none later: the same, or more

private:
    void place(const Cut& cut);
    void add_slice(int population, int shard, std::vector<std::int32_t> neurons);
    void equip_all(const Device& device, bool by_arrival, WorkerPool* workers);
    void choose_counting();
    void place_on_chip();
    RowOrder rows_by_arrival(int population, const Device& device) const;
    void equip(Slice& slice, const Device& device, std::span<const Projection> shapes, const RowOrder& order,
               SourceNumbers& numbers) const;
    void connect();
    void connect_densely(int source, int target);
    void connect_listed(int source, int target);
};

}  // namespace settle

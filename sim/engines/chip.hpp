// The chip: what the neurons of a virtual-time run are built from and what never changes while it runs. Which shard and
// lane a neuron has, its clock, the latency of its axons, its faults; and, once a minibatch, the weights as its targets
// see them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/worker_pool.hpp"
#include "models/clock.hpp"
#include "models/fault.hpp"
#include "models/link.hpp"
#include "models/network.hpp"
#include "models/panel_matrix.hpp"

namespace settle {

/// What the scenario says about the device.
struct DeviceSettings {
    ClockSettings clock;
    LinkSettings link;
    FaultSettings faults;
    std::uint64_t device_seed = 1;  ///< of the chip
};

/// Neurons of one population that live in one shard, a lane each, in the order of their clocks' phases: whoever ticks
/// at about the same time sits in the same panel.
struct Strip {
    int population = 0;
    int shard = 0;
    bool first = false;                 ///< of its population: the one that counts what reaches the population
    bool clamped = false;               ///< population 0
    std::vector<std::int32_t> neurons;  ///< (lanes) number within the population
    std::int32_t first_neuron = 0;      ///< network-wide number of the population's neuron 0
    std::vector<Duration> period;       ///< (lanes) of its clock
    std::vector<Duration> offset;       ///< (lanes) tick k is nominally at (k - 1) period + offset
    std::vector<Duration> latency[2];   ///< (lanes) of its axons down (0) and up (1); empty where nobody listens
    std::vector<Stuck> stuck;           ///< (lanes) empty: none
    std::int32_t below = 0;             ///< sources in the population below; rows of those above come after them

    // Derived from the weights, once a minibatch.
    PanelMatrix<std::int32_t> rows;  ///< (sources below, then above, x lanes): round(w 2^22)
    AlignedVector<float> biases;     ///< (lanes, padded)

    int lanes() const { return static_cast<int>(neurons.size()); }
    std::int32_t neuron(int lane) const { return first_neuron + neurons[static_cast<std::size_t>(lane)]; }
};

/// Where the neurons, in the order of their numbers, are cut into shards.
struct Cut {
    int first;   ///< neurons of the first shard (>= 1)
    int others;  ///< of every other one (>= 1); the last holds what is left

    /// Equal shards.
    static Cut every(int shard) { return {shard, shard}; }
    int shard_of(std::int32_t neuron) const { return neuron < first ? 0 : 1 + (neuron - first) / others; }
    /// The first neuron behind a shard.
    std::int32_t end_of(int shard) const { return first + shard * others; }

    bool operator==(const Cut&) const = default;
};

class Chip {
public:
    Chip(const std::vector<int>& layers, const DeviceSettings& settings, const Cut& cut);

    /// Takes over the network's integer weights and biases; its images must be derived.
    void load(const Network& network, WorkerPool& workers);

    int shards() const { return static_cast<int>(strips_of_shard.size()); }
    int last() const { return static_cast<int>(layers.size()) - 1; }
    /// Populations that listen to population `l`: the one above, and the one below unless it is clamped.
    bool listens(int l, bool above) const { return above ? l < last() : l >= 2; }
    /// The row that a source has in a strip of population `l`.
    std::int32_t row_of(const Strip& target, std::int32_t source) const {
        const std::int32_t below = source - first_neuron[static_cast<std::size_t>(target.population) - 1];
        // The population itself stands between the one below and the one above.
        return source < target.first_neuron ? below : below - layers[static_cast<std::size_t>(target.population)];
    }

    std::vector<int> layers;
    DeviceSettings settings;
    std::vector<std::int32_t> first_neuron;  ///< (L + 2) of each population; the last: all neurons
    std::vector<Strip> strips;
    std::vector<std::vector<int>> strips_of_shard;       ///< strips, by shard
    std::vector<std::vector<int>> strips_of_population;  ///< strips, by population
    Duration lookahead = 1;                              ///< no bit arrives sooner than this after it was sent

private:
    void place(const Cut& cut);
    void equip(Strip& strip, const Clocks& clocks, const Faults& faults);
};

}  // namespace settle

#include "sim/engines/actors/partition.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "core/error.hpp"

namespace settle {

Partition::Partition(const Wiring& wires, const Device& device, const Cut& cut)
    : wiring(wires), settings(device.settings), lookahead(device.lookahead()) {
    check_device(settings);
    if (device.clocks.period.size() != static_cast<std::size_t>(wiring.neurons()))
        throw input_error("", "device", "is that of another network", "one that was drawn for these neurons");
    assert(cut.first >= 1 && cut.others >= 1);
    place(cut);
    for (Slice& slice : slices) {
        // By phase, then by number: equal phases (aligned clocks) keep the order of the numbers.
        std::stable_sort(slice.neurons.begin(), slice.neurons.end(), [&](std::int32_t a, std::int32_t b) {
            const auto offset = [&](std::int32_t i) {
                return device.clocks.offset[static_cast<std::size_t>(slice.first_neuron + i)];
            };
            return offset(a) < offset(b);
        });
        equip(slice, device);
    }
}

std::size_t Partition::pairs() const {
    std::size_t pairs = 0;
    for (int pathway = 0; pathway < static_cast<int>(wiring.pathways().size()); ++pathway)
        pairs += sources(pathway).size() * targets(pathway).size();
    return pairs;
}

/// Cuts the neurons into shards, and these where populations end into slices.
void Partition::place(const Cut& cut) {
    slices_of_shard.resize(static_cast<std::size_t>(cut.shard_of(wiring.neurons() - 1)) + 1);
    slices_of_population.resize(static_cast<std::size_t>(wiring.populations()));
    for (int p = 0; p < wiring.populations(); ++p) {
        const std::int32_t first = wiring.first_neuron(p), end = first + wiring.size(p);
        for (std::int32_t at = first; at < end;) {
            Slice slice;
            slice.population = p;
            slice.shard = cut.shard_of(at);
            slice.first = at == first;
            slice.clamped = p == wiring.input();
            slice.first_neuron = first;
            const std::int32_t to = std::min(end, cut.end_of(slice.shard));
            slice.neurons.resize(static_cast<std::size_t>(to - at));
            std::iota(slice.neurons.begin(), slice.neurons.end(), at - first);
            slices_of_shard[static_cast<std::size_t>(slice.shard)].push_back(static_cast<int>(slices.size()));
            slices_of_population[static_cast<std::size_t>(p)].push_back(static_cast<int>(slices.size()));
            slices.push_back(std::move(slice));
            at = to;
        }
    }
}

void Partition::equip(Slice& slice, const Device& device) const {
    for (const std::int32_t i : slice.neurons) {
        const auto neuron = static_cast<std::size_t>(slice.first_neuron + i);
        slice.period.push_back(device.clocks.period[neuron]);
        slice.offset.push_back(device.clocks.offset[neuron]);
        if (!device.faults.stuck.empty()) slice.stuck.push_back(device.faults.stuck[neuron]);
    }
    if (!device.latency.empty()) {
        for (const int pathway : wiring.outgoing(slice.population)) {
            const std::vector<Duration>& all = device.latency[static_cast<std::size_t>(pathway)];
            std::vector<Duration>& latency = slice.latency.emplace_back();
            for (const std::int32_t i : slice.neurons) latency.push_back(all[static_cast<std::size_t>(i)]);
        }
    }
    slice.afferents = Afferents(wiring, slice.population, slice.neurons);
}

void Partition::load(const Network& network, std::span<const Network> severed, WorkerPool& workers) {
    workers.for_each(static_cast<int>(slices.size()), [&](int index, int /*worker*/) {
        Slice& slice = slices[static_cast<std::size_t>(index)];
        if (slice.clamped) return;
        slice.afferents.load(network, slice.neurons);
        while (slice.severed.size() < severed.size())
            slice.severed.emplace_back(wiring, slice.population, slice.neurons);
        for (std::size_t i = 0; i < severed.size(); ++i) slice.severed[i].load(severed[i], slice.neurons);
    });
}

}  // namespace settle

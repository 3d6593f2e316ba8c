#include "sim/engines/chip.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "core/error.hpp"

namespace settle {

Chip::Chip(const Wiring& wires, const Device& device, const Cut& cut)
    : wiring(wires), settings(device.settings), lookahead(device.lookahead()) {
    check_device(settings);
    if (device.clocks.period.size() != static_cast<std::size_t>(wiring.neurons()))
        throw input_error("", "device", "is that of another network", "one that was drawn for these neurons");
    assert(cut.first >= 1 && cut.others >= 1);
    place(cut);
    for (Strip& strip : strips) {
        // By phase, then by number: equal phases (aligned clocks) keep the order of the numbers.
        std::stable_sort(strip.neurons.begin(), strip.neurons.end(), [&](std::int32_t a, std::int32_t b) {
            const auto offset = [&](std::int32_t i) {
                return device.clocks.offset[static_cast<std::size_t>(strip.first_neuron + i)];
            };
            return offset(a) < offset(b);
        });
        equip(strip, device);
    }
}

std::size_t Chip::pairs() const {
    std::size_t pairs = 0;
    for (int pathway = 0; pathway < static_cast<int>(wiring.pathways().size()); ++pathway)
        pairs += sources(pathway).size() * targets(pathway).size();
    return pairs;
}

/// Cuts the neurons into shards, and these where populations end into strips.
void Chip::place(const Cut& cut) {
    strips_of_shard.resize(static_cast<std::size_t>(cut.shard_of(wiring.neurons() - 1)) + 1);
    strips_of_population.resize(static_cast<std::size_t>(wiring.populations()));
    for (int p = 0; p < wiring.populations(); ++p) {
        const std::int32_t first = wiring.first_neuron(p), end = first + wiring.size(p);
        for (std::int32_t at = first; at < end;) {
            Strip strip;
            strip.population = p;
            strip.shard = cut.shard_of(at);
            strip.first = at == first;
            strip.clamped = p == wiring.input();
            strip.first_neuron = first;
            const std::int32_t to = std::min(end, cut.end_of(strip.shard));
            strip.neurons.resize(static_cast<std::size_t>(to - at));
            std::iota(strip.neurons.begin(), strip.neurons.end(), at - first);
            strips_of_shard[static_cast<std::size_t>(strip.shard)].push_back(static_cast<int>(strips.size()));
            strips_of_population[static_cast<std::size_t>(p)].push_back(static_cast<int>(strips.size()));
            strips.push_back(std::move(strip));
            at = to;
        }
    }
}

void Chip::equip(Strip& strip, const Device& device) const {
    for (const std::int32_t i : strip.neurons) {
        const auto neuron = static_cast<std::size_t>(strip.first_neuron + i);
        strip.period.push_back(device.clocks.period[neuron]);
        strip.offset.push_back(device.clocks.offset[neuron]);
        if (!device.faults.stuck.empty()) strip.stuck.push_back(device.faults.stuck[neuron]);
    }
    if (!device.latency.empty()) {
        for (const int pathway : wiring.outgoing(strip.population)) {
            const std::vector<Duration>& all = device.latency[static_cast<std::size_t>(pathway)];
            std::vector<Duration>& latency = strip.latency.emplace_back();
            for (const std::int32_t i : strip.neurons) latency.push_back(all[static_cast<std::size_t>(i)]);
        }
    }
    strip.afferents = Afferents(wiring, strip.population, strip.neurons);
}

void Chip::load(const Network& network, WorkerPool& workers) {
    workers.for_each(static_cast<int>(strips.size()), [&](int index, int /*worker*/) {
        Strip& strip = strips[static_cast<std::size_t>(index)];
        if (!strip.clamped) strip.afferents.load(network, strip.neurons);
    });
}

}  // namespace settle

#include "sim/engines/chip.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace settle {

Chip::Chip(const std::vector<int>& sizes, const DeviceSettings& device, const Cut& cut)
    : layers(sizes), settings(device), first_neuron(1, 0) {
    assert(cut.first >= 1 && cut.others >= 1);
    for (const int size : layers) first_neuron.push_back(first_neuron.back() + size);
    const Clocks clocks = draw_clocks(settings.clock, first_neuron.back(), settings.device_seed);
    const Faults faults = draw_faults(settings.faults, first_neuron.back(), settings.device_seed);
    place(cut);
    for (Strip& strip : strips) {
        // By phase, then by number: equal phases (aligned clocks) keep the order of the numbers.
        std::stable_sort(strip.neurons.begin(), strip.neurons.end(), [&](std::int32_t a, std::int32_t b) {
            const auto offset = [&](std::int32_t i) {
                return clocks.offset[static_cast<std::size_t>(strip.first_neuron + i)];
            };
            return offset(a) < offset(b);
        });
        equip(strip, clocks, faults);
    }
    lookahead = settle::lookahead(settings.link);
}

/// Cuts the neurons into shards, and these where populations end into strips.
void Chip::place(const Cut& cut) {
    strips_of_shard.resize(static_cast<std::size_t>(cut.shard_of(first_neuron.back() - 1)) + 1);
    strips_of_population.resize(layers.size());
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const std::int32_t end = first_neuron[l + 1];
        for (std::int32_t at = first_neuron[l]; at < end;) {
            Strip strip;
            strip.population = static_cast<int>(l);
            strip.shard = cut.shard_of(at);
            strip.first = at == first_neuron[l];
            strip.clamped = l == 0;
            strip.first_neuron = first_neuron[l];
            const std::int32_t to = std::min(end, cut.end_of(strip.shard));
            strip.neurons.resize(static_cast<std::size_t>(to - at));
            std::iota(strip.neurons.begin(), strip.neurons.end(), at - first_neuron[l]);
            strips_of_shard[static_cast<std::size_t>(strip.shard)].push_back(static_cast<int>(strips.size()));
            strips_of_population[l].push_back(static_cast<int>(strips.size()));
            strips.push_back(std::move(strip));
            at = to;
        }
    }
}

void Chip::equip(Strip& strip, const Clocks& clocks, const Faults& faults) {
    const int l = strip.population;
    for (int lane = 0; lane < strip.lanes(); ++lane) {
        const std::int32_t neuron = strip.neuron(lane);
        strip.period.push_back(clocks.period[static_cast<std::size_t>(neuron)]);
        strip.offset.push_back(clocks.offset[static_cast<std::size_t>(neuron)]);
        if (!faults.stuck.empty()) strip.stuck.push_back(faults.stuck[static_cast<std::size_t>(neuron)]);
        for (const bool above : {false, true}) {
            if (!listens(l, above) || settings.link.scope != Scope::axon) continue;
            const auto target = static_cast<std::uint32_t>(above ? l + 1 : l - 1);
            strip.latency[above ? 1 : 0].push_back(
                axon_latency(settings.link, settings.device_seed, static_cast<std::uint32_t>(neuron), target));
        }
    }
    if (strip.clamped) return;
    strip.below = layers[static_cast<std::size_t>(l) - 1];
    const int above = l < last() ? layers[static_cast<std::size_t>(l) + 1] : 0;
    strip.rows = PanelMatrix<std::int32_t>(strip.below + above, strip.lanes());
    strip.biases.resize(static_cast<std::size_t>(padded_size(strip.lanes())));
}

void Chip::load(const Network& network, WorkerPool& workers) {
    workers.for_each(static_cast<int>(strips.size()), [&](int index, int /*worker*/) {
        Strip& strip = strips[static_cast<std::size_t>(index)];
        if (strip.clamped) return;
        const auto l = static_cast<std::size_t>(strip.population);
        const PanelMatrix<std::int32_t>& from_below = network.projections[l - 1].forward;
        for (int lane = 0; lane < strip.lanes(); ++lane) {
            const std::int32_t neuron = strip.neurons[static_cast<std::size_t>(lane)];
            strip.biases[static_cast<std::size_t>(lane)] = network.biases[l - 1][static_cast<std::size_t>(neuron)];
            for (int row = 0; row < strip.below; ++row) strip.rows.at(row, lane) = from_below.at(row, neuron);
            for (int row = strip.below; row < strip.rows.rows(); ++row)
                strip.rows.at(row, lane) = network.projections[l].backward.at(row - strip.below, neuron);
        }
    });
}

}  // namespace settle

#include "sim/engines/virtual/tract.hpp"

#include <algorithm>

namespace settle {

namespace {

const std::vector<int>& slices_of(const Partition& partition, int population) {
    return partition.slices_of_population[static_cast<std::size_t>(population)];
}

/// (slices of the population)
std::vector<int> shards_of(const Partition& partition, int population) {
    std::vector<int> shards;
    for (const int slice : slices_of(partition, population))
        shards.push_back(partition.slices[static_cast<std::size_t>(slice)].shard);
    return shards;
}

/// (neurons of the population)
std::vector<int> parts_of(const Partition& partition, int population) {
    std::vector<int> parts(static_cast<std::size_t>(partition.wiring.size(population)));
    for (const int number : slices_of(partition, population)) {
        const Slice& slice = partition.slices[static_cast<std::size_t>(number)];
        for (const std::int32_t neuron : slice.neurons) parts[static_cast<std::size_t>(neuron)] = slice.part;
    }
    return parts;
}

}  // namespace

bool many_speak(double neurons, double speakers, double listeners) {
    constexpr double most_neurons = 8;  // of a slice that speaks
    constexpr double least_pairs = 64;  // of slices
    return neurons <= most_neurons * speakers && speakers * listeners >= least_pairs;
}

bool has_tract(const Partition& partition, int source, int target) {
    if (partition.settings.chip || partition.settings.link.scope == Scope::synapse || partition.shards() == 1)
        return false;
    return heard_densely(partition.wiring, source, target) &&
           many_speak(partition.wiring.size(source), static_cast<double>(slices_of(partition, source).size()),
                      static_cast<double>(slices_of(partition, target).size()));
}

TractEar::TractEar(Tract& tract, const Slice& slice, const Partition& partition)
    : tract_(&tract), part_(slice.part), first_row_(slice.afferents.first_row(tract.source)) {
    for (const int number : partition.slices_of_shard[static_cast<std::size_t>(slice.shard)]) {
        const Slice& near = partition.slices[static_cast<std::size_t>(number)];
        if (near.population != tract.source) continue;
        own_.resize(static_cast<std::size_t>(partition.wiring.size(tract.source)));
        for (const std::int32_t neuron : near.neurons) own_[static_cast<std::size_t>(neuron)] = true;
    }
}

Tracts::Tracts(const Partition& partition, std::uint32_t ring) {
    const Wiring& wiring = partition.wiring;
    std::vector<std::pair<int, int>> pairs;
    for (int source = 0; source < wiring.populations(); ++source) {
        for (const int target : wiring.hearers_of(source)) {
            if (has_tract(partition, source, target)) pairs.emplace_back(source, target);
        }
    }
    if (pairs.empty()) return;
    for (int p = 0; p < wiring.populations(); ++p) {
        promises.push_back(std::make_unique<Promises>(static_cast<int>(slices_of(partition, p).size())));
        const bool leads = std::find(pairs.begin(), pairs.end(), std::pair(wiring.input(), p)) != pairs.end();
        followed.push_back(
            std::make_unique<Waiters>(leads ? shards_of(partition, wiring.input()) : std::vector<int>()));
    }
    for (const auto& [source, target] : pairs) {
        const Promises& promised = *promises[static_cast<std::size_t>(source)];
        tracts.push_back(std::unique_ptr<Tract>(
            new Tract{source, target, {promised, parts_of(partition, source), shards_of(partition, target), ring}}));
    }
}

Tract* Tracts::between(int source, int target) const {
    for (const auto& tract : tracts) {
        if (tract->source == source && tract->target == target) return tract.get();
    }
    return nullptr;
}

void Tracts::start(Duration period) {
    // What is gathered for one who waits is soon wanted by the others; a shorter list stays in the cache.
    for (const auto& tract : tracts) tract->chorus.restart(period / 4);
}

}  // namespace settle

#include "sim/engines/virtual/tract.hpp"

#include <algorithm>

namespace settle {

namespace {

std::size_t slices_of(const Partition& partition, int population) {
    return partition.slices_of_population[static_cast<std::size_t>(population)].size();
}

}  // namespace

bool has_tract(const Partition& partition, int source, int target) {
    constexpr std::size_t most_neurons = 8;  // of a slice that speaks
    constexpr std::size_t least_pairs = 64;  // of slices
    if (partition.settings.chip || partition.settings.link.scope == Scope::synapse || partition.shards() == 1)
        return false;
    const std::size_t speakers = slices_of(partition, source);
    return static_cast<std::size_t>(partition.wiring.size(source)) <= most_neurons * speakers &&
           speakers * slices_of(partition, target) >= least_pairs;
}

Tract::Tract(const Partition& partition, int source, int target, const Promises& promises, std::uint32_t ring)
    : source_(source), target_(target), promises_(promises), heard_(slices_of(partition, target)) {
    const std::int32_t neurons = partition.wiring.size(source);
    logs_.reserve(static_cast<std::size_t>(neurons));
    for (std::int32_t i = 0; i < neurons; ++i) logs_.emplace_back(ring);
    // Who has no ear for it holds up nobody.
    for (auto& heard : heard_) heard.store(Promises::never, std::memory_order_relaxed);
}

Time Tract::all_heard() const {
    Time least = Promises::never;
    for (const auto& heard : heard_) least = std::min(least, heard.load(std::memory_order_acquire));
    return least;
}

void TractEar::add(std::int32_t neuron, std::int32_t part, std::int32_t row) {
    sources_.push_back({neuron, part, row, 0});
    silent_until_.push_back(-1);
}

void TractEar::start() {
    std::fill(silent_until_.begin(), silent_until_.end(), Time{-1});
    // Lower than any time to come: a branch may begin before another one has ended.
    tract_->heard_[static_cast<std::size_t>(part_)].store(-1, std::memory_order_relaxed);
    for (Source& source : sources_) {
        assert(source.next == tract_->logs_[static_cast<std::size_t>(source.neuron)].said());
        static_cast<void>(source);
    }
}

Tracts::Tracts(const Partition& partition, std::uint32_t ring) {
    const Wiring& wiring = partition.wiring;
    const auto populations = static_cast<std::size_t>(wiring.populations());
    std::vector<std::pair<int, int>> pairs;
    for (int source = 0; source < wiring.populations(); ++source) {
        for (const int target : wiring.hearers_of(source)) {
            if (has_tract(partition, source, target)) pairs.emplace_back(source, target);
        }
    }
    if (pairs.empty()) return;
    waiters.resize(populations);
    const auto may_wait = [&](int waits, int waits_for) {
        std::vector<int>& shards = waiters[static_cast<std::size_t>(waits_for)];
        for (const int slice : partition.slices_of_population[static_cast<std::size_t>(waits)])
            shards.push_back(partition.slices[static_cast<std::size_t>(slice)].shard);
    };
    for (const auto& [source, target] : pairs) {
        may_wait(target, source);
        // Inputs hear nobody, and wait for those that hear them lest they run away.
        if (source == wiring.input()) may_wait(source, target);
    }
    for (std::size_t p = 0; p < populations; ++p) {
        std::sort(waiters[p].begin(), waiters[p].end());
        waiters[p].erase(std::unique(waiters[p].begin(), waiters[p].end()), waiters[p].end());
        promises.push_back(
            std::make_unique<Promises>(static_cast<int>(slices_of(partition, static_cast<int>(p))), waiters[p]));
    }
    for (const auto& [source, target] : pairs)
        tracts.push_back(
            std::make_unique<Tract>(partition, source, target, *promises[static_cast<std::size_t>(source)], ring));
}

Tract* Tracts::between(int source, int target) const {
    for (const auto& tract : tracts) {
        if (tract->source() == source && tract->target() == target) return tract.get();
    }
    return nullptr;
}

}  // namespace settle

#include "models/chip/placement.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/draw.hpp"
#include "core/error.hpp"

namespace settle {

namespace {

std::int64_t neurons_of(const std::vector<int>& sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
}

std::int64_t cores_for(std::int64_t neurons, std::int64_t a_core) {
    return (neurons + a_core - 1) / a_core;
}

/// Core i of the k that a population needs has its neurons floor(i n / k) … floor((i + 1) n / k) - 1.
std::vector<std::int32_t> spread(const ChipSettings& chip, const std::vector<int>& sizes) {
    std::vector<std::int32_t> core;
    std::int32_t first = 0;
    for (const int size : sizes) {
        const std::int64_t cores = cores_for(size, chip.neurons_per_core);
        for (std::int64_t i = 0; i < cores; ++i)
            core.resize(core.size() + static_cast<std::size_t>((i + 1) * size / cores - i * size / cores),
                        first + static_cast<std::int32_t>(i));
        first += static_cast<std::int32_t>(cores);
    }
    return core;
}

std::vector<std::int32_t> packed(const ChipSettings& chip, std::size_t neurons) {
    std::vector<std::int32_t> core(neurons);
    for (std::size_t i = 0; i < neurons; ++i)
        core[i] = static_cast<std::int32_t>(i / static_cast<std::size_t>(chip.neurons_per_core));
    return core;
}

/// Place i of the packed order goes to a neuron that is drawn among those which have none (Fisher and Yates).
std::vector<std::int32_t> shuffled(const ChipSettings& chip, std::size_t neurons, std::uint64_t device_seed) {
    const Stream draws(device_seed, Purpose::chip_place);
    std::vector<std::size_t> order(neurons);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = neurons; i > 1; --i) std::swap(order[i - 1], order[draws.below(i - 1, i)]);
    const std::vector<std::int32_t> places = packed(chip, neurons);
    std::vector<std::int32_t> core(neurons);
    for (std::size_t i = 0; i < neurons; ++i) core[order[i]] = places[i];
    return core;
}

std::vector<std::int32_t> given(const ChipSettings& chip, std::size_t neurons) {
    const auto refuse = [](const std::string& what, const std::string& expected) {
        throw input_error("", "chip.placement", what, expected);
    };
    if (chip.places.size() != neurons)
        refuse("places " + std::to_string(chip.places.size()) + " neurons", std::to_string(neurons) + ", a line each");
    std::vector<int> held(static_cast<std::size_t>(chip.cores()));
    for (std::size_t i = 0; i < neurons; ++i) {
        const std::int32_t core = chip.places[i];
        if (core < 0 || core >= chip.cores())
            refuse("puts neuron " + std::to_string(i) + " on core " + std::to_string(core),
                   "a core from 0 to " + std::to_string(chip.cores() - 1));
        if (++held[static_cast<std::size_t>(core)] > chip.neurons_per_core)
            refuse(
                "puts more than " + std::to_string(chip.neurons_per_core) + " neurons on core " + std::to_string(core),
                "at most chip.neurons_per_core");
    }
    return chip.places;
}

}  // namespace

std::vector<std::int32_t> Placement::used() const {
    std::vector<std::int32_t> cores = core;
    std::sort(cores.begin(), cores.end());
    cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
    return cores;
}

std::int64_t missing_places(const ChipSettings& chip, const std::vector<int>& sizes) {
    if (chip.placement != PlacementRule::spread)
        return std::max<std::int64_t>(0, neurons_of(sizes) - chip.places_in_all());
    // Those of a population that begin beyond the last core.
    std::int64_t cores = 0, missing = 0;
    for (const std::int64_t size : sizes) {
        const std::int64_t needed = cores_for(size, chip.neurons_per_core);
        const std::int64_t fit = std::clamp<std::int64_t>(chip.cores() - cores, 0, needed);
        missing += size - fit * size / needed;
        cores += needed;
    }
    return missing;
}

Placement place(const ChipSettings& chip, const std::vector<int>& sizes, std::uint64_t device_seed) {
    const auto neurons = static_cast<std::size_t>(neurons_of(sizes));
    if (const std::int64_t missing = missing_places(chip, sizes); missing > 0) {
        throw input_error("", "chip.mesh",
                          std::to_string(missing) + " of " + std::to_string(neurons) + " neurons find no place on " +
                              std::to_string(chip.cores()) + " cores of " + std::to_string(chip.neurons_per_core),
                          "more tiles, chip.cores_per_tile or chip.neurons_per_core");
    }
    switch (chip.placement) {
        case PlacementRule::spread:
            return {spread(chip, sizes)};
        case PlacementRule::random:
            return {shuffled(chip, neurons, device_seed)};
        case PlacementRule::file:
            return {given(chip, neurons)};
        case PlacementRule::packed:
            break;
    }
    return {packed(chip, neurons)};
}

std::string to_csv(const Placement& placement) {
    std::string text = "neuron,core\n";
    for (std::size_t i = 0; i < placement.core.size(); ++i)
        text += std::to_string(i) + "," + std::to_string(placement.core[i]) + "\n";
    return text;
}

}  // namespace settle

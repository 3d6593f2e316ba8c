#include "sim/scenario/population_names.hpp"

#include <fmt/format.h>

namespace settle {

std::vector<std::string> population_names(const NetworkPart& network) {
    std::vector<std::string> all;
    for (const PopulationSpec& population : network.populations) all.push_back(population.name);
    for (std::size_t l = 0; l < network.layers.size(); ++l) all.push_back(std::to_string(l));
    return all;
}

std::string population_label(const NetworkPart& network, int population) {
    if (!network.populations.empty()) return network.populations[static_cast<std::size_t>(population)].name;
    switch (chain(network.layers).population(population).role) {
        case Role::input:
            return "input";
        case Role::hidden:
            break;
        case Role::output:
            return "output";
    }
    return fmt::format("layer {}", population);
}

}  // namespace settle

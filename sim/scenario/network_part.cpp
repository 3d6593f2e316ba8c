#include "sim/scenario/network_part.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace settle {

std::vector<int> NetworkPart::sizes() const {
    if (populations.empty()) return layers;
    std::vector<int> all;
    for (const PopulationSpec& population : populations) all.push_back(population.size());
    return all;
}

int NetworkPart::inputs() const {
    if (populations.empty()) return layers.empty() ? 0 : layers.front();
    return populations.front().size();
}

int NetworkPart::outputs() const {
    if (populations.empty()) return layers.empty() ? 0 : layers.back();
    const auto output = std::find_if(populations.begin(), populations.end(),
                                     [](const PopulationSpec& one) { return one.role == Role::output; });
    return output == populations.end() ? 0 : output->size();
}

int NetworkPart::projection_count() const {
    if (!populations.empty()) return static_cast<int>(projections.size());
    return std::max(static_cast<int>(layers.size()) - 1, 0);
}

std::string NetworkPart::text() const {
    if (populations.empty()) return fmt::format("{}", fmt::join(layers, "-"));
    std::string text;
    for (const PopulationSpec& population : populations)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", population.name, population.size());
    return text;
}

}  // namespace settle

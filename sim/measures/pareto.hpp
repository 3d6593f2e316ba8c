// The Pareto front: what nothing beats.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace settle {

/// What competes: its values, of which smaller is better, and among whom.
struct Contender {
    std::string group;                          ///< only those of the same group compete
    std::vector<std::optional<double>> values;  ///< as many for all; without one it does not compete
};

/// For each whether it is on the front of its group: none there is at most as large in every value and smaller in one.
std::vector<bool> pareto_front(const std::vector<Contender>& contenders);

}  // namespace settle

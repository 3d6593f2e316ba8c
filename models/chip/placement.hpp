// Where every neuron lives on a chip.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/chip/chip.hpp"

namespace settle {

struct Placement {
    std::vector<std::int32_t> core;  ///< (neurons, network-wide) of each

    /// Cores that hold somebody, rising.
    std::vector<std::int32_t> used() const;
    bool operator==(const Placement&) const = default;
};

/// Places that are missing; 0: the chip has one for every neuron. A population that is spread takes whole cores.
/// `sizes`: neurons of the populations.
std::int64_t missing_places(const ChipSettings& chip, const std::vector<int>& sizes);

/// Throws Error (input), as a scenario's key says it, for more neurons than places, and for a table of other neurons or
/// with a core that the chip does not have, or that it would fill beyond its places.
Placement place(const ChipSettings& chip, const std::vector<int>& sizes, std::uint64_t device_seed);

/// The table that place.csv holds, and that chip.placement can name: neuron,core, a line for each neuron.
std::string to_csv(const Placement& placement);

}  // namespace settle

// Where the packets of a network's neurons go on a chip, and what a firing asks of its servers.
#pragma once

#include <cstdint>
#include <vector>

#include "models/chip/placement.hpp"
#include "models/network/network.hpp"
#include "sim/engines/traffic.hpp"
#include "sim/engines/virtual/packet_routes.hpp"

namespace settle {

/// Neurons of one core that have as many living links into the same cores: their packets go the same way.
struct PacketPath {
    std::int32_t core = 0;              ///< of its source
    std::vector<std::int32_t> neurons;  ///< network-wide, rising
    std::vector<PacketTarget> targets;  ///< by core, rising; without rows
    std::vector<PacketTree> trees;      ///< of a firing: one packet, or one for each target core
};

/// Of all neurons that somebody hears.
std::vector<PacketPath> packet_paths(const Network& network, const DeadLinks& dead, const ChipSettings& chip,
                                     const Placement& placement);

/// Services of one firing, none of whose packets is lost or dropped.
Traffic traffic_of(const PacketPath& path, const Mesh& mesh);

}  // namespace settle

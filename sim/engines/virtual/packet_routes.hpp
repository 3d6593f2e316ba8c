// Where the packets of a neuron go on a chip: the cores that it reaches, what it reaches there, and the tree of servers
// that a packet goes through.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "models/chip/service.hpp"
#include "models/network/network.hpp"
#include "sim/engines/actors/partition.hpp"

namespace settle {

/// A core where a neuron is heard.
struct PacketTarget {
    /// A row of a slice that lives in the core.
    struct Row {
        std::int32_t slice;
        std::int32_t row;
    };
    std::int32_t core = 0;
    std::int32_t population = 0;  ///< the first that hears it there: what becomes of the bit is counted there
    std::int32_t targets = 0;     ///< links, dead ones excluded
    std::int64_t chain = 0;       ///< number of this neuron and core among all that links join, dead ones included
    std::span<const Row> rows;
};

/// The servers of a packet, from its encoder on. Node 0 is the encoder; those that a node parts into follow each other.
struct PacketTree {
    struct Node {
        std::int32_t server = 0;
        std::int32_t first_child = 0, children = 0;  ///< none: a decoder
        std::int32_t first_target = 0, targets = 0;  ///< in `order`: those that a packet at this node still goes to
        std::int32_t hops = 0;                       ///< links on the way here, this one included
    };
    std::vector<Node> nodes;
    std::vector<std::int32_t> order;  ///< target cores, by number among those of the source
};

/// To some of the target cores of a source.
PacketTree packet_tree(const Mesh& mesh, int source_core, std::span<const PacketTarget> targets,
                       std::vector<std::int32_t> chosen);

/// Of all neurons, for one state of the links.
class PacketRoutes {
public:
    PacketRoutes(PacketRoutes&&) = default;
    PacketRoutes(const PacketRoutes&) = delete;
    /// `partition`: its slices live on the cores of its placement.
    PacketRoutes(const Partition& partition, const Network& network, const DeadLinks& dead, const Mesh& mesh,
                 const ChipSettings& chip);

    std::span<const PacketTarget> targets(std::int32_t neuron) const {
        const auto number = static_cast<std::size_t>(neuron);
        return {targets_.data() + first_target_[number], targets_.data() + first_target_[number + 1]};
    }
    /// Neurons and cores that links join.
    std::int64_t chains() const { return chains_; }
    /// What a firing of the neuron sends without loss: one packet, or one for each target core.
    std::span<const PacketTree* const> trees(std::int32_t neuron) const {
        const auto number = static_cast<std::size_t>(neuron);
        return {trees_.data() + first_tree_[number], trees_.data() + first_tree_[number + 1]};
    }

private:
    /// While it is made.
    struct Found {
        PacketTarget target;
        std::vector<PacketTarget::Row> rows;
    };
    using FoundOfNeurons = std::vector<std::vector<Found>>;  ///< by core, rising

    FoundOfNeurons find_rows(const Partition& partition);
    void lay_out(const FoundOfNeurons& found);
    void plant(const Partition& partition, const Mesh& mesh, bool multicast);

    // Neuron after neuron, without gaps: a firing reads them from memory.
    std::vector<PacketTarget> targets_;
    std::vector<PacketTarget::Row> rows_;
    std::vector<const PacketTree*> trees_;
    std::vector<std::int32_t> first_target_, first_tree_;  ///< (neurons + 1)
    std::int64_t chains_ = 0;
    std::map<std::vector<std::int32_t>, PacketTree> kept_;  ///< by source core and target cores
};

}  // namespace settle

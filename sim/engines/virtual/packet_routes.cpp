#include "sim/engines/virtual/packet_routes.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace settle {

namespace {

/// Adds to `tree` what a packet for order[first, first + count) joins at a tile, and all that follows.
void grow(PacketTree& tree, const Mesh& mesh, int tile, std::span<const PacketTarget> targets, std::int32_t parent) {
    const PacketTree::Node at = tree.nodes[static_cast<std::size_t>(parent)];
    const auto begin = tree.order.begin() + at.first_target, end = begin + at.targets;
    const auto next = [&](std::int32_t number) {
        return mesh.next(tile, targets[static_cast<std::size_t>(number)].core);
    };
    std::stable_sort(begin, end, [&](std::int32_t a, std::int32_t b) { return next(a) < next(b); });
    const auto first_child = static_cast<std::int32_t>(tree.nodes.size());
    for (auto one = begin; one != end;) {
        const int server = next(*one);
        const auto last = std::find_if(one, end, [&](std::int32_t number) { return next(number) != server; });
        PacketTree::Node node;
        node.server = server;
        node.first_target = static_cast<std::int32_t>(one - tree.order.begin());
        node.targets = static_cast<std::int32_t>(last - one);
        node.hops = at.hops + (mesh.kind(server) == ServerKind::link ? 1 : 0);
        tree.nodes.push_back(node);
        one = last;
    }
    const auto children = static_cast<std::int32_t>(tree.nodes.size()) - first_child;
    tree.nodes[static_cast<std::size_t>(parent)].first_child = first_child;
    tree.nodes[static_cast<std::size_t>(parent)].children = children;
    for (std::int32_t child = first_child; child < first_child + children; ++child) {
        const int server = tree.nodes[static_cast<std::size_t>(child)].server;
        if (mesh.kind(server) != ServerKind::link) continue;
        grow(tree, mesh, mesh.neighbour(mesh.tile(server), mesh.direction(server)), targets, child);
    }
}

/// Calls count(neuron, core) for every live link of a neuron into a core.
template <class Count>
void count_links(const Partition& partition, const Network& network, const DeadLinks& dead, const Count& count) {
    const Wiring& wiring = partition.wiring;
    for (const Pathway& pathway : wiring.pathways()) {
        // Where links may be dead, a weight other than 0 tells those that live.
        const LinkMask& mask = mask_of(dead, pathway.projection);
        Projection ones;
        if (!mask.none()) {
            ones = projection_of(wiring, pathway.projection);
            ones.from_array(std::vector<float>(static_cast<std::size_t>(wiring.weights(pathway.projection)), 1.0f));
        }
        const Projection& links = mask.none() ? network.over(pathway) : ones;
        for (int i = 0; i < wiring.size(pathway.source); ++i) {
            const std::int32_t neuron = wiring.first_neuron(pathway.source) + i;
            links.visit_row(pathway.transposed, i, mask, [&](std::int32_t to, float weight) {
                if (!mask.none() && weight == 0) return;
                count(neuron, partition.core[static_cast<std::size_t>(wiring.first_neuron(pathway.target) + to)]);
            });
        }
    }
}

}  // namespace

PacketTree packet_tree(const Mesh& mesh, int source_core, std::span<const PacketTarget> targets,
                       std::vector<std::int32_t> chosen) {
    PacketTree tree;
    tree.order = std::move(chosen);
    PacketTree::Node root;
    root.server = mesh.encoder(source_core);
    root.targets = static_cast<std::int32_t>(tree.order.size());
    tree.nodes.push_back(root);
    grow(tree, mesh, source_core / mesh.cores_per_tile, targets, 0);
    return tree;
}

PacketRoutes::PacketRoutes(const Partition& partition, const Network& network, const DeadLinks& dead, const Mesh& mesh,
                           const ChipSettings& chip) {
    FoundOfNeurons found = find_rows(partition);
    for (auto& cores : found) {
        for (Found& one : cores) one.target.chain = chains_++;
    }
    const auto count = [&](std::int32_t neuron, std::int32_t core) {
        auto& cores = found[static_cast<std::size_t>(neuron)];
        const auto one = std::lower_bound(cores.begin(), cores.end(), core,
                                          [](const Found& a, std::int32_t b) { return a.target.core < b; });
        ++one->target.targets;
    };
    count_links(partition, network, dead, count);
    // Cores without any link that lives hear nothing.
    for (auto& cores : found) std::erase_if(cores, [](const Found& one) { return one.target.targets == 0; });
    lay_out(found);
    plant(partition, mesh, chip.multicast);
}

/// Every row that a neuron has anywhere, core by core.
PacketRoutes::FoundOfNeurons PacketRoutes::find_rows(const Partition& partition) {
    FoundOfNeurons found(static_cast<std::size_t>(partition.wiring.neurons()));
    const auto note = [&](std::int32_t neuron, const Route& route, std::int32_t number, std::int32_t row) {
        const std::int32_t core = partition.slices[static_cast<std::size_t>(number)].core;
        std::vector<Found>& cores = found[static_cast<std::size_t>(neuron)];
        auto one =
            std::find_if(cores.begin(), cores.end(), [&](const auto& other) { return other.target.core == core; });
        if (one == cores.end()) {
            cores.push_back({{core, route.population, 0, 0, {}}, {}});
            one = cores.end() - 1;
        }
        one->rows.push_back({number, row});
    };
    for (const Slice& slice : partition.slices) {
        for (const Route& route : slice.routes) {
            for (int lane = 0; lane < slice.lanes(); ++lane) {
                const std::int32_t i = slice.neurons[static_cast<std::size_t>(lane)];
                if (!route.listed) {
                    for (const auto& to : route.addresses) note(slice.neuron(lane), route, to.slice, to.first_row + i);
                    continue;
                }
                for (const auto& reach : route.reaches_of(static_cast<std::size_t>(lane)))
                    note(slice.neuron(lane), route, route.addresses[static_cast<std::size_t>(reach.address)].slice,
                         reach.row);
            }
        }
    }
    for (auto& cores : found)
        std::sort(cores.begin(), cores.end(),
                  [](const auto& a, const auto& b) { return a.target.core < b.target.core; });
    return found;
}

void PacketRoutes::lay_out(const FoundOfNeurons& found) {
    std::size_t rows = 0;
    for (const auto& cores : found) {
        for (const Found& one : cores) rows += one.rows.size();
    }
    // Spans point into it.
    rows_.reserve(rows);
    for (const auto& cores : found) {
        first_target_.push_back(static_cast<std::int32_t>(targets_.size()));
        for (const Found& one : cores) {
            const PacketTarget::Row* first = rows_.data() + rows_.size();
            rows_.insert(rows_.end(), one.rows.begin(), one.rows.end());
            targets_.push_back(one.target);
            targets_.back().rows = {first, one.rows.size()};
        }
    }
    first_target_.push_back(static_cast<std::int32_t>(targets_.size()));
}

void PacketRoutes::plant(const Partition& partition, const Mesh& mesh, bool multicast) {
    for (std::int32_t neuron = 0; neuron < partition.wiring.neurons(); ++neuron) {
        first_tree_.push_back(static_cast<std::int32_t>(trees_.size()));
        const auto core = partition.core[static_cast<std::size_t>(neuron)];
        const std::span<const PacketTarget> targets = this->targets(neuron);
        if (targets.empty()) continue;
        std::vector<std::vector<std::int32_t>> packets;
        std::vector<std::int32_t> all(targets.size());
        std::iota(all.begin(), all.end(), 0);
        if (multicast) {
            packets.push_back(all);
        } else {
            for (const std::int32_t one : all) packets.push_back({one});
        }
        for (const auto& packet : packets) {
            // The same for all sources in a core whose packets go to the same cores, by the same numbers.
            std::vector<std::int32_t> key{core};
            for (const std::int32_t one : packet) {
                key.push_back(one);
                key.push_back(targets[static_cast<std::size_t>(one)].core);
            }
            auto found = kept_.find(key);
            if (found == kept_.end()) found = kept_.emplace(key, packet_tree(mesh, core, targets, packet)).first;
            trees_.push_back(&found->second);
        }
    }
    first_tree_.push_back(static_cast<std::int32_t>(trees_.size()));
}

}  // namespace settle

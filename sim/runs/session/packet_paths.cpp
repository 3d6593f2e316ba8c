#include "sim/runs/session/packet_paths.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace settle {

namespace {

/// A projection with its living links: where links may be dead, those whose weight is not 0.
struct Living {
    Projection shape;  ///< of ones; empty where all live
    const LinkMask* mask = nullptr;
};

std::vector<Living> living_links(const Wiring& wiring, const DeadLinks& dead) {
    std::vector<Living> all;
    for (int k = 0; k < wiring.projections(); ++k) {
        Living& one = all.emplace_back();
        one.mask = &mask_of(dead, k);
        if (one.mask->none()) continue;
        one.shape = projection_of(wiring, k);
        one.shape.from_array(std::vector<float>(static_cast<std::size_t>(wiring.weights(k)), 1.0f));
    }
    return all;
}

/// Links by the core that they lead to.
class CoreCounts {
public:
    explicit CoreCounts(int cores) : links_(static_cast<std::size_t>(cores)) {}

    void add(std::int32_t core) {
        if (links_[static_cast<std::size_t>(core)]++ == 0) touched_.push_back(core);
    }
    /// By core, rising; begins anew.
    std::vector<std::pair<std::int32_t, std::int32_t>> take() {
        std::sort(touched_.begin(), touched_.end());
        std::vector<std::pair<std::int32_t, std::int32_t>> counts;
        for (const std::int32_t core : touched_)
            counts.emplace_back(core, std::exchange(links_[static_cast<std::size_t>(core)], 0));
        touched_.clear();
        return counts;
    }

private:
    std::vector<std::int32_t> links_, touched_;
};

void plant(PacketPath& path, const Mesh& mesh, bool multicast) {
    std::vector<std::int32_t> all(path.targets.size());
    std::iota(all.begin(), all.end(), 0);
    if (multicast) {
        path.trees.push_back(packet_tree(mesh, path.core, path.targets, all));
        return;
    }
    for (const std::int32_t one : all) path.trees.push_back(packet_tree(mesh, path.core, path.targets, {one}));
}

}  // namespace

std::vector<PacketPath> packet_paths(const Network& network, const DeadLinks& dead, const ChipSettings& chip,
                                     const Placement& placement) {
    const Wiring& wiring = network.wiring;
    const Mesh mesh(chip);
    const std::vector<Living> living = living_links(wiring, dead);
    CoreCounts counts(mesh.cores());
    std::vector<PacketPath> paths;
    std::map<std::pair<std::int32_t, std::vector<std::pair<std::int32_t, std::int32_t>>>, std::size_t> known;
    for (int p = 0; p < wiring.populations(); ++p) {
        for (int i = 0; i < wiring.size(p); ++i) {
            for (const Pathway& pathway : wiring.pathways()) {
                if (pathway.source != p) continue;
                const Living& links = living[static_cast<std::size_t>(pathway.projection)];
                const bool all = links.mask->none();
                const std::int64_t first = wiring.first_neuron(pathway.target);
                (all ? network.over(pathway) : links.shape)
                    .visit_row(pathway.transposed, i, *links.mask, [&](int target, float weight) {
                        if (all || weight != 0) counts.add(placement.core[static_cast<std::size_t>(first + target)]);
                    });
            }
            auto reached = counts.take();
            if (reached.empty()) continue;
            const auto neuron = static_cast<std::int32_t>(wiring.first_neuron(p) + i);
            const std::int32_t core = placement.core[static_cast<std::size_t>(neuron)];
            const auto [at, added] = known.emplace(std::make_pair(core, std::move(reached)), paths.size());
            if (added) {
                PacketPath& path = paths.emplace_back();
                path.core = core;
                for (const auto& [target, links] : at->first.second) path.targets.push_back({target, 0, links, 0, {}});
                plant(path, mesh, chip.multicast);
            }
            paths[at->second].neurons.push_back(neuron);
        }
    }
    return paths;
}

Traffic traffic_of(const PacketPath& path, const Mesh& mesh) {
    Traffic traffic;
    traffic.encodes = path.trees.size();
    traffic.decodes = path.targets.size();
    for (const PacketTree& tree : path.trees) {
        for (const PacketTree::Node& node : tree.nodes) {
            if (mesh.kind(node.server) != ServerKind::link) continue;
            const Direction direction = mesh.direction(node.server);
            ++(direction == Direction::west || direction == Direction::east ? traffic.hops_x : traffic.hops_y);
        }
    }
    return traffic;
}

}  // namespace settle

#include "sim/runs/session/initial_network.hpp"

#include <utility>

#include "core/error.hpp"
#include "models/network/drawn_links.hpp"
#include "sim/formats/links_file.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

/// The links of a sparse projection: those of its file, or drawn.
std::shared_ptr<const Links> links_of(const NetworkPart& network, int k, const LinkSource& source,
                                      const StopCheck& stop) {
    const ProjectionPart& projection = network.projections[static_cast<std::size_t>(k)];
    const PopulationSpec& pre = network.populations[static_cast<std::size_t>(projection.pre)];
    const PopulationSpec& post = network.populations[static_cast<std::size_t>(projection.post)];
    if (const auto* file = std::get_if<LinksFile>(&source))
        return read_links(file->path, pre.size(), post.size(), projection.lateral());
    LinkRule rule;
    if (const auto* radius = std::get_if<WithinRadius>(&source)) rule = *radius;
    if (const auto* fan = std::get_if<FanIn>(&source)) rule = *fan;
    if (const auto* some = std::get_if<WithProbability>(&source)) rule = *some;
    return draw_links(rule, pre, post, projection.lateral(), network.seed, k, stop);
}

/// The weights that the files of links hold.
void take_link_weights(const NetworkPart& part, Network& network) {
    for (std::size_t k = 0; k < part.projections.size(); ++k) {
        const auto* links = std::get_if<LinkSource>(&part.projections[k].kind);
        const auto* file = links ? std::get_if<LinksFile>(links) : nullptr;
        if (file) network.projections[k].from_array(read_link_weights(file->path));
    }
}

/// `links` gives those of a sparse projection.
template <class LinksFor>
Wiring wiring_with(const Scenario& scenario, const LinksFor& links) {
    const NetworkPart& network = scenario.network;
    if (network.populations.empty()) return chain(network.layers);
    std::vector<ProjectionSpec> projections;
    for (int k = 0; k < network.projection_count(); ++k) {
        const ProjectionPart& part = network.projections[static_cast<std::size_t>(k)];
        ProjectionSpec& spec = projections.emplace_back(ProjectionSpec{part.pre, part.post, {}});
        if (const auto* convolution = std::get_if<ConvolutionSpec>(&part.kind)) spec.kind = *convolution;
        if (const auto* source = std::get_if<LinkSource>(&part.kind)) spec.kind = SparseSpec{links(k, *source)};
    }
    return {network.populations, std::move(projections)};
}

/// None, between the populations of projection k.
std::shared_ptr<const Links> no_links(const NetworkPart& network, int k) {
    const ProjectionPart& part = network.projections[static_cast<std::size_t>(k)];
    const int sources = network.populations[static_cast<std::size_t>(part.pre)].size();
    return make_links(sources, network.populations[static_cast<std::size_t>(part.post)].size(), part.lateral(), {}, {});
}

}  // namespace

Wiring wiring_of(const Scenario& scenario, const StopCheck& stop) {
    return wiring_with(scenario,
                       [&](int k, const LinkSource& source) { return links_of(scenario.network, k, source, stop); });
}

Wiring wiring_of(const Scenario& scenario, const Wiring& drawn) {
    return wiring_with(scenario, [&](int k, const LinkSource& source) {
        const auto* sparse = k < drawn.projections() ? std::get_if<SparseSpec>(&drawn.projection(k).kind) : nullptr;
        const auto& populations = scenario.network.populations;
        const ProjectionPart& part = scenario.network.projections[static_cast<std::size_t>(k)];
        if (sparse && sparse->links && sparse->links->lateral == part.lateral() &&
            sparse->links->sources == populations[static_cast<std::size_t>(part.pre)].size() &&
            sparse->links->targets == populations[static_cast<std::size_t>(part.post)].size())
            return sparse->links;
        return links_of(scenario.network, k, source, nullptr);
    });
}

Wiring outline_of(const Scenario& scenario) {
    return wiring_with(scenario, [&](int k, const LinkSource& /*source*/) { return no_links(scenario.network, k); });
}

/// Of a scenario that has been looked at.
static NetworkArrays initial_weights(const Scenario& scenario, const Wiring& wiring) {
    try {
        return read_weights(scenario.network.weights, wiring);
    } catch (const Error& error) {
        // What is wrong with the file is wrong with the key that names it.
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) {
            if (problem.key.empty()) problem.key = "network.weights";
        }
        throw Error(error.blame(), problems);
    }
}

NetworkArrays read_initial_weights(const Scenario& scenario) {
    check_keys(scenario, {"network", "population", "projection"});
    return initial_weights(scenario, wiring_of(scenario));
}

Network initial_network(const Scenario& scenario, const StopCheck& stop) {
    check_keys(scenario, {"network", "population", "projection"});
    const NetworkPart& part = scenario.network;
    const Wiring wiring = wiring_of(scenario, stop);
    if (!part.weights.empty()) return to_network(wiring, initial_weights(scenario, wiring));
    std::vector<double> scales(static_cast<std::size_t>(wiring.projections()), part.init_scale);
    for (std::size_t k = 0; k < part.projections.size(); ++k) scales[k] *= part.projections[k].init_scale;
    Network network = random_network(wiring, scales, part.seed);
    take_link_weights(part, network);
    return network;
}

}  // namespace settle

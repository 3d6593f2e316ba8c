// A network of every kind of projection, and the same with dense ones alone.
#pragma once

#include <string>
#include <vector>

#include "models/network/link_rule.hpp"
#include "models/network/network.hpp"

namespace settle {

/// image (2 x 6 x 5) - edges (3 x 3 x 3), convolution; edges - edges, sparse; edges - code, sparse; code - code, dense;
/// image - code, sparse; code - answer, dense; edges - answer, convolution to 4 channels.
inline Wiring mixed_wiring() {
    std::vector<PopulationSpec> populations = {{"image", {2, 6, 5}, Role::input},
                                               {"edges", {3, 3, 3}, Role::hidden},
                                               {"code", {17}, Role::hidden},
                                               {"answer", {4, 1, 1}, Role::output}};
    const auto drawn = [&](const LinkRule& rule, int pre, int post, int k) {
        const auto at = [&](int p) { return populations[static_cast<std::size_t>(p)]; };
        return SparseSpec{draw_links(rule, at(pre), at(post), pre == post, 7, k)};
    };
    std::vector<ProjectionSpec> projections = {{0, 1, ConvolutionSpec{3, 2, 1}},
                                               {1, 1, drawn(WithinRadius{1}, 1, 1, 1)},
                                               {1, 2, drawn(FanIn{5}, 1, 2, 2)},
                                               {2, 2, DenseSpec{}},
                                               {0, 2, drawn(WithProbability{0.2}, 0, 2, 4)},
                                               {2, 3, DenseSpec{}},
                                               {1, 3, ConvolutionSpec{3, 1, 0}}};
    return {std::move(populations), std::move(projections)};
}

/// With weights and biases.
inline Network drawn_network(double scale = 1.3) {
    Network network = random_network(mixed_wiring(), scale, 5);
    for (std::size_t p = 1; p < network.biases.size(); ++p) {
        for (int i = 0; i < network.wiring.size(static_cast<int>(p)); ++i)
            network.biases[p][static_cast<std::size_t>(i)] = 0.05f * static_cast<float>(p);
    }
    return network;
}

/// image - code, sparse; code - code, sparse; code - code, dense; code - answer, sparse and dense; image - answer,
/// dense; answer - answer, sparse: everything that a pair of populations may be joined by, twice.
inline Wiring twin_wiring() {
    std::vector<PopulationSpec> populations = {
        {"image", {1, 6, 5}, Role::input}, {"code", {1, 5, 7}, Role::hidden}, {"answer", {6}, Role::output}};
    const auto drawn = [&](const LinkRule& rule, int pre, int post, int k) {
        const auto at = [&](int p) { return populations[static_cast<std::size_t>(p)]; };
        return SparseSpec{draw_links(rule, at(pre), at(post), pre == post, 3, k)};
    };
    std::vector<ProjectionSpec> projections = {{0, 1, drawn(WithinRadius{1}, 0, 1, 0)},
                                               {1, 1, drawn(WithinRadius{2}, 1, 1, 1)},
                                               {1, 1, DenseSpec{}},
                                               {1, 2, drawn(FanIn{6}, 1, 2, 3)},
                                               {1, 2, DenseSpec{}},
                                               {0, 2, DenseSpec{}},
                                               {2, 2, drawn(WithProbability{0.5}, 2, 2, 6)}};
    return {std::move(populations), std::move(projections)};
}

/// "mixed" or "twins". `scale`: of the weights; 1 is strong.
inline Network graph_network(const std::string& which, double scale = 1) {
    if (which == "mixed") return drawn_network(1.6 * scale);
    Network network = random_network(twin_wiring(), 1.2 * scale, 9);
    for (std::size_t p = 1; p < network.biases.size(); ++p) {
        for (int i = 0; i < network.wiring.size(static_cast<int>(p)); ++i)
            network.biases[p][static_cast<std::size_t>(i)] = 0.15f;
    }
    return network;
}

/// The same populations and weights, where what is no link has the weight 0. Biases are one a neuron.
inline Network unrolled(const Network& network) {
    std::vector<PopulationSpec> populations;
    std::vector<ProjectionSpec> projections;
    for (int p = 0; p < network.wiring.populations(); ++p) populations.push_back(network.wiring.population(p));
    for (int k = 0; k < network.wiring.projections(); ++k)
        projections.push_back({network.wiring.projection(k).pre, network.wiring.projection(k).post, DenseSpec{}});
    Network dense(Wiring(std::move(populations), std::move(projections)));
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        Dense& to = dense.projections[k].dense();
        network.projections[k].visit_links([&](int i, int j, float weight) {
            to.weights.at(i, j) = weight;
            if (to.lateral) to.weights.at(j, i) = weight;
        });
    }
    dense.biases = network.biases;
    return dense;
}

}  // namespace settle

#include "models/network.hpp"

#include <cmath>
#include <string>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "models/network_checks.hpp"
#include "models/population.hpp"

namespace settle {

Network::Network(const std::vector<int>& layers) : sizes(layers) {
    check_layers(layers);
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        projections.emplace_back(layers[l], layers[l + 1], l > 0);
        biases.emplace_back(static_cast<std::size_t>(padded_size(layers[l + 1])));
    }
}

int Network::neurons() const {
    return first_neuron(layers());
}

int Network::first_neuron(int population) const {
    int first = 0;
    for (int l = 0; l < population; ++l) first += sizes[static_cast<std::size_t>(l)];
    return first;
}

Network random_network(const std::vector<int>& layers, double scale, std::uint64_t seed) {
    if (!(scale >= 0) || std::isinf(scale))
        throw input_error("", "network.init_scale", std::to_string(scale) + " is out of range", "a number, at least 0");
    Network network(layers);
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        Projection& projection = network.projections[l];
        const Stream stream(seed, Purpose::initial_weights, l);
        const double bound = scale * std::sqrt(6.0 / (static_cast<double>(projection.pre) + projection.post));
        for (int i = 0; i < projection.pre; ++i) {
            for (int j = 0; j < projection.post; ++j) {
                const std::uint64_t index =
                    static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(projection.post) +
                    static_cast<std::uint64_t>(j);
                projection.weights.at(i, j) = static_cast<float>((2 * stream.uniform(index) - 1) * bound);
            }
        }
    }
    return network;
}

Network to_network(const std::vector<int>& layers, const NetworkArrays& arrays) {
    check_arrays(arrays, layers);
    Network network(layers);
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        Projection& projection = network.projections[l];
        const float* weight = arrays.weights[l].data();
        for (int i = 0; i < projection.pre; ++i) {
            for (int j = 0; j < projection.post; ++j) projection.weights.at(i, j) = *weight++;
        }
        std::copy(arrays.biases[l].begin(), arrays.biases[l].end(), network.biases[l].begin());
    }
    return network;
}

NetworkArrays to_arrays(const Network& network) {
    NetworkArrays arrays;
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        const Projection& projection = network.projections[l];
        std::vector<float> weights;
        weights.reserve(static_cast<std::size_t>(projection.pre) * static_cast<std::size_t>(projection.post));
        for (int i = 0; i < projection.pre; ++i) {
            for (int j = 0; j < projection.post; ++j) weights.push_back(projection.weights.at(i, j));
        }
        for (const DeadLink& link : projection.dead) {
            weights[static_cast<std::size_t>(link.pre) * static_cast<std::size_t>(projection.post) +
                    static_cast<std::size_t>(link.post)] = link.weight;
        }
        arrays.weights.push_back(std::move(weights));
        arrays.biases.emplace_back(network.biases[l].begin(), network.biases[l].begin() + projection.post);
    }
    return arrays;
}

namespace {

/// sum |w| over everything that neuron `i` of population `l` listens to, exactly.
double exact_load(const Network& network, int l, int i) {
    double load = 0;
    const Projection& below = network.projections[static_cast<std::size_t>(l - 1)];
    for (int k = 0; k < below.pre; ++k) load += std::abs(static_cast<double>(below.weights.at(k, i)));
    if (l < network.last()) {
        const Projection& above = network.projections[static_cast<std::size_t>(l)];
        for (int k = 0; k < above.post; ++k) load += std::abs(static_cast<double>(above.weights.at(i, k)));
    }
    return load;
}

void refuse_divergence(const Network& network, double bits_a_window) {
    for (int l = 1; l <= network.last(); ++l) {
        const auto& below = network.projections[static_cast<std::size_t>(l - 1)].forward_load;
        const auto* above =
            l < network.last() ? &network.projections[static_cast<std::size_t>(l)].backward_load : nullptr;
        for (int i = 0; i < network.sizes[static_cast<std::size_t>(l)]; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double load = below[at] + (above ? (*above)[at] : 0.0f);
            // The float sums are a cheap first look; the negation also catches NaN.
            if (load * bits_a_window < 0.99 * weight_limit) continue;
            const double exact = exact_load(network, l, i);
            if (exact * bits_a_window < static_cast<double>(weight_limit)) continue;
            std::string what = "diverged: the absolute weights it listens to add up to " + std::to_string(exact);
            std::string expected = "less than 512; lower learning.rates or network.init_scale";
            if (bits_a_window > 1) {
                what += ", and one source can land " + std::to_string(static_cast<long long>(bits_a_window)) +
                        " bits between two of its ticks";
                expected = "a product of " + expected + ", or what crowds bits (timing.jitter, free.max_lead, …)";
            }
            throw runtime_failure("neuron " + std::to_string(i) + " of layer " + std::to_string(l), what, expected);
        }
    }
}

}  // namespace

void derive_images(Network& network, bool continuous, double bits_a_window, WorkerPool& workers) {
    check_shapes(network, network.sizes);
    struct Piece {
        std::size_t projection;
        int first, end;
    };
    constexpr int panels_a_piece = 4;
    std::vector<Piece> pieces;
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        if (!has_images(network.projections[l], continuous)) prepare_images(network.projections[l], continuous);
        const int panels = network.projections[l].weights.panels();
        for (int p = 0; p < panels; p += panels_a_piece) pieces.push_back({l, p, std::min(p + panels_a_piece, panels)});
    }
    workers.for_each(static_cast<int>(pieces.size()), [&](int index, int /*worker*/) {
        const Piece& piece = pieces[static_cast<std::size_t>(index)];
        for (int p = piece.first; p < piece.end; ++p)
            derive_panel(network.projections[piece.projection], p, continuous);
    });
    finish_images(network, bits_a_window);
}

void finish_images(Network& network, double bits_a_window) {
    for (Projection& projection : network.projections) derive_backward_load(projection);
    refuse_divergence(network, bits_a_window);
}

}  // namespace settle

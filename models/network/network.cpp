#include "models/network/network.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "models/network/network_checks.hpp"

namespace settle {

Projection projection_of(const Wiring& wiring, int k) {
    const auto& [pre, post, kind] = wiring.projection(k);
    const bool back = pre != wiring.input() && pre != post;
    if (const auto* sparse = std::get_if<SparseSpec>(&kind)) return {Sparse(sparse->links, back)};
    if (std::holds_alternative<ConvolutionSpec>(kind)) return {Convolution(wiring.window(k), back)};
    if (pre == post) return {Dense::lateral_of(wiring.size(pre))};
    return {Dense(wiring.size(pre), wiring.size(post), back)};
}

namespace {

/// The item that a weight of a lateral dense array is drawn by: one for both of a pair.
std::size_t drawn_by(std::size_t item, std::size_t neurons) {
    const std::size_t i = item / neurons, j = item % neurons;
    return std::min(i, j) * neurons + std::max(i, j);
}

/// Biases of a population as files hold them, and back.
std::vector<float> bias_array(const Network& network, int p) {
    const AlignedVector<float>& all = network.biases[static_cast<std::size_t>(p)];
    const int count = network.wiring.biases(p), each = network.wiring.size(p) / count;
    std::vector<float> array(static_cast<std::size_t>(count));
    for (std::size_t c = 0; c < array.size(); ++c) array[c] = all[c * static_cast<std::size_t>(each)];
    return array;
}

void set_biases(Network& network, int p, const std::vector<float>& array) {
    const auto each = static_cast<std::ptrdiff_t>(network.wiring.size(p) / network.wiring.biases(p));
    auto to = network.biases[static_cast<std::size_t>(p)].begin();
    for (const float bias : array) {
        std::fill(to, to + each, bias);
        to += each;
    }
}

}  // namespace

Network::Network(Wiring wires) : wiring(std::move(wires)) {
    for (int k = 0; k < wiring.projections(); ++k) projections.push_back(projection_of(wiring, k));
    biases.resize(static_cast<std::size_t>(wiring.populations()));
    for (const int p : wiring.unclamped())
        biases[static_cast<std::size_t>(p)].resize(static_cast<std::size_t>(padded_size(wiring.size(p))));
}

Network random_network(const Wiring& wiring, const std::vector<double>& scales, std::uint64_t seed) {
    assert(scales.size() == static_cast<std::size_t>(wiring.projections()));
    Network network(wiring);
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        if (!(scales[k] >= 0) || std::isinf(scales[k]))
            throw input_error("", "network.init_scale", std::to_string(scales[k]) + " is out of range",
                              "a number, at least 0");
        Projection& projection = network.projections[k];
        const auto* dense = std::get_if<Dense>(&projection.kind);
        const auto neurons = static_cast<std::size_t>(dense && dense->lateral ? dense->pre : 0);
        const Stream stream(seed, Purpose::initial_weights, k);
        const double bound = scales[k] * std::sqrt(6.0 / projection.glorot_links());
        std::vector<float> weights = projection.to_array();
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const std::size_t item = neurons > 0 ? drawn_by(i, neurons) : i;
            const bool itself = neurons > 0 && i % (neurons + 1) == 0;
            weights[i] = itself ? 0 : static_cast<float>((2 * stream.uniform(item) - 1) * bound);
        }
        projection.from_array(weights);
    }
    return network;
}

Network random_network(const Wiring& wiring, double scale, std::uint64_t seed) {
    return random_network(wiring, std::vector(static_cast<std::size_t>(wiring.projections()), scale), seed);
}

bool fits(const NetworkArrays& arrays, const Wiring& wiring) {
    if (arrays.weights.size() != static_cast<std::size_t>(wiring.projections())) return false;
    for (int k = 0; k < wiring.projections(); ++k) {
        if (std::ssize(arrays.weights[static_cast<std::size_t>(k)]) != wiring.weights(k)) return false;
    }
    if (arrays.biases.size() != wiring.unclamped().size()) return false;
    auto biases = arrays.biases.begin();
    for (const int p : wiring.unclamped()) {
        if (std::ssize(*biases) != wiring.biases(p)) return false;
        ++biases;
    }
    return true;
}

Network to_network(const Wiring& wiring, const NetworkArrays& arrays) {
    check_arrays(arrays, wiring);
    Network network(wiring);
    for (std::size_t k = 0; k < network.projections.size(); ++k) network.projections[k].from_array(arrays.weights[k]);
    auto biases = arrays.biases.begin();
    for (const int p : wiring.unclamped()) set_biases(network, p, *biases++);
    return network;
}

NetworkArrays to_arrays(const Network& network, const DeadLinks& dead) {
    NetworkArrays arrays;
    for (int k = 0; k < network.wiring.projections(); ++k)
        arrays.weights.push_back(network.projections[static_cast<std::size_t>(k)].to_array(mask_of(dead, k)));
    for (const int p : network.wiring.unclamped()) arrays.biases.push_back(bias_array(network, p));
    return arrays;
}

namespace {

/// sum |w| over everything that neuron `i` of population `p` listens to, exactly.
double exact_load(const Network& network, const DeadLinks& dead, int p, int i) {
    double load = 0;
    for (const int number : network.wiring.incoming(p)) {
        const Pathway& pathway = network.wiring.pathway(number);
        load += network.over(pathway).exact_load(pathway.transposed, i, mask_of(dead, pathway.projection));
    }
    return load;
}

void refuse_load(const std::string& population, int i, double exact, double bits_a_window) {
    std::string what = "diverged: the absolute weights it listens to add up to " + std::to_string(exact);
    std::string expected = "less than 512; lower learning.rates or network.init_scale";
    if (bits_a_window > 1) {
        what += ", and one source can land " + std::to_string(static_cast<long long>(bits_a_window)) +
                " bits between two of its ticks";
        expected = "a product of " + expected + ", or what crowds bits (timing.jitter, free.max_lead, …)";
    }
    throw runtime_failure("neuron " + std::to_string(i) + " of layer " + population, what, expected);
}

/// The greatest |w| of what neuron `i` of population `p` listens to; NaN if any is.
double greatest_weight(const Network& network, const DeadLinks& dead, int p, int i) {
    double greatest = 0;
    for (const int number : network.wiring.incoming(p)) {
        const Pathway& pathway = network.wiring.pathway(number);
        network.over(pathway).visit_row(!pathway.transposed, i, mask_of(dead, pathway.projection),
                                        [&](std::int32_t /*source*/, float weight) {
                                            const double size = std::abs(static_cast<double>(weight));
                                            if (!std::isnan(greatest) && !(size <= greatest)) greatest = size;
                                        });
    }
    return greatest;
}

void refuse_weight(const std::string& population, int i, double weight) {
    throw runtime_failure("neuron " + std::to_string(i) + " of layer " + population,
                          "diverged: it listens to a weight of " + std::to_string(weight),
                          "less than 512; lower learning.rates or network.init_scale");
}

void refuse_divergence(const Network& network, const DeadLinks& dead, double bits_a_window) {
    for (const int p : network.wiring.unclamped()) {
        std::vector<float> loads(static_cast<std::size_t>(network.wiring.size(p)));
        for (const int number : network.wiring.incoming(p)) {
            const Pathway& pathway = network.wiring.pathway(number);
            const auto more = network.over(pathway).load(pathway.transposed);
            for (std::size_t i = 0; i < loads.size(); ++i) loads[i] += more[i];
        }
        for (std::size_t i = 0; i < loads.size(); ++i) {
            // The float sums are a cheap first look; the negation also catches NaN.
            if (loads[i] * std::max(bits_a_window, 1.0) < 0.99 * weight_limit) continue;
            if (bits_a_window == 0) {
                const double weight = greatest_weight(network, dead, p, static_cast<int>(i));
                if (weight < static_cast<double>(weight_limit)) continue;
                refuse_weight(network.wiring.population(p).name, static_cast<int>(i), weight);
            }
            const double exact = exact_load(network, dead, p, static_cast<int>(i));
            if (exact * bits_a_window < static_cast<double>(weight_limit)) continue;
            refuse_load(network.wiring.population(p).name, static_cast<int>(i), exact, bits_a_window);
        }
    }
}

}  // namespace

void derive_images(Network& network, const DeadLinks& dead, bool continuous, double bits_a_window,
                   WorkerPool& workers) {
    check_shapes(network, network.wiring);
    check_dead(dead, network);
    struct Piece {
        int projection, first, end;
    };
    constexpr int blocks_a_piece = 4;
    std::vector<Piece> pieces;
    for (int k = 0; k < network.wiring.projections(); ++k) {
        Projection& projection = network.projections[static_cast<std::size_t>(k)];
        projection.prepare_images(continuous, !mask_of(dead, k).none());
        const int blocks = projection.blocks();
        for (int b = 0; b < blocks; b += blocks_a_piece) pieces.push_back({k, b, std::min(b + blocks_a_piece, blocks)});
    }
    workers.for_each(static_cast<int>(pieces.size()), [&](int index, int /*worker*/) {
        const Piece& piece = pieces[static_cast<std::size_t>(index)];
        Projection& projection = network.projections[static_cast<std::size_t>(piece.projection)];
        for (int b = piece.first; b < piece.end; ++b)
            projection.derive_block(b, mask_of(dead, piece.projection), continuous);
    });
    finish_images(network, dead, bits_a_window);
}

void derive_images(Network& network, bool continuous, double bits_a_window, WorkerPool& workers) {
    derive_images(network, {}, continuous, bits_a_window, workers);
}

void finish_images(Network& network, const DeadLinks& dead, double bits_a_window) {
    for (int k = 0; k < network.wiring.projections(); ++k)
        network.projections[static_cast<std::size_t>(k)].finish_images(mask_of(dead, k));
    refuse_divergence(network, dead, bits_a_window);
}

}  // namespace settle

// The network: populations 0..L, a projection between any two neighbouring ones, a bias for every neuron of
// layers 1..L.
#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/worker_pool.hpp"
#include "models/projection.hpp"

namespace settle {

struct Network {
    Network() = default;
    /// Weights and biases 0. Throws Error (input) as check_layers() does.
    explicit Network(const std::vector<int>& layers);

    std::vector<int> sizes;                    ///< neurons of populations 0..L
    std::vector<Projection> projections;       ///< l joins populations l and l + 1
    std::vector<AlignedVector<float>> biases;  ///< l belongs to population l + 1; padded

    int layers() const { return static_cast<int>(sizes.size()); }
    int last() const { return layers() - 1; }
    int neurons() const;
    /// Number of the first neuron of a population, counting all neurons from layer 0 on.
    int first_neuron(int population) const;
};

/// The plain arrays of a network, as files hold them: weights (pre x post, row-major), biases (post).
struct NetworkArrays {
    std::vector<std::vector<float>> weights;
    std::vector<std::vector<float>> biases;

    bool operator==(const NetworkArrays&) const = default;
};

/// Glorot: uniform in +-scale sqrt(6 / (pre + post)), drawn from `seed`; biases zero. Throws Error (input) for layers
/// that are none and for a scale below 0.
Network random_network(const std::vector<int>& layers, double scale, std::uint64_t seed);

/// Throws Error (input), naming the array, unless they fit the layers: check_arrays() in network_checks.hpp.
Network to_network(const std::vector<int>& layers, const NetworkArrays& arrays);
/// Dead links show the weight that they had before they died.
NetworkArrays to_arrays(const Network& network);

/// Rebuilds the integer (or, continuous, the transposed) images of all weights: once after every change of them. Throws
/// Error (input) for arrays that are not those of network.sizes, and
/// "diverged" (Blame::runtime), naming the neuron, when sum |w| x `bits_a_window` reaches 512 for a target: beyond that
/// an int32 sum could overflow. `bits_a_window`: the most bits that one source can land in one tick's sum (1 in
/// lockstep).
void derive_images(Network& network, bool continuous, double bits_a_window, WorkerPool& workers);

/// The rest of derive_images for whoever has called derive_panel for all panels himself.
void finish_images(Network& network, double bits_a_window);

}  // namespace settle

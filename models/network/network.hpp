// The network: populations joined by projections as the wiring says, a bias for every neuron that is not clamped.
#pragma once

#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/worker_pool.hpp"
#include "models/network/projection.hpp"
#include "models/network/wiring.hpp"

namespace settle {

struct Network {
    Network() = default;
    /// All weights and biases are 0.
    explicit Network(Wiring wiring);

    Wiring wiring;
    std::vector<Projection> projections;       ///< as the wiring has them
    std::vector<AlignedVector<float>> biases;  ///< (populations) padded; that of the input is empty

    const Projection& over(const Pathway& pathway) const {
        return projections[static_cast<std::size_t>(pathway.projection)];
    }
};

/// Projection k of a wiring, all weights 0; no images yet.
Projection projection_of(const Wiring& wiring, int k);

/// The plain arrays of a network, as files hold them: weights by projection (Wiring::weight_shape), biases by
/// population (Wiring::biases), without the input.
struct NetworkArrays {
    std::vector<std::vector<float>> weights;
    std::vector<std::vector<float>> biases;

    bool operator==(const NetworkArrays&) const = default;
};

/// Whether the arrays have the shapes of such a network.
bool fits(const NetworkArrays& arrays, const Wiring& wiring);

/// Glorot: uniform in +-scale sqrt(6 / (fan_in + fan_out)) (Projection::glorot_links), drawn from `seed`; biases zero.
/// One scale for all projections, or one for each. Throws Error (input) for a scale below 0.
Network random_network(const Wiring& wiring, const std::vector<double>& scales, std::uint64_t seed);
Network random_network(const Wiring& wiring, double scale, std::uint64_t seed);

/// Throws Error (input), naming the array, unless they fit the wiring: check_arrays() in network_checks.hpp.
Network to_network(const Wiring& wiring, const NetworkArrays& arrays);
/// Dead links are 0 in it. Without `dead` all show the weights that they have.
NetworkArrays to_arrays(const Network& network, const DeadLinks& dead = {});

/// Rebuilds the integer (or, continuous, the transposed) images of all weights: once after every change of them, or of
/// what is dead. Throws Error (input) for arrays that are not those of its wiring, and "diverged" (Blame::runtime),
/// naming the neuron, when sum |w| x `bits_a_window` reaches 512 for a target: beyond that an int32 sum could overflow.
/// `bits_a_window`: the most bits that one source can land in one tick's sum (1 in lockstep). 0: nothing bounds them,
/// sums are int64 and are looked at as they are; then only single weights must be below 512.
void derive_images(Network& network, const DeadLinks& dead, bool continuous, double bits_a_window, WorkerPool& workers);
/// The same where no link is dead.
void derive_images(Network& network, bool continuous, double bits_a_window, WorkerPool& workers);

/// The rest of derive_images for whoever has called Projection::derive_block for all blocks himself.
void finish_images(Network& network, const DeadLinks& dead, double bits_a_window);

}  // namespace settle

// Does a network still settle when messages take time? The linear theory of delayed symmetric networks (Marcus &
// Westervelt 1989, Stability of analog neural networks with delay, Phys. Rev. A 39:347): a guide in continuous time, to
// be held against what is measured.
//
// Near a fixed point the unsaturated neurons follow, with time in units of period / epsilon,
//
//     ds/dt = -s + W s(t - tau) + const,
//
// where W is the block of weights among them. It is symmetric, so each of its eigenvalues mu has a mode of its own,
// ds/dt = -s + mu s(t - tau), which grows as exp(lambda t) with lambda + 1 = mu exp(-lambda tau). For |mu| < 1 none
// grows, at any delay. mu > 1 grows without any. mu < -1 begins to oscillate where lambda = i omega: cos(omega tau) =
// 1 / mu and omega^2 = mu^2 - 1.
//
// In a network of layers the block joins neighbours only, its spectrum is symmetric about 0, and wherever the network
// settles without delay (mu < 1) it has no mu < -1 either: such a fixed point is stable at any delay. Lateral links
// break that symmetry.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "models/theory/relaxation.hpp"

namespace settle {

/// tau_c = arccos(1 / mu) / sqrt(mu^2 - 1), in units of period / epsilon: above it the mode of eigenvalue mu < -1
/// grows. Absent for mu >= -1: no delay makes it grow.
std::optional<double> critical_delay(double mu);

/// How fast the mode of an eigenvalue 0 < mu < 1 shrinks under a delay, e-folds per period / epsilon: -lambda of the
/// real root of lambda + 1 = mu exp(-lambda delay); 1 - mu without delay, about (1 - mu) / (1 + mu delay) with. The
/// modes of other eigenvalues down to -mu shrink at least as fast.
double decay_rate(double mu, double delay);

/// A symmetric matrix, known by what it does: out = A in. Both have `size` values and do not overlap.
struct SymmetricMap {
    std::size_t size = 0;
    std::function<void(std::span<const double> in, std::span<double> out)> apply;
};

struct Eigenpair {
    double value = 0;
    std::vector<double> vector;  ///< of length 1
    double residual = 0;         ///< |A vector - value vector|: an eigenvalue of A is no farther from `value`
};

/// The most negative eigenvalue, by Lanczos' method with full reorthogonalization, restarted from its best vector until
/// the residual is at most `tolerance` times the largest |eigenvalue| seen. Always the same for the same matrix. Throws
/// Error (runtime) if it does not get there. The matrix must have a row.
Eigenpair least_eigenpair(const SymmetricMap& matrix, double tolerance = 1e-9);

/// The weights among unclamped neurons that are neither at 0 nor at 1.
struct UnsaturatedBlock {
    /// One weight, between unsaturated neurons of two populations, by their place among them.
    struct RateLink {
        std::size_t pre, post;
        double weight;
    };
    /// The weights of a projection, between the unsaturated neurons of two populations.
    struct Part {
        std::size_t pre, post;        ///< populations
        std::vector<double> weights;  ///< (sizes[pre] x sizes[post]), or the links
        std::vector<RateLink> links;  ///< where the projection is not dense, or lateral, each pair once
    };
    std::vector<std::size_t> sizes;  ///< unsaturated neurons of each population; 0 of the input
    std::vector<Part> parts;         ///< of all projections but the input's

    /// Of a presentation at the fixed point `states`. `network` is symmetric, and none of its neurons is stuck.
    UnsaturatedBlock(const ContinuousNetwork& network, const RateStates& states, int presentation);

    std::size_t unsaturated() const;

    /// Must not outlive the block: that of a temporary one does not compile.
    SymmetricMap map() const&;
    SymmetricMap map() const&& = delete;

private:
    static Part part_of(const ContinuousNetwork& network, int number, const std::vector<std::size_t>& from,
                        const std::vector<std::size_t>& to);
};

}  // namespace settle

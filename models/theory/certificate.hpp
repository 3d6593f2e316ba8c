// Will a network settle whatever the timing? The theory of chaotic relaxation (Chazan & Miranker 1969, Linear Algebra
// and its Applications 2:199; Baudet 1978, J. ACM 25:226): a guide beside what is measured.
//
// Near a fixed point the unsaturated neurons follow s <- (1 - epsilon) s + epsilon (W s + const), each at its own ticks
// and with what it has heard last. If rho(|W|) < 1, W the weights among them, they converge to it under any jitter,
// latency, order and loss of messages that replace each other (level and parity links), as long as every neuron ticks
// and every link is heard now and then. For linear maps this is also necessary: where rho(|W|) > 1 some schedule does
// not converge, even where rho(W) < 1 and all neurons at once would. One-bit messages add a noise floor: what is heard
// of a source is off by lambda at most.
//
// Pulses that are lost or sent by drifting clocks count as W seen through D^-1 W D, D diagonal and positive, or scaled
// down: a similarity has the spectrum of W, of its absolute values too. That biases a fixed point and takes it no
// stability.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "models/theory/stability.hpp"

namespace settle {

/// A norm in which any schedule contracts: max |e_i| / v_i.
struct PerronPair {
    double radius = 0;  ///< max (|W| v)_i / v_i: at least rho(|W|), and above it by a hundredth of 1 - rho at most
    std::vector<double> vector;  ///< (unsaturated neurons) v > 0, the largest 1
};

/// Of one presentation, at its fixed point.
struct Certificate {
    double least = 0, greatest = 0;  ///< eigenvalues of W
    double absolute_radius = 0;      ///< rho(|W|); 0 where all neurons are saturated

    double spectral_radius() const { return std::max(-least, greatest); }
    /// Converges near its fixed point under any timing.
    bool certified() const { return absolute_radius < 1; }
};

/// Throws Error (runtime) as least_eigenpair does.
Certificate certificate_of(const UnsaturatedBlock& block);

/// Throws Error (runtime) as least_eigenpair does.
PerronPair perron_pair(const UnsaturatedBlock& block);

/// How long settling takes at most, in ticks: (1 + D) ln(e0 / tolerance) / ln(1 / c), c = 1 - epsilon (1 - radius)
/// (Feyzmahdavian & Johansson 2014, IEEE CDC), from where the saturated neurons are those of the fixed point.
/// `staleness`: D, by how many ticks what is used in a tick is older than the tick before, at most. `error` and
/// `tolerance`: in the same norm. Absent where nothing is certain: radius >= 1. 0 < epsilon <= 1.
std::optional<double> settling_bound(double radius, double epsilon, double staleness, double error, double tolerance);

}  // namespace settle

// Whether a network settles whatever the timing, as plain data (models/theory/certificate.hpp has the theory).
#pragma once

#include <cstdint>
#include <optional>

namespace settle {

/// Of larger networks eigenvalues are left out.
inline constexpr int most_certified = 20'000;

/// At the fixed points of the free phase, W being the weights among unsaturated neurons.
struct CertificateFigures {
    std::int64_t presentations = 0;  ///< 0: all is left out
    std::int64_t certified = 0;      ///< presentations with rho(|W|) < 1
    double least = 0;                ///< eigenvalue of W, of all presentations
    double greatest = 0;             ///< the same
    double spectral_radius = 0;      ///< rho(W), the largest of all presentations
    double absolute_radius = 0;      ///< rho(|W|), the largest of all presentations
    /// Periods until mean |s - s_fixed| is at most phases.settle_tolerance, of messages of real value, from where the
    /// saturated neurons are the final ones and no state is farther off than at the beginning: the largest of the
    /// certified presentations. Absent without any, without a constant epsilon, without a worst
    /// staleness and with events.
    std::optional<double> settling_bound;
    std::optional<double>
        noise_floor;  ///< lambda at the end of the free phase: one-bit messages add that at most a link

    /// Of a figure: absent where all is.
    std::optional<double> known(double figure) const {
        return presentations == 0 ? std::nullopt : std::optional(figure);
    }
    double certified_fraction() const {
        return presentations == 0 ? 0 : static_cast<double>(certified) / static_cast<double>(presentations);
    }
};

}  // namespace settle

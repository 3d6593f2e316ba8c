// Bias and variance of the contrastive update: what noise adds to one update averages out over many minibatches, and
// what it adds to all of them does not.
#pragma once

#include <optional>
#include <vector>

#include "models/network/network.hpp"
#include "sim/measures/convergence_figures.hpp"

namespace settle {

/// Updates of the same weights by the same minibatch, which differ by their noise alone. They are added in their order,
/// in double, as differences from the first: equal updates have the variance 0.
class UpdateStatistics {
public:
    void add(const NetworkArrays& update);

    /// Absent with fewer than two updates, or where the mean update or dW* is 0.
    std::optional<UpdateFigures> against(const NetworkArrays& ideal) const;

private:
    int updates_ = 0;
    std::vector<std::vector<float>> first_;        ///< (projections) dW of the first one
    std::vector<std::vector<double>> difference_;  ///< (projections) sums of dW - first
    double squares_ = 0;                           ///< sum of |dW - first|^2
};

}  // namespace settle

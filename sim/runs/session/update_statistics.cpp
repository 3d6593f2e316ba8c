#include "sim/runs/session/update_statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace settle {

void UpdateStatistics::add(const NetworkArrays& update) {
    ++updates_;
    if (updates_ == 1) {
        first_ = update.weights;
        for (const auto& weights : first_) difference_.emplace_back(weights.size());
        return;
    }
    assert(update.weights.size() == first_.size());
    for (std::size_t l = 0; l < first_.size(); ++l) {
        for (std::size_t i = 0; i < first_[l].size(); ++i) {
            const double difference = double{update.weights[l][i]} - double{first_[l][i]};
            difference_[l][i] += difference;
            squares_ += difference * difference;
        }
    }
}

std::optional<UpdateFigures> UpdateStatistics::against(const NetworkArrays& ideal) const {
    if (updates_ < 2) return std::nullopt;
    assert(ideal.weights.size() == first_.size());
    double shift = 0, ours = 0, theirs = 0, both = 0, error = 0;
    for (std::size_t l = 0; l < first_.size(); ++l) {
        for (std::size_t i = 0; i < first_[l].size(); ++i) {
            const double moved = difference_[l][i] / updates_;
            const double mean = first_[l][i] + moved, wanted = ideal.weights[l][i];
            shift += moved * moved;
            ours += mean * mean;
            theirs += wanted * wanted;
            both += mean * wanted;
            error += (mean - wanted) * (mean - wanted);
        }
    }
    if (ours == 0 || theirs == 0) return std::nullopt;
    // Rounding may leave less than nothing of equal squares.
    const double variance = std::max(0.0, squares_ - updates_ * shift) / (updates_ - 1);
    // The mean of n updates is itself off by variance / n.
    return UpdateFigures{both / std::sqrt(ours) / std::sqrt(theirs), (error - variance / updates_) / theirs,
                         variance / theirs};
}

}  // namespace settle

// The contrast of one link, as every kind of projection sums it.
#pragma once

#include <utility>

#include "models/network/batch_states.hpp"

namespace settle {

/// With batch means, for the projection from a population i to a population j (s- free, s+ nudged):
/// bidirectional: s-_i (s+ - s-)_j^T, plus (s+ - s-)_i s-_j^T where i is not clamped; forward: the first term only;
/// full: s+_i s+_j^T - s-_i s-_j^T. A lateral pair counts once. Biases: s+ - s-, always.
enum class UpdateForm { bidirectional, forward, full };

/// The update of one projection: W += scale x the sum over presentations of source.first x target.first + source.second
/// x target.second.
struct LinkContrast {
    UpdateForm form;
    int pre, post;      ///< populations
    bool two_products;  ///< false: the second are all 0
    float scale;
    const BatchStates* free;
    const BatchStates* nudged;

    int batch() const { return free->batch; }
    std::pair<float, float> source(int presentation, int i) const {
        const float minus = free->of(pre, presentation)[i];
        if (!two_products) return {minus, 0};
        const float plus = nudged->of(pre, presentation)[i];
        if (form == UpdateForm::full) return {plus, -minus};
        return {minus, plus - minus};
    }
    std::pair<float, float> target(int presentation, int j) const {
        const float plus = nudged->of(post, presentation)[j], minus = free->of(post, presentation)[j];
        return {form == UpdateForm::full ? plus : plus - minus, minus};
    }
};

}  // namespace settle

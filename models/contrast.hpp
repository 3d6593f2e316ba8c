// The contrastive update: how the difference between the free and the nudged fixed point changes the weights.
#pragma once

#include <functional>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/network.hpp"

namespace settle {

/// With batch means, for the projection from l to l + 1 (s- free, s+ nudged):
/// bidirectional: s-_l (s+ - s-)_{l+1}^T, plus (s+ - s-)_l s-_{l+1}^T for l > 0; forward: the first term only;
/// full: s+_l s+_{l+1}^T - s-_l s-_{l+1}^T. Biases: s+ - s-, always.
enum class UpdateForm { bidirectional, forward, full };

/// States of all populations for every presentation of a minibatch: population l is (batch x padded size of l);
/// population 0 is the data. Padding is zero.
struct BatchStates {
    BatchStates() = default;
    BatchStates(const std::vector<int>& sizes, int presentations);

    int batch = 0;
    std::vector<AlignedVector<float>> populations;
    std::vector<int> padded;  ///< padded size of every population

    float* of(int population, int presentation) {
        return populations[static_cast<std::size_t>(population)].data() + at(population, presentation);
    }
    const float* of(int population, int presentation) const {
        return populations[static_cast<std::size_t>(population)].data() + at(population, presentation);
    }

private:
    std::ptrdiff_t at(int population, int presentation) const {
        return static_cast<std::ptrdiff_t>(presentation) * padded[static_cast<std::size_t>(population)];
    }
};

/// W_l += rate_l / beta dW_l and b_{l+1} += rate_l / beta db_{l+1}. Sums run in presentation order (law 2), so the
/// result does not depend on threads. `rates`: one a projection; those of 0 leave their weights and biases alone.
/// Dead links (Projection::dead) stay at 0. The images are those of the old weights afterwards, unless `changed`
/// derives them: whichever worker has changed a panel calls it, while the panel is still in its cache. Throws Stopped,
/// with some panels changed and others not, and Error (input) for states of another network, beta 0, and rates that are
/// not one a projection, finite and at least 0.
void apply_contrast(Network& network, const BatchStates& free, const BatchStates& nudged, UpdateForm form, double beta,
                    const std::vector<double>& rates, WorkerPool& workers,
                    const std::function<void(Projection&, int panel)>& changed = nullptr,
                    const StopCheck& stop = nullptr);

}  // namespace settle

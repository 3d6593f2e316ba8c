// The contrastive update: how the difference between the free and the nudged fixed point changes the weights.
#pragma once

#include <functional>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/network/batch_states.hpp"
#include "models/network/link_contrast.hpp"
#include "models/network/network.hpp"

namespace settle {

/// How a network learns from a minibatch.
struct Contrast {
    UpdateForm form = UpdateForm::bidirectional;
    double beta = 1;            ///< the sign that it had included
    std::vector<double> rates;  ///< one a projection; those of 0 leave their weights and biases alone
};

/// W_k += rate_k / beta dW_k, and b += rate_k / beta db with the rate of Wiring::bias_projection. Sums run in
/// presentation order, those of a kernel over its rows and columns within (law 2), so the result does not depend on
/// threads. Dead links keep their weights. The images are those of the old weights afterwards, unless `changed` derives
/// them: whichever worker has changed a block of a projection calls it, while the block is still in its cache. Throws
/// Stopped, with some blocks changed and others not, and Error (input) for states of another network, beta 0, and rates
/// that are not one a projection, finite and at least 0.
void apply_contrast(Network& network, const DeadLinks& dead, const BatchStates& free, const BatchStates& nudged,
                    const Contrast& contrast, WorkerPool& workers,
                    const std::function<void(int projection, int block)>& changed = nullptr,
                    const StopCheck& stop = nullptr);

}  // namespace settle

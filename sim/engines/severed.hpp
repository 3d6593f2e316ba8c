// The networks that a plan makes of one network by cutting links: images for each of them, derived before anybody
// ticks, since presentations reach an instant at different times.
#pragma once

#include <vector>

#include "core/worker_pool.hpp"
#include "models/network/network.hpp"
#include "sim/engines/plan.hpp"

namespace settle {

/// severed[i] becomes the network with the links of PlanTables::dead[i] dead, and no others. Throws as derive_images().
void derive_severed(const Plan& plan, const Network& network, bool continuous, double bits_a_window,
                    WorkerPool& workers, std::vector<Network>& severed);

}  // namespace settle

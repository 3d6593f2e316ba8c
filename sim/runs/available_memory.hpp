// What this machine, its control groups and limits leave, and whether a run fits.
#pragma once

#include "sim/runs/memory.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What this process can still take, bytes: the least of what the machine has free, with its swap, what its control
/// groups leave it and its own limit on address space.
double available_memory();

/// Throws Error (runtime) that names the keys to change if a run clearly needs more than `available`, in bytes: more
/// than what it says and the error of the estimate.
void check_memory(const MemoryEstimate& estimate, double available);

/// All of this for a run of the scenario here, with scenario.threads workers. Throws what measure_dataset throws, too.
void require_memory(const Scenario& scenario);

}  // namespace settle

// The certificate of a scenario's network: which presentations settle whatever the timing, and by when at the latest.
#pragma once

#include <optional>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/theory/relaxation.hpp"
#include "sim/measures/certificate_figures.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// By how many periods what a neuron uses in a tick can be older than its tick before, at most; so many and one more
/// later everything has been computed from newer states. 0 in lockstep. Absent where messages do not replace each other
/// (pulses, but in lockstep), where one can be lost, or where time is not virtual: nothing is certain then.
std::optional<double> worst_staleness(const Scenario& scenario);

/// Of every presentation at the fixed point `states` of the symmetric `network`, none of whose neurons is stuck. Same
/// result for any number of threads. Throws Stopped.
CertificateFigures certify(const Scenario& scenario, const ContinuousNetwork& network, const RateStates& states,
                           WorkerPool& workers, const StopCheck& stop = nullptr);

}  // namespace settle

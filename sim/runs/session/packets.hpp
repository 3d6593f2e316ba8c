// What the packets of a network's neurons ask of a chip.
#pragma once

#include <memory>

#include "sim/engines/plan.hpp"

namespace settle {

/// Without a chip: a neuron that somebody hears has its packet encoded, and every message that arrives is decoded.
/// `dead`: links that are dead when a presentation begins; `tables`: null, or what Sever refers to.
std::shared_ptr<const PacketPlan> packet_plan(const Network& network, const DeadLinks& dead, const PlanTables* tables,
                                              bool by_period);

/// Periods that all branches of a plan live. `replayed`: a branch with -beta begins with the presentation.
std::int64_t branch_periods(const Plan& plan, bool replayed);

}  // namespace settle

// What the packets of a network's neurons ask of a chip.
#pragma once

#include <memory>

#include "models/chip/placement.hpp"
#include "sim/engines/plan.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// A chip, and where the neurons live on it.
struct PlacedChip {
    const ChipSettings& chip;
    Placement placement;
};

/// Without a chip: a neuron that somebody hears has its packet encoded, and every message that arrives is decoded. On
/// one (`placed`), packets hop along their routes, and every core that hears the neuron decodes one; the fabric of
/// virtual time counts services as they begin, and looks into no table. `dead`: links that are dead when a presentation
/// begins; `tables`: null, or what Sever refers to.
std::shared_ptr<const PacketPlan> packet_plan(const Network& network, const DeadLinks& dead, const PlanTables* tables,
                                              bool by_period, const PlacedChip* placed = nullptr);
/// The same, on the scenario's chip if it has one.
std::shared_ptr<const PacketPlan> packet_plan(const Scenario& scenario, const Network& network, const DeadLinks& dead,
                                              const PlanTables* tables, bool by_period);

/// Periods that all branches of a plan live. `replayed`: a branch with -beta begins with the presentation.
std::int64_t branch_periods(const Plan& plan, bool replayed);

}  // namespace settle

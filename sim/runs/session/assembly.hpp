// What a scenario runs on: its engine.
#pragma once

#include "models/device/device.hpp"
#include "sim/engines/engine.hpp"
#include "sim/engines/scripted_conditions.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The scenario must have passed check_scenario(); `workers` must outlive the engine. `script`: conditions that plans
/// may bring.
Engine make_engine(const Scenario& scenario, const Wiring& wiring, const Device& device, WorkerPool& workers,
                   const ScriptedConditions& script = {});

}  // namespace settle

// What a scenario runs on: its engine, and its network as the chip has it.
#pragma once

#include "models/network.hpp"
#include "sim/engines/engine.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The scenario must have passed check_scenario(); `workers` must outlive the engine.
Engine make_engine(const Scenario& scenario, WorkerPool& workers);

/// The network with the dead links of the scenario's chip cut, and those of any chip it was on before alive again.
Network on_chip(const Scenario& scenario, Network network);

}  // namespace settle

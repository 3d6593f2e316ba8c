// The conditions that the plans of an engine's runs may bring, told beforehand.
#pragma once

#include <vector>

#include "models/device/conditions.hpp"

namespace settle {

struct ScriptedConditions {
    std::vector<Conditions> all;  ///< where they are greatest and least
    bool latency_ramps = false;   ///< latencies between theirs may come, too
};

}  // namespace settle

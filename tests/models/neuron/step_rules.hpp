// All step rules, for tests that go through them.
#pragma once

#include <vector>

#include "models/neuron/step_rule.hpp"

namespace settle {

/// The schedule, and every adaptive rule with its parameters as they are by default.
inline std::vector<StepRule> every_step_rule(const Schedule& schedule) {
    std::vector<StepRule> rules{schedule};
    for_each_adaptive_rule([&](const auto& rule) { rules.emplace_back(rule); });
    return rules;
}

}  // namespace settle

// neuron.restart as a value: "never", "announced" or { rule = "surprise", … }.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/neuron/restart.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// A word stands for the table of its rule.
Value expand_restart(const Value& value);
std::optional<RestartRule> read_restart(KeyReader& reader, const Value& value);
Value write_restart(const RestartRule& rule);
/// Every part of the table.
std::vector<std::string> restart_parts();
/// All forms, for the help.
std::string restart_forms();

}  // namespace settle

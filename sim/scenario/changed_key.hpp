// A key that an event changes while networks live: by its own reader, so that it has one range and one form.
#pragma once

#include <optional>
#include <string>

#include "sim/scenario/keys.hpp"

namespace settle {

/// Gives a key, or a part of one ("neuron.epsilon.initial"), another value, beside what it holds now. False: what is
/// wrong has gone to `problems`, and the scenario is as it was.
bool change_key(Scenario& scenario, const std::string& path, const Value& value, Problems& problems);

/// What a key or a part holds, where that is one number; durations in periods. nullopt: it is none.
std::optional<double> number_of_key(const Scenario& scenario, const std::string& path);

/// What a key or a part holds; nullopt: nothing.
std::optional<Value> value_of_key(const Scenario& scenario, const std::string& path);

}  // namespace settle

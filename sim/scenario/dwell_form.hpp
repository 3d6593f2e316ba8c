// The form of stream.dwell: how long an input stays.
#pragma once

#include <optional>

#include "sim/scenario/keys.hpp"

namespace settle {

/// A number of periods, or { low, high }.
void read_dwell(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_dwell(const Scenario& scenario);

}  // namespace settle

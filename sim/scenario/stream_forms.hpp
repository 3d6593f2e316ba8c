// The forms of the keys of [stream]: how long an input stays, and which scenario is trained first.
#pragma once

#include <optional>

#include "sim/scenario/keys.hpp"

namespace settle {

/// A number of periods, or { low, high }.
void read_dwell(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_dwell(const Scenario& scenario);

/// The name of a scenario or its path, or { scenario, epochs, samples }.
void read_stream_train(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_stream_train(const Scenario& scenario);

}  // namespace settle

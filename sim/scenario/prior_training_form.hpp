// The form of stream.train and network.train: the name of a scenario or its path, or { scenario, epochs, samples }.
#pragma once

#include <optional>

#include "sim/scenario/keys.hpp"
#include "sim/scenario/prior_training.hpp"

namespace settle {

/// "" is none. Complains, and gives nothing, where the value is wrong.
std::optional<PriorTraining> read_prior_training(KeyReader& reader, const Value& value);
/// Absent where nothing is trained first.
std::optional<Value> write_prior_training(const PriorTraining& training);

}  // namespace settle

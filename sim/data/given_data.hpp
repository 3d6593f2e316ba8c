// Data that come from memory instead of a file: held to the same rules.
#pragma once

#include <string>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// As many values and labels as samples, inputs as wide as the input, floats in [0, 1], labels of the output.
/// `part` ("train") begins the keys of messages; `labelled`: whether there are labels. Throws Error (input).
void check_samples(const Samples& samples, const std::string& part, const NetworkPart& network, bool labelled = true);

/// All parts of a data set, and that data.train, data.validation and data.test, where they are given, are what is
/// there. Throws Error (input).
void check_dataset(const Dataset& data, const Scenario& scenario);

/// A data set for the scenario from arrays, as load_dataset makes one from files: the first data.train samples, of
/// which the last data.validation validate, and the first data.test of `test`. [data] set and path are not looked at.
/// Throws Error (input), the same as load_dataset.
Dataset dataset_of(const Scenario& scenario, const Samples& train, const Samples& test = {});

}  // namespace settle

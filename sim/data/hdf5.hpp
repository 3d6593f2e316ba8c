// The data set in an HDF5 file: /x (n x inputs, or n x any shape of as many numbers; floats in [0, 1] or integers) and
// /labels (n or n x 1 integers); optional /test_x and /test_labels. Links and virtual data sets may lead to other
// files.
#pragma once

#include <optional>
#include <string>

#include "sim/data/dataset.hpp"

namespace settle {

/// Samples there are, from headers; validation is 0. Throws Error (input) for shapes that do not belong together.
DatasetSize measure_hdf5(const std::string& path);

/// The first `wanted.train` samples, the next `wanted.validation` ones, and the first `wanted.test` of the test set,
/// divided by `scale`, or as choose_scaling says. Whether integers are all 0 or 1 is looked for in the samples that
/// are not wanted, too. Unsigned bytes stay bytes.
Dataset load_hdf5(const std::string& path, const DatasetSize& wanted, int classes, std::optional<double> scale = {});

}  // namespace settle

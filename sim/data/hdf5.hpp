// The data set in an HDF5 file: /x (n x inputs, in [0, 1]) and /labels (n); optional /test_x and /test_labels.
#pragma once

#include <string>

#include "sim/data/dataset.hpp"

namespace settle {

/// Samples there are, from headers; validation is 0. Throws Error (input) for shapes that do not belong together.
DatasetSize measure_hdf5(const std::string& path);

/// The first `wanted.train` samples, the next `wanted.validation` ones, and the first `wanted.test` of the test set.
Dataset load_hdf5(const std::string& path, const DatasetSize& wanted, int classes);

}  // namespace settle

// Where the numbers of an HDF5 data set are: in this file, or in others, that links and virtual data sets name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/formats/hdf5_file.hpp"

namespace settle {

/// Opens `name` of an open file at `path`, following links into other files, which are looked for from the folder of
/// the file that links. Throws Error (input) that says where a link leads that leads nowhere.
Hdf5Handle open_hdf5_dataset(std::int64_t file, const std::string& path, const std::string& name);

/// The files that hold an open data set. Throws Error (input) where one of them is missing or does not hold what the
/// headers claim, where parts of a virtual data set come from nowhere (the library would fill them with zeros), and for
/// filters that the library does not have, with how to write the file anew.
std::vector<std::string> checked_sources(std::int64_t dataset, const std::string& path, const std::string& name);

}  // namespace settle

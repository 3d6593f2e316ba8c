// The data sets there are, for `settle data list`.
#pragma once

#include <string>
#include <vector>

namespace settle {

struct DataSetEntry {
    std::string name;         ///< as in data.set
    std::string description;  ///< one line
    std::string location;     ///< where it is, or how to get it
    bool available = false;   ///< can be used as it is
};

std::vector<DataSetEntry> list_data_sets();

}  // namespace settle

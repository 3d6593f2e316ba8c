#include "sim/data/catalogue.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/error.hpp"
#include "sim/data/digits.hpp"
#include "sim/data/published_set.hpp"

namespace settle {

namespace {

DataSetEntry entry_of(const PublishedSet& set) {
    DataSetEntry entry{set.name, set.content, "", false};
    try {
        std::error_code gone;
        const std::string found = find_published(set, "");
        entry.location = std::filesystem::absolute(found, gone).string();
        if (gone) entry.location = found;
        entry.available = true;
    } catch (const Error&) {
        entry.location = fmt::format("not found: run \"settle data fetch {}\", or set SETTLE_DATA_DIR", set.name);
    }
    return entry;
}

}  // namespace

std::vector<DataSetEntry> list_data_sets() {
    return {
        {"digits",
         fmt::format("digits drawn by the program, {0} x {0}, 10 classes: {1} to train, {2} to test", digits_side,
                     digits_train, digits_test),
         "built in", true},
        entry_of(published_set(DataSet::mnist)),
        entry_of(published_set(DataSet::fashion_mnist)),
        {"idx", "files in the format of MNIST, any size", "the folder named by data.path", false},
        {"hdf5", "/x, /labels, /test_x, /test_labels of an HDF5 file", "the file named by data.path", false},
        {"random", "uniform noise with random labels, of any size", "built in", true},
    };
}

}  // namespace settle

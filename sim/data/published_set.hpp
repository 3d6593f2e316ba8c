// Data sets that others publish, MNIST and Fashion-MNIST: where they are found, whether they are the real ones, and how
// to get them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

struct PublishedFile {
    const char* name;            ///< canonical, without .gz
    const char* content_md5;     ///< of the uncompressed content; null: not published
    const char* compressed_md5;  ///< of the .gz file itself; null: not published
};

struct PublishedSet {
    DataSet set;
    const char* name;     ///< as in data.set, and of its folder
    const char* title;    ///< as people write it
    const char* content;  ///< one line, for lists
    const char* address;  ///< the four .gz files are under it
    std::array<PublishedFile, 4> files;
};

/// MNIST and Fashion-MNIST.
const std::vector<PublishedSet>& published_sets();

/// `set` must be one of them.
const PublishedSet& published_set(DataSet set);

/// The folder of the training images: below `path` if not empty, else below $SETTLE_DATA_DIR/NAME, else below data/NAME
/// in the working directory. Throws Error (input) that lists where it looked and how to get the data.
std::string find_published(const PublishedSet& set, const std::string& path);

/// Where `settle data fetch NAME` puts it when not told: $SETTLE_DATA_DIR/NAME, else data/NAME.
std::string default_folder(const PublishedSet& set);

struct FileCheck {
    enum class State { good, unknown, wrong };  ///< unknown: there is no published sum for a file of this form
    std::string name;                           ///< canonical, without .gz
    std::string path;                           ///< as found; empty: missing
    State state = State::wrong;
    std::string message;  ///< "good", "no published sum …", or what is wrong
};

/// All four files, also when some are missing; never throws for what is wrong with them.
std::vector<FileCheck> check_published(const PublishedSet& set, const std::string& folder);

/// Downloads what check_published finds missing or wrong, checks it, and only then gives it its name. `address` is a
/// folder with the four .gz files, of any kind that curl knows (https, file). Throws Error (runtime) when curl is
/// missing or fails, or when what came is not the set.
std::vector<FileCheck> fetch_published(const PublishedSet& set, const std::string& folder, const std::string& address);

}  // namespace settle

// MNIST: where it is found, whether it is the real one, and how to get it.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// The four files are under this address, gzip, with their canonical names.
inline constexpr const char* mnist_address = "https://ossci-datasets.s3.amazonaws.com/mnist/";

/// The folder of the training images: `path` if not empty, else $SETTLE_DATA_DIR/mnist, else data/mnist in the working
/// directory. Throws Error (input) that lists where it looked and how to get the data.
std::string find_mnist(const std::string& path);

/// Where `settle data fetch mnist` puts it when not told: $SETTLE_DATA_DIR/mnist, else data/mnist.
std::string default_mnist_folder();

struct FileCheck {
    std::string name;     ///< canonical, without .gz
    std::string path;     ///< as found; empty: missing
    bool good = false;    ///< the uncompressed content is MNIST's, by MD5
    std::string message;  ///< "good", or what is wrong
};

/// All four files, also when some are missing; never throws for what is wrong with them.
std::vector<FileCheck> check_mnist(const std::string& folder);

/// Downloads what check_mnist finds missing or wrong, checks it, and only then gives it its name. `address` is a folder
/// with the four .gz files, of any kind that curl knows (https, file). Throws Error (runtime) when curl is missing or
/// fails, or when what came is not MNIST.
std::vector<FileCheck> fetch_mnist(const std::string& folder, const std::string& address = mnist_address);

}  // namespace settle

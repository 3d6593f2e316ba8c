#include "sim/data/mnist.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <boost/uuid/detail/md5.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "core/error.hpp"
#include "sim/data/download.hpp"
#include "sim/data/idx.hpp"

namespace settle {

namespace {

struct KnownFile {
    const char* name;
    const char* md5;  ///< of the uncompressed content
};

constexpr std::array<KnownFile, 4> known_files = {{
    {"train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"},
    {"train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"},
    {"t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"},
    {"t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"},
}};

std::string join_path(const std::string& folder, const std::string& name) {
    return (std::filesystem::path(folder) / name).string();
}

/// "" when the file cannot be read to its end.
std::string md5_of_content(const std::string& path) {
    const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) return "";
    boost::uuids::detail::md5 sum;
    std::array<unsigned char, 1 << 16> buffer;
    int got = 0;
    while ((got = gzread(file.get(), buffer.data(), buffer.size())) > 0) {
        sum.process_bytes(buffer.data(), static_cast<std::size_t>(got));
    }
    int code = Z_OK;
    gzerror(file.get(), &code);
    if (got < 0 || code != Z_OK) return "";
    boost::uuids::detail::md5::digest_type digest;
    sum.get_digest(digest);
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", digest[0], digest[1], digest[2], digest[3]);
}

FileCheck check_file(const KnownFile& known, const std::string& path) {
    FileCheck check{known.name, path, false, ""};
    if (path.empty()) {
        check.message = "missing";
        return check;
    }
    const std::string md5 = md5_of_content(path);
    check.good = md5 == known.md5;
    check.message = check.good    ? "good"
                    : md5.empty() ? "damaged: cannot be read to its end"
                                  : fmt::format("not MNIST's: MD5 {}, expected {}", md5, known.md5);
    return check;
}

FileCheck fetch_file(const KnownFile& known, const std::string& folder, const std::string& address) {
    const std::string name = std::string(known.name) + ".gz";
    const std::string source = address + (address.ends_with('/') ? "" : "/") + name;
    const std::string target = join_path(folder, name), part = target + ".part";
    std::error_code failure;
    download(source, part);
    FileCheck check = check_file(known, part);
    if (!check.good) {
        std::filesystem::remove(part, failure);
        throw runtime_failure(source, "what came is " + check.message, "the MNIST file; try another address");
    }
    std::filesystem::rename(part, target, failure);
    if (failure) throw runtime_failure(target, "cannot be written (" + failure.message() + ")");
    // A wrong plain file would be found before the good compressed one.
    std::filesystem::remove(join_path(folder, known.name), failure);
    check.path = target;
    check.message = "fetched";
    return check;
}

std::vector<std::string> usual_folders() {
    std::vector<std::string> folders;
    const char* root = std::getenv("SETTLE_DATA_DIR");
    if (root != nullptr && *root != '\0') folders.push_back(join_path(root, "mnist"));
    folders.push_back("data/mnist");
    return folders;
}

}  // namespace

std::string find_mnist(const std::string& path) {
    const std::vector<std::string> folders = path.empty() ? usual_folders() : std::vector<std::string>{path};
    for (const std::string& folder : folders) {
        if (!find_idx_file(folder, known_files[0].name).empty()) return folder;
    }
    throw input_error(
        "", path.empty() ? "data.set" : "data.path", fmt::format("MNIST is not in {}", fmt::join(folders, ", nor in ")),
        "train-images-idx3-ubyte or .gz there: run \"settle data fetch mnist\", or set SETTLE_DATA_DIR to "
        "the folder that holds the folder mnist");
}

std::string default_mnist_folder() {
    return usual_folders().front();
}

std::vector<FileCheck> check_mnist(const std::string& folder) {
    std::vector<FileCheck> checks;
    for (const KnownFile& known : known_files) checks.push_back(check_file(known, find_idx_file(folder, known.name)));
    return checks;
}

std::vector<FileCheck> fetch_mnist(const std::string& folder, const std::string& address) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw runtime_failure(folder, "cannot be made (" + failure.message() + ")");
    std::vector<FileCheck> checks;
    for (const KnownFile& known : known_files) {
        const FileCheck present = check_file(known, find_idx_file(folder, known.name));
        checks.push_back(present.good ? present : fetch_file(known, folder, address));
    }
    return checks;
}

}  // namespace settle

#include "sim/data/published_set.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <boost/uuid/detail/md5.hpp>
#include <cassert>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/error.hpp"
#include "sim/data/download.hpp"
#include "sim/data/idx_folder.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

std::string join_path(const std::string& folder, const std::string& name) {
    return (fs::path(folder) / name).string();
}

/// "" when the file cannot be read to its end. `as_it_is`: of the bytes of the file, else of what is compressed in it.
std::string md5_of(const std::string& path, bool as_it_is) {
    boost::uuids::detail::md5 sum;
    std::array<unsigned char, 1 << 16> buffer;
    bool whole = false;
    if (as_it_is) {
        std::ifstream file(path, std::ios::binary);
        while (file.read(reinterpret_cast<char*>(buffer.data()), buffer.size()) || file.gcount() > 0)
            sum.process_bytes(buffer.data(), static_cast<std::size_t>(file.gcount()));
        whole = file.eof();
    } else {
        const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(gzopen(path.c_str(), "rb"), gzclose);
        if (!file) return "";
        int got = 0;
        while ((got = gzread(file.get(), buffer.data(), buffer.size())) > 0)
            sum.process_bytes(buffer.data(), static_cast<std::size_t>(got));
        int code = Z_OK;
        gzerror(file.get(), &code);
        whole = got == 0 && code == Z_OK;
    }
    if (!whole) return "";
    boost::uuids::detail::md5::digest_type digest;
    sum.get_digest(digest);
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", digest[0], digest[1], digest[2], digest[3]);
}

FileCheck check_file(const PublishedSet& set, const PublishedFile& published, const std::string& path) {
    FileCheck check{published.name, path, FileCheck::State::wrong, "missing"};
    if (path.empty()) return check;
    const std::string content = md5_of(path, false);
    if (content.empty()) {
        check.message = "damaged: cannot be read to its end";
        return check;
    }
    const bool compressed = fs::path(path).extension() == ".gz" || fs::path(path).extension() == ".part";
    if (!published.content_md5 && !compressed) {
        check.state = FileCheck::State::unknown;
        check.message = fmt::format("no published sum of the uncompressed file: MD5 {}", content);
        return check;
    }
    const std::string md5 = published.content_md5 ? content : md5_of(path, true);
    const char* expected = published.content_md5 ? published.content_md5 : published.compressed_md5;
    if (md5 == expected) check.state = FileCheck::State::good;
    check.message = md5 == expected ? "good" : fmt::format("not {}'s: MD5 {}, expected {}", set.title, md5, expected);
    return check;
}

FileCheck fetch_file(const PublishedSet& set, const PublishedFile& published, const std::string& folder,
                     const std::string& address) {
    const std::string name = std::string(published.name) + ".gz";
    const std::string source = address + (address.ends_with('/') ? "" : "/") + name;
    const std::string target = join_path(folder, name), part = target + ".part";
    std::error_code failure;
    download(source, part);
    FileCheck check = check_file(set, published, part);
    if (check.state != FileCheck::State::good) {
        fs::remove(part, failure);
        throw runtime_failure(source, "what came is " + check.message,
                              fmt::format("the {} file; try another address", set.title));
    }
    fs::rename(part, target, failure);
    if (failure) throw runtime_failure(target, "cannot be written (" + failure.message() + ")");
    // A wrong plain file would be found before the good compressed one.
    fs::remove(join_path(folder, published.name), failure);
    check.path = target;
    check.message = "fetched";
    return check;
}

std::vector<std::string> usual_folders(const PublishedSet& set) {
    std::vector<std::string> folders;
    const char* root = std::getenv("SETTLE_DATA_DIR");
    if (root != nullptr && *root != '\0') folders.push_back(join_path(root, set.name));
    folders.push_back(join_path("data", set.name));
    return folders;
}

}  // namespace

const std::vector<PublishedSet>& published_sets() {
    static const std::vector<PublishedSet> sets = {
        {DataSet::mnist,
         "mnist",
         "MNIST",
         "real handwritten digits, 28 x 28, 10 classes: 60000 to train, 10000 to test",
         "https://ossci-datasets.s3.amazonaws.com/mnist/",
         {{{"train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb", nullptr},
           {"train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624", nullptr},
           {"t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea", nullptr},
           {"t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637", nullptr}}}},
        {DataSet::fashion_mnist,
         "fashion-mnist",
         "Fashion-MNIST",
         "pictures of clothes, 28 x 28, 10 classes: 60000 to train, 10000 to test",
         "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
         {{{"train-images-idx3-ubyte", nullptr, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"},
           {"train-labels-idx1-ubyte", nullptr, "25c81989df183df01b3e8a0aad5dffbe"},
           {"t10k-images-idx3-ubyte", nullptr, "bef4ecab320f06d8554ea6380940ec79"},
           {"t10k-labels-idx1-ubyte", nullptr, "bb300cfdad3c16e7a12a480ee83cd310"}}}}};
    return sets;
}

const PublishedSet& published_set(DataSet set) {
    const auto& sets = published_sets();
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const PublishedSet& one) { return one.set == set; });
    assert(found != sets.end());
    return *found;
}

std::string find_published(const PublishedSet& set, const std::string& path) {
    const std::vector<std::string> folders = path.empty() ? usual_folders(set) : std::vector<std::string>{path};
    for (const std::string& folder : folders) {
        if (const auto found = find_idx_folder(folder)) return *found;
    }
    Problem problem;
    problem.key = path.empty() ? "data.set" : "data.path";
    problem.message = fmt::format("{} is not in {}", set.title, fmt::join(folders, ", nor in "));
    problem.expected = fmt::format(
        "train-images-idx3-ubyte or .gz there: run \"settle data fetch {0}\", or set SETTLE_DATA_DIR to the folder "
        "that "
        "holds the folder {0}",
        set.name);
    problem.suggestion = path.empty() ? "" : nearest_idx_name(path);
    throw Error(Blame::input, {problem});
}

std::string default_folder(const PublishedSet& set) {
    return usual_folders(set).front();
}

std::vector<FileCheck> check_published(const PublishedSet& set, const std::string& folder) {
    std::vector<FileCheck> checks;
    for (const PublishedFile& published : set.files)
        checks.push_back(check_file(set, published, find_idx_file(folder, published.name)));
    return checks;
}

std::vector<FileCheck> fetch_published(const PublishedSet& set, const std::string& folder, const std::string& address) {
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) throw runtime_failure(folder, "cannot be made (" + failure.message() + ")");
    std::vector<FileCheck> checks;
    for (const PublishedFile& published : set.files) {
        const FileCheck present = check_file(set, published, find_idx_file(folder, published.name));
        checks.push_back(present.state == FileCheck::State::wrong ? fetch_file(set, published, folder, address)
                                                                  : present);
    }
    return checks;
}

}  // namespace settle

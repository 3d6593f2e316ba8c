#include "sim/data/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <filesystem>
#include <limits>

#include "core/error.hpp"

namespace settle {

namespace {

constexpr std::int64_t chunk_bytes = 1 << 20;
constexpr int type_unsigned_byte = 8;
// The most that deflate shrinks anything.
constexpr std::int64_t largest_compression = 1032;

Error broken(const std::string& path, const std::string& what) {
    return input_error(path, "", what, "a whole IDX file of unsigned bytes, plain or gzip; copy or download it again");
}

/// Opens an images and a labels file that belong together.
struct Pair {
    IdxReader images;
    IdxReader labels;
    int inputs = 0;
};

Pair open_pair(const std::string& images, const std::string& labels) {
    Pair pair{IdxReader(images), IdxReader(labels), 0};
    if (pair.images.dimensions().size() < 2) {
        throw input_error(images, "", "has one dimension: labels, not samples",
                          "samples x inputs, or x rows x columns");
    }
    if (pair.images.item_bytes() > std::numeric_limits<int>::max()) throw broken(images, "claims impossible sizes");
    if (pair.labels.dimensions().size() != 1) {
        throw input_error(labels, "", fmt::format("has {} dimensions", pair.labels.dimensions().size()),
                          "one label a sample");
    }
    if (pair.images.items() != pair.labels.items()) {
        throw input_error(labels, "", fmt::format("holds {} labels", pair.labels.items()),
                          fmt::format("{}, one for each sample of {}", pair.images.items(), images));
    }
    pair.inputs = static_cast<int>(pair.images.item_bytes());
    return pair;
}

Samples empty_samples(int inputs) {
    Samples samples;
    samples.inputs = inputs;
    samples.x = std::vector<std::uint8_t>();
    return samples;
}

/// The next `count` samples of both files.
Samples read_samples(Pair& pair, std::int64_t count, int classes) {
    Samples samples = empty_samples(pair.inputs);
    samples.count = count;
    pair.images.read(count, std::get<std::vector<std::uint8_t>>(samples.x));
    std::vector<std::uint8_t> labels;
    pair.labels.read(count, labels);
    samples.labels.assign(labels.begin(), labels.end());
    check_labels(pair.labels.path(), "", samples.labels, classes);
    return samples;
}

void finish(Pair& pair) {
    pair.images.finish();
    pair.labels.finish();
}

}  // namespace

void IdxReader::Closer::operator()(gzFile_s* file) const {
    gzclose(file);
}

IdxReader::IdxReader(std::string path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb")) {
    if (!file_) throw input_error(path_, "", "cannot be opened", "a readable IDX file");
    gzbuffer(file_.get(), 1 << 17);
    std::array<std::uint8_t, 4> word{};
    const auto next = [&] {
        if (read_some(word.data(), 4) != 4) throw broken(path_, "ends within its header");
    };
    next();
    if (word[0] != 0 || word[1] != 0 || word[3] == 0) throw broken(path_, "does not begin like an IDX file");
    if (word[2] != type_unsigned_byte) {
        throw broken(path_, fmt::format("holds numbers of type {:#04x}, not unsigned bytes (0x08)", word[2]));
    }
    for (int left = word[3]; left > 0; --left) {
        next();
        dimensions_.push_back(std::int64_t{word[0]} << 24 | word[1] << 16 | word[2] << 8 | word[3]);
    }
    check_size();
}

/// Sets what is left to read; nothing may be allocated for sizes that the file cannot hold.
void IdxReader::check_size() {
    left_ = 1;
    bool fits = true;
    for (const std::int64_t n : dimensions_) {
        if (n == 0) throw broken(path_, fmt::format("holds nothing: its sizes are {}", fmt::join(dimensions_, " x ")));
        fits = fits && !__builtin_mul_overflow(left_, n, &left_);
    }
    const auto header = static_cast<std::int64_t>(4 + 4 * dimensions_.size());
    std::error_code failure;
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path_, failure));
    if (failure) throw broken(path_, "has no size (" + failure.message() + ")");
    const bool plain = gzdirect(file_.get()) != 0;
    if (fits && plain) fits = left_ == size - header;
    if (fits && !plain) fits = left_ / largest_compression <= size;
    if (fits) return;
    throw broken(path_, fmt::format("claims {} bytes after its header, but {}", fmt::join(dimensions_, " x "),
                                    plain ? fmt::format("has {}", size - header)
                                          : fmt::format("{} compressed bytes cannot hold them", size)));
}

std::int64_t IdxReader::item_bytes() const {
    std::int64_t bytes = 1;  // cannot overflow: check_size has seen the product of all dimensions
    for (std::size_t i = 1; i < dimensions_.size(); ++i) bytes *= dimensions_[i];
    return bytes;
}

std::int64_t IdxReader::read_some(std::uint8_t* bytes, std::int64_t most) {
    const int got = gzread(file_.get(), bytes, static_cast<unsigned>(most));
    int code = Z_OK;
    const char* reason = gzerror(file_.get(), &code);
    if (got < 0 || (got < most && code != Z_OK)) {
        throw broken(path_, code == Z_BUF_ERROR
                                ? std::string("is cut off")
                                : fmt::format("is damaged ({})", code == Z_ERRNO ? "read error" : reason));
    }
    return got;
}

void IdxReader::read(std::int64_t items, std::vector<std::uint8_t>& bytes) {
    std::int64_t wanted = items * item_bytes();
    assert(items >= 0 && wanted <= left_);
    // Reserving touches no memory: it grows with the bytes that really come.
    bytes.reserve(bytes.size() + static_cast<std::size_t>(wanted));
    while (wanted > 0) {
        const std::int64_t chunk = std::min(wanted, chunk_bytes);
        const std::size_t end = bytes.size();
        bytes.resize(end + static_cast<std::size_t>(chunk));
        if (read_some(bytes.data() + end, chunk) != chunk) throw broken(path_, "is cut off");
        wanted -= chunk;
        left_ -= chunk;
    }
}

void IdxReader::finish() {
    std::vector<std::uint8_t> rest(static_cast<std::size_t>(std::min(left_, chunk_bytes)));
    while (left_ > 0) {
        const std::int64_t chunk = std::min(left_, chunk_bytes);
        if (read_some(rest.data(), chunk) != chunk) throw broken(path_, "is cut off");
        left_ -= chunk;
    }
    std::uint8_t extra = 0;
    if (read_some(&extra, 1) != 0) throw broken(path_, "has more bytes than its header says");
}

std::string find_idx_file(const std::string& folder, const std::string& name) {
    for (const std::string& candidate : {name, name + ".gz"}) {
        const std::filesystem::path path = std::filesystem::path(folder) / candidate;
        std::error_code failure;
        if (std::filesystem::is_regular_file(path, failure)) return path.string();
    }
    return "";
}

IdxFolder open_idx_folder(const std::string& folder) {
    std::error_code failure;
    if (!std::filesystem::is_directory(folder, failure)) {
        throw input_error(folder, "data.path", "is no folder", "a folder with train-images-idx3-ubyte and the like");
    }
    const auto require = [&](const std::string& name, const std::string& why) {
        const std::string found = find_idx_file(folder, name);
        if (!found.empty()) return found;
        throw input_error(folder, "data.path", "holds no " + name, "this file, plain or .gz" + why);
    };
    IdxFolder files;
    files.train_images = require("train-images-idx3-ubyte", "");
    files.train_labels = require("train-labels-idx1-ubyte", "");
    files.test_images = find_idx_file(folder, "t10k-images-idx3-ubyte");
    files.test_labels = find_idx_file(folder, "t10k-labels-idx1-ubyte");
    if (files.test_images.empty() != files.test_labels.empty()) {
        const bool images = files.test_images.empty();
        require(images ? "t10k-images-idx3-ubyte" : "t10k-labels-idx1-ubyte",
                images ? ", since its labels are there" : ", since its images are there");
    }
    return files;
}

DatasetSize measure_idx(const IdxFolder& folder) {
    const Pair train = open_pair(folder.train_images, folder.train_labels);
    DatasetSize size{train.images.items(), 0, 0, train.inputs};
    if (folder.test_images.empty()) return size;
    const Pair test = open_pair(folder.test_images, folder.test_labels);
    if (test.inputs != train.inputs) {
        throw input_error(folder.test_images, "", fmt::format("has samples of {} inputs", test.inputs),
                          fmt::format("{}, as in {}", train.inputs, folder.train_images));
    }
    size.test = test.images.items();
    return size;
}

Dataset load_idx(const IdxFolder& folder, const DatasetSize& wanted, int classes) {
    Dataset data{empty_samples(wanted.inputs), empty_samples(wanted.inputs), empty_samples(wanted.inputs), {}};
    data.files = {folder.train_images, folder.train_labels};
    Pair train = open_pair(folder.train_images, folder.train_labels);
    data.train = read_samples(train, wanted.train, classes);
    if (wanted.validation > 0) data.validation = read_samples(train, wanted.validation, classes);
    finish(train);
    if (wanted.test == 0) return data;
    data.files.insert(data.files.end(), {folder.test_images, folder.test_labels});
    Pair test = open_pair(folder.test_images, folder.test_labels);
    data.test = read_samples(test, wanted.test, classes);
    finish(test);
    return data;
}

}  // namespace settle

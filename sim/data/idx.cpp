#include "sim/data/idx.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <filesystem>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace {

constexpr std::int64_t chunk_bytes = 1 << 20;
// The most that deflate shrinks anything.
constexpr std::int64_t largest_compression = 1032;

Error broken(const std::string& path, const std::string& what) {
    return input_error(path, "", what, "a whole IDX file, plain or gzip; copy or download it again");
}

/// Bytes of a number; 0: none of the known types.
std::int64_t number_bytes(IdxType type) {
    switch (type) {
        case IdxType::unsigned_byte:
            return 1;
        case IdxType::int16:
            return 2;
        case IdxType::int32:
        case IdxType::float32:
            return 4;
        case IdxType::float64:
            return 8;
    }
    return 0;
}

double number_at(IdxType type, const std::uint8_t* bytes) {
    std::uint64_t word = 0;
    for (std::int64_t i = 0; i < number_bytes(type); ++i) word = word << 8 | bytes[i];
    switch (type) {
        case IdxType::unsigned_byte:
            break;
        case IdxType::int16:
            return static_cast<std::int16_t>(word);
        case IdxType::int32:
            return static_cast<std::int32_t>(word);
        case IdxType::float32:
            return std::bit_cast<float>(static_cast<std::uint32_t>(word));
        case IdxType::float64:
            return std::bit_cast<double>(word);
    }
    return static_cast<double>(word);
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
    type_ = static_cast<IdxType>(word[2]);
    if (number_bytes(type_) == 0) {
        throw input_error(path_, "", fmt::format("holds numbers of type {:#04x}", word[2]),
                          "unsigned bytes (0x08), 16 or 32-bit integers (0x0b, 0x0c) or floating point numbers (0x0d, "
                          "0x0e)");
    }
    for (int left = word[3]; left > 0; --left) {
        next();
        dimensions_.push_back(std::int64_t{word[0]} << 24 | word[1] << 16 | word[2] << 8 | word[3]);
    }
    check_size();
}

/// Sets what is left to read; nothing may be allocated for sizes that the file cannot hold.
void IdxReader::check_size() {
    left_ = number_bytes(type_);
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
    throw broken(path_, fmt::format("claims {}{} bytes after its header, but {}", fmt::join(dimensions_, " x "),
                                    type_ == IdxType::unsigned_byte ? "" : fmt::format(" x {}", number_bytes(type_)),
                                    plain ? fmt::format("has {}", size - header)
                                          : fmt::format("{} compressed bytes cannot hold them", size)));
}

std::int64_t IdxReader::item_numbers() const {
    std::int64_t numbers = 1;  // cannot overflow: check_size has seen the product of all dimensions
    for (std::size_t i = 1; i < dimensions_.size(); ++i) numbers *= dimensions_[i];
    return numbers;
}

std::int64_t IdxReader::item_bytes() const {
    return item_numbers() * number_bytes(type_);
}

std::vector<double> IdxReader::read_numbers(std::int64_t items) {
    std::vector<std::uint8_t> bytes;
    read(items, bytes);
    const auto size = static_cast<std::size_t>(number_bytes(type_));
    std::vector<double> numbers(bytes.size() / size);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number_at(type_, bytes.data() + i * size);
    return numbers;
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

}  // namespace settle

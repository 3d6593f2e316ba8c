// IDX files (the format of MNIST), plain or gzip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct gzFile_s;

namespace settle {

/// What an IDX file holds, by the third byte of its header; big-endian. (Signed bytes, 0x09, are nowhere in use.)
enum class IdxType : std::uint8_t {
    unsigned_byte = 0x08,
    int16 = 0x0b,
    int32 = 0x0c,
    float32 = 0x0d,
    float64 = 0x0e,
};

/// Reads one file from its beginning to its end. Throws Error (input) naming the file.
class IdxReader {
public:
    /// Opens and checks the header: magic, type, sizes that fit the file.
    explicit IdxReader(std::string path);

    const std::string& path() const { return path_; }
    /// As in the header; at least one, the first counts the items.
    const std::vector<std::int64_t>& dimensions() const { return dimensions_; }
    std::int64_t items() const { return dimensions_.front(); }
    IdxType type() const { return type_; }
    bool holds_integers() const { return type_ != IdxType::float32 && type_ != IdxType::float64; }
    /// Numbers of an item.
    std::int64_t item_numbers() const;
    std::int64_t item_bytes() const;
    /// That have not been read.
    std::int64_t items_left() const { return left_ / item_bytes(); }

    /// The next `items` items as they stand there, appended to `bytes`.
    void read(std::int64_t items, std::vector<std::uint8_t>& bytes);
    /// The numbers of the next `items` items.
    std::vector<double> read_numbers(std::int64_t items);
    /// Goes through what is left, so that a truncated or damaged end, or bytes too many, are found.
    void finish();

private:
    void check_size();
    std::int64_t read_some(std::uint8_t* bytes, std::int64_t most);

    struct Closer {
        void operator()(gzFile_s* file) const;
    };
    std::string path_;
    std::unique_ptr<gzFile_s, Closer> file_;
    IdxType type_ = IdxType::unsigned_byte;
    std::vector<std::int64_t> dimensions_;
    std::int64_t left_ = 0;  ///< bytes still to come
};

}  // namespace settle

// IDX files of unsigned bytes (the format of MNIST), plain or gzip, and folders of four of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/data/dataset.hpp"

struct gzFile_s;

namespace settle {

/// Reads one file from its beginning to its end. Throws Error (input) naming the file.
class IdxReader {
public:
    /// Opens and checks the header: magic, type, sizes that fit the file.
    explicit IdxReader(std::string path);

    const std::string& path() const { return path_; }
    /// As in the header; at least one, the first counts the items.
    const std::vector<std::int64_t>& dimensions() const { return dimensions_; }
    std::int64_t items() const { return dimensions_.front(); }
    std::int64_t item_bytes() const;

    /// The next `items` items, appended to `bytes`.
    void read(std::int64_t items, std::vector<std::uint8_t>& bytes);
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
    std::vector<std::int64_t> dimensions_;
    std::int64_t left_ = 0;  ///< bytes still to come
};

/// The file of that name in the folder, plain before .gz; "" if there is neither.
std::string find_idx_file(const std::string& folder, const std::string& name);

/// Paths of the four files, as found; the test files are empty strings when there are none.
struct IdxFolder {
    std::string train_images, train_labels, test_images, test_labels;
};

/// Looks for the canonical names (train-images-idx3-ubyte …), plain before .gz. Throws Error (input) when training
/// files or one of the two test files are missing.
IdxFolder open_idx_folder(const std::string& folder);

/// Samples there are, from headers; validation is 0.
DatasetSize measure_idx(const IdxFolder& folder);

/// The first `wanted.train` samples, the next `wanted.validation` ones, and the first `wanted.test` of the test files.
/// All files are read to their end and checked; x stays bytes.
Dataset load_idx(const IdxFolder& folder, const DatasetSize& wanted, int classes);

}  // namespace settle

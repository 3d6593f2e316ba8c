// IDX files made for tests.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/temporary_folder.hpp"

namespace settle {

inline std::string idx_bytes(const std::vector<std::uint32_t>& dimensions, const std::string& content, char type = 8) {
    std::string bytes = {0, 0, type, static_cast<char>(dimensions.size())};
    for (const std::uint32_t n : dimensions) {
        for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(n >> shift & 0xff);
    }
    return bytes + content;
}

inline void write_gzip(const std::string& path, const std::string& bytes) {
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
}

/// Pixels 0, 1, 2, … of `count` images of 2 x 3, and labels 0, 1, 2, 0, … below `classes`.
inline std::string example_images(std::uint32_t count) {
    std::string pixels;
    for (std::uint32_t i = 0; i < count * 6; ++i) pixels += static_cast<char>(i);
    return idx_bytes({count, 2, 3}, pixels);
}

inline std::string example_labels(std::uint32_t count, std::uint32_t classes = 3) {
    std::string labels;
    for (std::uint32_t i = 0; i < count; ++i) labels += static_cast<char>(i % classes);
    return idx_bytes({count}, labels);
}

/// Seven training samples, plain, and four test samples, gzip.
inline void write_example_folder(const TemporaryFolder& folder) {
    write_file(folder.file("train-images-idx3-ubyte"), example_images(7));
    write_file(folder.file("train-labels-idx1-ubyte"), example_labels(7));
    write_gzip(folder.file("t10k-images-idx3-ubyte.gz"), example_images(4));
    write_gzip(folder.file("t10k-labels-idx1-ubyte.gz"), example_labels(4));
}

}  // namespace settle

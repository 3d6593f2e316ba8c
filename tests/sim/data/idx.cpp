#include "sim/data/idx.hpp"

#include <doctest/doctest.h>

#include "tests/sim/data/idx_files.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes read_whole(const std::string& path) {
    IdxReader file(path);
    Bytes bytes;
    file.read(file.items(), bytes);
    file.finish();
    return bytes;
}

std::string failure(const std::string& path) {
    return error_text([&] { read_whole(path); });
}

}  // namespace

TEST_CASE("an IDX file is read the same plain and gzip") {
    const TemporaryFolder folder;
    write_file(folder.file("plain"), example_images(5));
    write_gzip(folder.file("gzip"), example_images(5));
    const Bytes bytes = read_whole(folder.file("plain"));
    CHECK(bytes.size() == 30);
    CHECK(bytes[29] == 29);
    CHECK(read_whole(folder.file("gzip")) == bytes);
    CHECK(IdxReader(folder.file("gzip")).dimensions() == std::vector<std::int64_t>{5, 2, 3});
}

TEST_CASE("every truncation of an IDX file is an error, plain or gzip") {
    const TemporaryFolder folder;
    write_gzip(folder.file("whole.gz"), example_images(5));
    for (const std::string& bytes : {example_images(5), read_file(folder.file("whole.gz"))}) {
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            CAPTURE(length);
            write_file(folder.file("cut"), bytes.substr(0, length));
            CHECK(contains(failure(folder.file("cut")), folder.file("cut")));
        }
    }
}

TEST_CASE("a wrong bit in an IDX file is found by the gzip check sum, or in the header, or changes one value") {
    const TemporaryFolder folder;
    write_gzip(folder.file("whole.gz"), example_images(5));
    const Bytes right = read_whole(folder.file("whole.gz"));
    const std::string bytes = read_file(folder.file("whole.gz"));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        CAPTURE(bit);
        std::string wrong = bytes;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ 1 << bit % 8);
        write_file(folder.file("flipped"), wrong);
        Bytes read;
        // The time and system in gzip's own header may change without harm.
        if (error_text([&] { read = read_whole(folder.file("flipped")); }).empty()) CHECK(read == right);
    }
    const std::string plain = example_images(5);
    for (std::size_t bit = 0; bit < 16 * 8; ++bit) {
        std::string wrong = plain;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ 1 << bit % 8);
        write_file(folder.file("flipped"), wrong);
        CHECK(!failure(folder.file("flipped")).empty());
    }
}

TEST_CASE("bytes too many, another type, another kind of file and impossible sizes are named") {
    const TemporaryFolder folder;
    const std::string path = folder.file("file");
    write_file(path, example_images(5) + "x");
    CHECK(
        contains(failure(path), path + ": claims 5 x 2 x 3 bytes after its header, but has 31; expected a whole IDX"));
    write_gzip(path, example_images(5) + "x");
    CHECK(contains(failure(path), "has more bytes than its header says"));
    std::string other = example_images(5);
    other[2] = 0x0d;
    write_file(path, other);
    CHECK(contains(failure(path), "claims 5 x 2 x 3 x 4 bytes after its header, but has 30"));
    other[2] = 0x09;
    write_file(path, other);
    CHECK(contains(failure(path), "holds numbers of type 0x09; expected unsigned bytes (0x08), 16 or 32-bit"));
    write_file(path, "P5 28 28 255 and some pixels");
    CHECK(contains(failure(path), "does not begin like an IDX file"));
    write_file(path, idx_bytes({4'000'000'000, 4'000'000'000, 4'000'000'000}, "abc"));
    CHECK(contains(failure(path), "claims 4000000000 x 4000000000 x 4000000000 bytes"));
    write_gzip(path, idx_bytes({4'000'000'000, 28, 28}, "abc"));
    CHECK(contains(failure(path), "compressed bytes cannot hold them"));
    write_file(path, idx_bytes({0, 28, 28}, ""));
    CHECK(contains(failure(path), "holds nothing: its sizes are 0 x 28 x 28"));
    CHECK(contains(failure(folder.file("none")), "cannot be opened"));
    CHECK(!failure(folder.path()).empty());
}

TEST_CASE("numbers of every type are read as they are, most significant byte first") {
    const TemporaryFolder folder;
    const auto numbers = [&](char type, const std::string& content, std::uint32_t items) {
        write_file(folder.file("file"), idx_bytes({items}, content, type));
        IdxReader file(folder.file("file"));
        return file.read_numbers(items);
    };
    using Numbers = std::vector<double>;
    using namespace std::string_literals;
    CHECK(numbers(0x08, "\x00\xff"s, 2) == Numbers{0, 255});
    CHECK(numbers(0x0b, "\x01\x00\xff\xfe"s, 2) == Numbers{256, -2});
    CHECK(numbers(0x0c, "\x7f\xff\xff\xff\xff\xff\xff\xff"s, 2) == Numbers{2147483647, -1});
    CHECK(numbers(0x0d, "\x3f\x00\x00\x00\xbf\x80\x00\x00"s, 2) == Numbers{0.5, -1});
    CHECK(numbers(0x0e, "\x3f\xd5\x55\x55\x55\x55\x55\x55"s, 1) == Numbers{1.0 / 3});
}

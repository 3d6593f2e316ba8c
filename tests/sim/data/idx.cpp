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

const Bytes& pixels(const Samples& samples) {
    return std::get<Bytes>(samples.x);
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
    std::string floats = example_images(5);
    floats[2] = 0x0d;
    write_file(path, floats);
    CHECK(contains(failure(path), "holds numbers of type 0x0d, not unsigned bytes"));
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

TEST_CASE("a folder of IDX files is cut into training, validation and test samples, kept as bytes") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    const IdxFolder files = open_idx_folder(folder.path());
    const DatasetSize size = measure_idx(files);
    CHECK(size.train == 7);
    CHECK(size.test == 4);
    CHECK(size.inputs == 6);
    const Dataset data = load_idx(files, {3, 2, 1, 6}, 3);
    CHECK(pixels(data.train).size() == 18);
    CHECK(pixels(data.validation) == Bytes{18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29});
    CHECK(pixels(data.test) == Bytes{0, 1, 2, 3, 4, 5});
    CHECK(data.train.labels == std::vector<std::int32_t>{0, 1, 2});
    CHECK(data.validation.labels == std::vector<std::int32_t>{0, 1});
    CHECK(data.test.labels == std::vector<std::int32_t>{0});
}

TEST_CASE("the samples that are not wanted are checked all the same") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    std::filesystem::remove(folder.file("train-images-idx3-ubyte"));
    const std::string images = folder.file("train-images-idx3-ubyte.gz");
    write_gzip(images, example_images(7));
    const std::string bytes = read_file(images);
    write_file(images, bytes.substr(0, bytes.size() - 8));
    const IdxFolder files = open_idx_folder(folder.path());
    CHECK(contains(error_text([&] { load_idx(files, {1, 0, 0, 6}, 3); }), images + ": is cut off"));
}

TEST_CASE("samples may be rows of a matrix, and there may be no test samples") {
    const TemporaryFolder folder;
    write_file(folder.file("train-images-idx3-ubyte"), idx_bytes({2, 3}, "abcdef"));
    write_file(folder.file("train-labels-idx1-ubyte"), example_labels(2));
    const DatasetSize size = measure_idx(open_idx_folder(folder.path()));
    CHECK(size.train == 2);
    CHECK(size.test == 0);
    CHECK(size.inputs == 3);
    write_file(folder.file("train-images-idx3-ubyte"), example_labels(2));
    CHECK(contains(error_text([&] { measure_idx(open_idx_folder(folder.path())); }), "labels, not samples"));
}

TEST_CASE("files of a folder that do not belong together are named, with what would be right") {
    const TemporaryFolder folder;
    const auto measured = [&] { return error_text([&] { measure_idx(open_idx_folder(folder.path())); }); };
    CHECK(contains(measured(), folder.path() + ": data.path: holds no train-images-idx3-ubyte; expected this file"));
    write_example_folder(folder);
    CHECK(measured().empty());
    write_file(folder.file("train-labels-idx1-ubyte"), example_labels(6));
    CHECK(contains(measured(), "train-labels-idx1-ubyte: holds 6 labels; expected 7, one for each sample of"));
    write_example_folder(folder);
    write_file(folder.file("train-labels-idx1-ubyte"), example_images(7));
    CHECK(contains(measured(), "train-labels-idx1-ubyte: has 3 dimensions"));
    write_example_folder(folder);
    write_gzip(folder.file("t10k-images-idx3-ubyte.gz"), idx_bytes({4, 1}, "abcd"));
    CHECK(contains(measured(), "t10k-images-idx3-ubyte.gz: has samples of 1 inputs; expected 6, as in"));
    std::filesystem::remove(folder.file("t10k-images-idx3-ubyte.gz"));
    CHECK(contains(measured(), "holds no t10k-images-idx3-ubyte; expected this file, plain or .gz, since its labels"));
    CHECK(contains(error_text([&] { open_idx_folder(folder.file("none")); }), "is no folder"));
}

TEST_CASE("a label beyond the last layer is named with its sample") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    const IdxFolder files = open_idx_folder(folder.path());
    CHECK(contains(error_text([&] {
                       load_idx(files, {7, 0, 0, 6}, 2);
                   }),
                   "train-labels-idx1-ubyte: the label of sample 2 (from 0) is 2; expected 0 to 1"));
}

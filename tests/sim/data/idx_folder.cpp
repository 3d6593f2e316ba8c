#include "sim/data/idx_folder.hpp"

#include <doctest/doctest.h>

#include "tests/sim/data/idx_files.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes pixels(const Samples& samples) {
    const auto& x = std::get<SharedValues<std::uint8_t>>(samples.x);
    return {x.begin(), x.end()};
}

/// Seven training samples under any name.
void write_training(const std::string& images, const std::string& labels) {
    std::filesystem::create_directories(std::filesystem::path(images).parent_path());
    std::filesystem::create_directories(std::filesystem::path(labels).parent_path());
    images.ends_with(".gz") ? write_gzip(images, example_images(7)) : write_file(images, example_images(7));
    labels.ends_with(".gz") ? write_gzip(labels, example_labels(7)) : write_file(labels, example_labels(7));
}

std::string big_endian(const std::vector<std::int32_t>& numbers) {
    std::string bytes;
    for (const std::int32_t number : numbers) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(static_cast<std::uint32_t>(number) >> shift & 0xff);
    }
    return bytes;
}

}  // namespace

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

TEST_CASE("IDX files are found by the names that people have, and in folders below") {
    const char* names[][2] = {
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
        {"train-images.idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"},
        {"MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte"},
        {"a/b/c/train-images-idx3-ubyte.gz", "a/b/c/train-labels.idx1-ubyte"},
        {"train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte"},
        {"qmnist-train-images-idx3-ubyte", "qmnist-train-labels-idx2-int"},
    };
    for (const auto& [first, labels] : names) {
        const char* const images = first;
        CAPTURE(images);
        const TemporaryFolder folder;
        write_training(folder.file(images), folder.file(labels));
        const IdxFolder found = open_idx_folder(folder.path());
        CHECK(found.train_images == folder.file(images));
        CHECK(found.train_labels == folder.file(labels));
        CHECK(found.test_images.empty());
        CHECK(measure_idx(found).train == 7);
    }
}

TEST_CASE("of several IDX files of one kind the canonical name is taken, plain before gzip") {
    const TemporaryFolder folder;
    write_training(folder.file("train-images.idx3-ubyte"), folder.file("train-labels-idx1-ubyte"));
    write_training(folder.file("train-images-idx3-ubyte.gz"), folder.file("train-labels-idx2-int"));
    CHECK(open_idx_folder(folder.path()).train_images == folder.file("train-images-idx3-ubyte.gz"));
    CHECK(open_idx_folder(folder.path()).train_labels == folder.file("train-labels-idx1-ubyte"));
    write_training(folder.file("train-images-idx3-ubyte"), folder.file("train-labels-idx1-ubyte.gz"));
    write_training(folder.file("below/train-images-idx3-ubyte"), folder.file("below/train-labels-idx1-ubyte"));
    CHECK(open_idx_folder(folder.path()).train_images == folder.file("train-images-idx3-ubyte"));
}

TEST_CASE("IDX folders that may be meant are all named, and so is the nearest name of a file") {
    const TemporaryFolder folder, other, words, deep;
    const auto failure = [](const TemporaryFolder& in) { return error_text([&] { open_idx_folder(in.path()); }); };
    write_training(folder.file("A/train-images-idx3-ubyte"), folder.file("A/train-labels-idx1-ubyte"));
    write_training(folder.file("B/train-images-idx3-ubyte"), folder.file("B/train-labels-idx1-ubyte"));
    CHECK(contains(failure(folder), "holds several data sets: " + folder.file("A") + ", " + folder.file("B")));
    write_training(other.file("train_images_idx3_ubyte"), other.file("train-labels-idx1-ubyte"));
    CHECK(contains(failure(other),
                   "holds no train-images-idx3-ubyte; expected this file, plain or .gz; did you mean "
                   "train_images_idx3_ubyte?"));
    write_training(words.file("emnist-letters-train-images-idx3-ubyte"), words.file("emnist-train-labels-idx1-ubyte"));
    CHECK(contains(failure(words), "holds no emnist-letters-train-labels-idx1-ubyte"));
    write_training(words.file("emnist-train-images-idx3-ubyte"), words.file("emnist-letters-train-labels-idx1-ubyte"));
    CHECK(contains(failure(words), "whose files begin with emnist-, emnist-letters-; expected"));
    write_training(deep.file("1/2/3/4/train-images-idx3-ubyte"), deep.file("1/2/3/4/train-labels-idx1-ubyte"));
    CHECK(contains(failure(deep), "holds no train-images-idx3-ubyte"));
}

TEST_CASE("images of floating point numbers and labels of 32-bit integers are read; of QMNIST the first column") {
    const TemporaryFolder folder;
    const auto load = [&] { return load_idx(open_idx_folder(folder.path()), {2, 0, 0, 2}, 3); };
    using namespace std::string_literals;
    const std::string half_and_one = "\x3f\x00\x00\x00\x3f\x80\x00\x00"s;
    write_file(folder.file("train-images-idx3-ubyte"), idx_bytes({2, 1, 2}, half_and_one + half_and_one, 0x0d));
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2}, big_endian({2, 1}), 0x0c));
    Dataset data = load();
    CHECK(std::get<SharedValues<float>>(std::move(data.train.x)).take() == std::vector<float>{0.5f, 1, 0.5f, 1});
    CHECK(data.train.labels == std::vector<std::int32_t>{2, 1});
    CHECK(data.scaling.divisor == 1);
    std::vector<std::int32_t> columns(16, 9);
    columns[0] = 1;
    columns[8] = 0;
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2, 8}, big_endian(columns), 0x0c));
    CHECK(load().train.labels == std::vector<std::int32_t>{1, 0});
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2, 1}, big_endian({0, 2}), 0x0c));
    CHECK(load().train.labels == std::vector<std::int32_t>{0, 2});
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2, 3}, "abcdef"));
    CHECK(contains(error_text([&] { load(); }),
                   "has 3 columns; expected one label a sample, or the 8 columns of QMNIST"));
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2}, half_and_one, 0x0d));
    CHECK(contains(error_text([&] { load(); }), "holds floating point numbers; expected integers"));
    write_file(folder.file("train-labels-idx1-ubyte"), idx_bytes({2}, big_endian({0, -1}), 0x0c));
    CHECK(contains(error_text([&] { load(); }), "the label of sample 1 (from 0) is -1"));
}

TEST_CASE("IDX images of 0 and 1 are those of the whole set: training and test, wanted or not") {
    const TemporaryFolder folder;
    const auto scale_of = [&](const DatasetSize& wanted) {
        return load_idx(open_idx_folder(folder.path()), wanted, 3).scaling.divisor;
    };
    using namespace std::string_literals;
    write_file(folder.file("train-labels-idx1-ubyte"), example_labels(3));
    write_file(folder.file("t10k-labels-idx1-ubyte"), example_labels(1));
    write_file(folder.file("train-images-idx3-ubyte"), idx_bytes({3, 1, 2}, "\0\1\1\0\0\0"s));
    write_file(folder.file("t10k-images-idx3-ubyte"), idx_bytes({1, 1, 2}, "\0\1"s));
    CHECK(scale_of({3, 0, 1, 2}) == 1);
    write_file(folder.file("t10k-images-idx3-ubyte"), idx_bytes({1, 1, 2}, "\2\1"s));
    CHECK(scale_of({3, 0, 1, 2}) == 255);
    CHECK(scale_of({1, 1, 0, 2}) == 255);
    write_file(folder.file("t10k-images-idx3-ubyte"), idx_bytes({1, 1, 2}, "\0\1"s));
    write_file(folder.file("train-images-idx3-ubyte"), idx_bytes({3, 1, 2}, "\0\1\1\0\2\0"s));
    CHECK(scale_of({1, 0, 0, 2}) == 255);
    write_file(folder.file("train-images-idx3-ubyte"), idx_bytes({3, 1, 2}, std::string(6, '\0')));
    write_file(folder.file("t10k-images-idx3-ubyte"), idx_bytes({1, 1, 2}, std::string(2, '\0')));
    CHECK(scale_of({3, 0, 1, 2}) == 255);
}

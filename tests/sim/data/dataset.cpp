#include "sim/data/dataset.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/formats/hdf5_file.hpp"
#include "tests/sim/data/idx_files.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

using Shape = std::vector<std::int64_t>;

Scenario scenario_of(DataSet set, std::vector<int> layers, const std::string& path = "") {
    Scenario scenario;
    scenario.network.layers = std::move(layers);
    scenario.data.set = set;
    scenario.data.path = path;
    return scenario;
}

std::string failure(const Scenario& scenario) {
    return error_text([&] { load_dataset(scenario); });
}

/// What a scenario's author learns before anything is read.
std::string early_failure(const Scenario& scenario) {
    const std::string text = error_text([&] { measure_dataset(scenario); });
    CHECK(text == failure(scenario));
    return text;
}

std::vector<float> sample(const Samples& samples, std::int64_t index) {
    std::vector<float> x(static_cast<std::size_t>(samples.inputs));
    samples.copy_to(index, x);
    return x;
}

/// Three samples of two inputs, and one test sample.
void write_hdf5(const std::string& path, std::vector<float> x = {0, 0.25f, 0.5f, 0.75f, 1, 0.125f},
                const std::vector<std::int32_t>& labels = {0, 1, 2}, const Shape& shape = {3, 2}) {
    Hdf5Writer file(path);
    file.write("/x", x, shape);
    file.write("/labels", labels, Shape{static_cast<std::int64_t>(labels.size())});
    file.write("/test_x", std::vector<float>{1, 0}, Shape{1, 2});
    file.write("/test_labels", std::vector<std::int32_t>{2}, Shape{1});
    file.close();
}

}  // namespace

TEST_CASE("a byte becomes its 255th part in single precision") {
    const Samples bytes{2, 3, std::vector<std::uint8_t>{9, 9, 9, 0, 51, 255}, {0, 0}};
    CHECK(sample(bytes, 1) == std::vector<float>{0, 51.0f / 255.0f, 1});
    const Samples floats{2, 1, std::vector<float>{0.5f, 0.25f}, {0, 0}};
    CHECK(sample(floats, 1) == std::vector<float>{0.25f});
}

TEST_CASE("validation is cut from the end of the training samples that were asked for") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    Scenario scenario = scenario_of(DataSet::idx, {6, 4, 3}, folder.path());
    scenario.data.train = 5;
    scenario.data.validation = 2;
    scenario.data.test = 0;
    const Dataset data = load_dataset(scenario);
    CHECK(data.train.count == 3);
    CHECK(data.validation.count == 2);
    CHECK(data.test.count == 0);
    CHECK(sample(data.validation, 0)[0] == 18.0f / 255.0f);
    const DatasetSize size = measure_dataset(scenario);
    CHECK(size.train == 3);
    CHECK(size.validation == 2);
    CHECK(size.test == 0);
    CHECK(size.inputs == 6);
}

TEST_CASE("more samples than there are is an error that names key, wish and stock, before anything is read") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    const std::string place = folder.path() + ": ";
    Scenario scenario = scenario_of(DataSet::idx, {6, 4, 3}, folder.path());
    scenario.data.train = 8;
    CHECK(early_failure(scenario) == place + "data.train: asks for 8 samples, but there are 7; expected at most 7");
    scenario.data.train = 7;
    scenario.data.test = 5;
    CHECK(early_failure(scenario) == place + "data.test: asks for 5 samples, but there are 4; expected at most 4");
    scenario.data.test = 4;
    scenario.data.validation = 7;
    CHECK(contains(early_failure(scenario), "data.validation: asks for 7 of the 7 training samples; expected 0 to 6"));
    scenario.data.validation = 6;
    CHECK(early_failure(scenario).empty());
    scenario.data.train = 0;
    CHECK(contains(early_failure(scenario), "data.train: 0 is out of range; expected an integer, 1 to 1000000000"));
}

TEST_CASE("a first layer of another width than the samples is an error with both widths") {
    CHECK(early_failure(scenario_of(DataSet::digits, {700, 10})) ==
          "digits: network.layers: the first layer has 700 neurons, but the samples of this data set have 784 inputs; "
          "expected network.layers beginning with 784");
    CHECK(contains(failure(scenario_of(DataSet::digits, {784, 5})), "expected 0 to 4, since the output has 5 neurons"));
}

TEST_CASE("a path is required by the sets that are files and refused by those that are not") {
    CHECK(contains(early_failure(scenario_of(DataSet::hdf5, {2, 3})), "data.path: is missing; expected the HDF5 file"));
    CHECK(contains(early_failure(scenario_of(DataSet::idx, {2, 3})), "data.path: is missing; expected the folder"));
    CHECK(contains(early_failure(scenario_of(DataSet::digits, {784, 10}, "/a")), "data.path: is set, but"));
    CHECK(contains(early_failure(scenario_of(DataSet::random, {2, 3}, "/a")), "data.path: is set, but"));
}

TEST_CASE("an HDF5 file is a data set") {
    const TemporaryFolder folder;
    const std::string path = folder.file("data.h5");
    write_hdf5(path);
    Scenario scenario = scenario_of(DataSet::hdf5, {2, 3}, path);
    scenario.data.validation = 1;
    const Dataset data = load_dataset(scenario);
    CHECK(data.train.count == 2);
    CHECK(sample(data.train, 1) == std::vector<float>{0.5f, 0.75f});
    CHECK(sample(data.validation, 0) == std::vector<float>{1, 0.125f});
    CHECK(data.validation.labels == std::vector<std::int32_t>{2});
    CHECK(sample(data.test, 0) == std::vector<float>{1, 0});
}

TEST_CASE("an HDF5 data set is refused for values, labels and shapes that cannot be, each with its place") {
    const TemporaryFolder folder;
    const std::string path = folder.file("data.h5");
    const Scenario scenario = scenario_of(DataSet::hdf5, {2, 3}, path);
    for (const float wrong : {NAN, INFINITY, -0.001f, 1.001f}) {
        write_hdf5(path, {0, 0, 0, wrong, 0, 0});
        CHECK(contains(failure(scenario), path + ": /x: sample 1, input 1 (from 0) is "));
    }
    write_hdf5(path, {0, 0, 0, 0, 0, 0}, {0, -1, 0});
    CHECK(contains(failure(scenario), path + ": /labels: the label of sample 1 (from 0) is -1; expected 0 to 2"));
    write_hdf5(path, {0, 0, 0, 0, 0, 0}, {0, 3, 0});
    CHECK(contains(failure(scenario), "is 3; expected 0 to 2"));
    write_hdf5(path, {0, 0, 0, 0, 0, 0}, {0, 0});
    CHECK(contains(early_failure(scenario), "/labels: has the shape 2; expected 3, one label for each row of /x"));
    write_hdf5(path, {0, 0, 0, 0, 0, 0}, {0, 0, 0}, {6});
    CHECK(contains(early_failure(scenario), "/x: has the shape 6; expected samples x inputs"));
    Hdf5Writer file(path);
    file.write("/x", std::vector<float>{0, 0}, Shape{1, 2});
    file.write("/labels", std::vector<std::int32_t>{0}, Shape{1});
    file.write("/test_x", std::vector<float>{0, 0}, Shape{1, 2});
    file.close();
    CHECK(contains(early_failure(scenario), path + ": /test_labels: is missing"));
}

TEST_CASE(
    "integers of files are divided in single precision by data.scale, else by 255, or by 1 where they are 0 and 1") {
    const TemporaryFolder folder;
    const std::string path = folder.file("data.h5");
    Scenario scenario = scenario_of(DataSet::hdf5, {2, 3}, path);
    const auto write = [&](const std::vector<std::int32_t>& x, const std::vector<std::int32_t>& test) {
        Hdf5Writer file(path);
        file.write("/x", x, Shape{2, 1, 2});
        file.write("/labels", std::vector<std::int64_t>{0, 2}, Shape{2, 1});
        file.write("/test_x", test, Shape{1, 2});
        file.write("/test_labels", std::vector<std::uint8_t>{1}, Shape{1});
        file.close();
    };
    write({0, 7, 254, 255}, {3, 1});
    Dataset data = load_dataset(scenario);
    CHECK(sample(data.train, 0) == std::vector<float>{0, 7.0f / 255.0f});
    CHECK(sample(data.test, 0) == std::vector<float>{3.0f / 255.0f, 1.0f / 255.0f});
    CHECK(data.scaling.divisor == 255);
    scenario.data.scale = 1000;
    data = load_dataset(scenario);
    CHECK(sample(data.train, 1) == std::vector<float>{254.0f / 1000.0f, 255.0f / 1000.0f});
    CHECK(contains(data.scaling.text, "data.scale = 1000"));
    scenario.data.scale = 100;
    CHECK(contains(failure(scenario), path + ": /x: the largest of its integers is 255, which divided by 100 is more "
                                             "than 1; expected data.scale = 255 or more"));
    scenario.data.scale.reset();
    write({0, 1, 1, 0}, {1, 0});
    CHECK(sample(load_dataset(scenario).train, 0) == std::vector<float>{0, 1});
    scenario.data.scale = 255;
    CHECK(sample(load_dataset(scenario).train, 0) == std::vector<float>{0, 1.0f / 255.0f});
    scenario.data.scale.reset();
    write({0, 1, 1, 0}, {70'000, 0});
    CHECK(contains(failure(scenario), "/test_x: the largest of its integers is 70000"));
    // The rule is about the set, not about what is taken of it.
    scenario.data.test = 0;
    CHECK(sample(load_dataset(scenario).train, 0) == std::vector<float>{0, 1.0f / 255.0f});
    write({0, 1, 200, 0}, {1, 0});
    scenario.data.train = 1;
    CHECK(sample(load_dataset(scenario).train, 0) == std::vector<float>{0, 1.0f / 255.0f});
    write({0, -4, 1, 0}, {1, 0});
    CHECK(contains(failure(scenario), "/x: holds negative integers, down to -4; expected integers from 0 on"));
}

TEST_CASE("floating point numbers are divided where data.scale is given, and stay as they are where it is not") {
    const TemporaryFolder folder;
    const std::string path = folder.file("data.h5");
    Scenario scenario = scenario_of(DataSet::hdf5, {2, 3}, path);
    scenario.data.test = 0;
    write_hdf5(path, {0, 51, 255, 0, 0, 0});
    CHECK(contains(failure(scenario),
                   "/x: sample 0, input 1 (from 0) is 51; expected numbers in [0, 1], or data.scale = "
                   "255 or more"));
    scenario.data.scale = 255;
    CHECK(sample(load_dataset(scenario).train, 0) == std::vector<float>{0, 51.0f / 255.0f});
    scenario.data.test = 1;
    CHECK(sample(load_dataset(scenario).test, 0) == std::vector<float>{1.0f / 255.0f, 0});
    Hdf5Writer file(path);
    file.write("/x", std::vector<std::int32_t>{0, 3}, Shape{1, 2});
    file.write("/labels", std::vector<std::int32_t>{0}, Shape{1});
    file.write("/test_x", std::vector<float>{0, 3}, Shape{1, 2});
    file.write("/test_labels", std::vector<std::int32_t>{0}, Shape{1});
    file.close();
    CHECK(contains(failure(scenario), "/test_x: holds floating point numbers; expected integers, as in /x"));
    scenario.data.set = DataSet::random;
    scenario.data.path = "";
    CHECK(contains(failure(scenario), "data.scale: is set, but the data set random is made by the program"));
}

TEST_CASE("a data set names the files that it was read from, and no others") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    Scenario scenario = scenario_of(DataSet::idx, {6, 3}, folder.path());
    CHECK(load_dataset(scenario).files ==
          std::vector<std::string>{folder.file("t10k-images-idx3-ubyte.gz"), folder.file("t10k-labels-idx1-ubyte.gz"),
                                   folder.file("train-images-idx3-ubyte"), folder.file("train-labels-idx1-ubyte")});
    scenario.data.test = 0;
    CHECK(load_dataset(scenario).files ==
          std::vector<std::string>{folder.file("train-images-idx3-ubyte"), folder.file("train-labels-idx1-ubyte")});
    CHECK(load_dataset(scenario_of(DataSet::digits, {784, 10})).files.empty());
}

TEST_CASE("an HDF5 data set without samples has none to train with") {
    const TemporaryFolder folder;
    const std::string path = folder.file("data.h5");
    write_hdf5(path, {}, {}, {0, 2});
    CHECK(contains(early_failure(scenario_of(DataSet::hdf5, {2, 3}, path)), "holds no training samples"));
}

TEST_CASE("random data is one minibatch unless told, the same for the same network.seed, more of it with more") {
    Scenario scenario = scenario_of(DataSet::random, {5, 4});
    scenario.learning.batch = 6;
    const Dataset data = load_dataset(scenario);
    CHECK(data.train.count == 6);
    CHECK(data.test.count == 0);
    scenario.data.train = 1000;
    scenario.data.validation = 997;
    const Dataset more = load_dataset(scenario);
    CHECK(sample(more.train, 2) == sample(data.train, 2));
    CHECK(sample(more.validation, 0) == sample(data.train, 3));
    CHECK(more.validation.labels[1] == data.train.labels[4]);
    double sum = 0;
    std::vector<int> counts(4);
    for (const float x : std::get<SharedValues<float>>(more.validation.x)) {
        CHECK((x >= 0 && x < 1));
        sum += x;
    }
    for (const int label : more.validation.labels) ++counts.at(static_cast<std::size_t>(label));
    CHECK(sum / (997 * 5) == doctest::Approx(0.5).epsilon(0.03));
    for (const int count : counts) CHECK(count == doctest::Approx(250).epsilon(0.2));
    scenario.network.seed = 2;
    CHECK(sample(load_dataset(scenario).train, 0) != sample(data.train, 0));
    scenario.data.test = 1;
    CHECK(early_failure(scenario) == "random: data.test: asks for 1 samples, but there are 0; expected at most 0");
}

TEST_CASE("more random samples than memory holds is an error, not a crash") {
    Scenario scenario = scenario_of(DataSet::random, {784, 10});
    scenario.data.train = 1'000'000'000;
    CHECK(contains(failure(scenario), "expected at most half of it: set data.train"));
    scenario.data.train = std::int64_t{1} << 62;
    CHECK(contains(failure(scenario), "data.train: 4611686018427387904 is out of range"));
}

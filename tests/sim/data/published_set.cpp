#include "sim/data/published_set.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "sim/data/catalogue.hpp"
#include "sim/data/dataset.hpp"
#include "sim/data/download.hpp"
#include "tests/sim/data/idx_files.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

/// Sets a variable of the environment, and puts the old value back at the end.
class Variable {
public:
    Variable(const char* name, const std::string& value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        setenv(name, value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() {
        if (old_)
            setenv(name_, old_->c_str(), 1);
        else
            unsetenv(name_);
    }

private:
    const char* name_;
    std::optional<std::string> old_;
};

const PublishedSet& mnist() {
    return published_set(DataSet::mnist);
}

const PublishedSet& fashion() {
    return published_set(DataSet::fashion_mnist);
}

bool is_good(const FileCheck& check) {
    return check.state == FileCheck::State::good;
}

/// The folder of the real MNIST; empty, with a message, where there is none.
std::string real_mnist() {
    const std::string beside = (shared_folder() / "mnist").string();
    if (std::filesystem::exists(beside)) return beside;
    try {
        return find_published(mnist(), "");
    } catch (const Error& error) {
        MESSAGE("skipped: " << error.what());
        return "";
    }
}

}  // namespace

TEST_CASE("the real MNIST is whole: 60000 and 10000 samples as bytes, with the right check sums") {
    const std::string folder = real_mnist();
    if (folder.empty()) return;
    Scenario scenario;
    scenario.network.layers = {784, 500, 10};
    scenario.data.set = DataSet::mnist;
    scenario.data.path = folder;
    scenario.data.validation = 10'000;
    Dataset data = load_dataset(scenario);
    CHECK(data.train.count == 50'000);
    CHECK(data.validation.count == 10'000);
    CHECK(data.test.count == 10'000);
    const auto bytes = std::get<SharedValues<std::uint8_t>>(std::move(data.train.x)).take();
    CHECK(bytes.size() == 50'000 * 784);
    CHECK(bytes.capacity() == 50'000 * 784);
    CHECK(data.train.labels[0] == 5);
    CHECK(data.test.labels[0] == 7);
    for (const FileCheck& check : check_published(mnist(), folder)) {
        CHECK(is_good(check));
        CHECK(check.message == "good");
    }
}

TEST_CASE("MNIST is found by its path, else under SETTLE_DATA_DIR, else the places searched are listed") {
    const TemporaryFolder root;
    const std::string folder = root.file("mnist");
    const Variable variable("SETTLE_DATA_DIR", root.path());
    const std::string text = error_text([] { find_published(mnist(), ""); });
    CHECK(contains(text,
                   "data.set: MNIST is not in " + folder + ", nor in data/mnist; expected train-images-idx3-ubyte"));
    CHECK(contains(text, "settle data fetch mnist"));
    CHECK(contains(text, "SETTLE_DATA_DIR"));
    CHECK(contains(error_text([&] { find_published(mnist(), root.file("other")); }),
                   "data.path: MNIST is not in " + root.file("other")));
    CHECK(default_folder(mnist()) == folder);
    std::filesystem::create_directory(folder);
    write_gzip(folder + "/train-images-idx3-ubyte.gz", example_images(1));
    CHECK(find_published(mnist(), "") == folder);
    CHECK(find_published(mnist(), folder) == folder);
}

TEST_CASE("the check of MNIST says of each file what is wrong with it") {
    const TemporaryFolder folder;
    write_example_folder(folder);
    std::filesystem::remove(folder.file("train-labels-idx1-ubyte"));
    write_file(folder.file("t10k-labels-idx1-ubyte.gz"),
               read_file(folder.file("t10k-labels-idx1-ubyte.gz")).substr(0, 20));
    write_file(folder.file("train-images-idx3-ubyte"), "abc");
    const std::vector<FileCheck> checks = check_published(mnist(), folder.path());
    REQUIRE(checks.size() == 4);
    for (const FileCheck& check : checks) CHECK_FALSE(is_good(check));
    CHECK(checks[0].name == "train-images-idx3-ubyte");
    // The MD5 of "abc" is known (RFC 1321).
    CHECK(contains(checks[0].message, "not MNIST's: MD5 900150983cd24fb0d6963f7d28e17f72, expected 6bbc9ace"));
    CHECK(checks[1].message == "missing");
    CHECK(contains(checks[2].message, "not MNIST's"));
    CHECK(contains(checks[3].message, "damaged"));
}

TEST_CASE("fetching takes what is missing or wrong, and keeps what is right") {
    const std::string real = real_mnist();
    if (real.empty() || !std::filesystem::exists(real + "/t10k-images-idx3-ubyte.gz")) return;
    const TemporaryFolder folder;
    const std::string target = folder.file("new/mnist");
    std::filesystem::create_directories(target);
    std::filesystem::copy(real + "/t10k-images-idx3-ubyte.gz", target);
    write_file(target + "/t10k-labels-idx1-ubyte", "wrong");
    const std::vector<FileCheck> fetched = fetch_published(mnist(), target, "file://" + real);
    REQUIRE(fetched.size() == 4);
    for (const FileCheck& file : fetched) CHECK(is_good(file));
    CHECK(fetched[0].message == "fetched");
    CHECK(fetched[2].message == "good");
    CHECK(fetched[3].message == "fetched");
    for (const FileCheck& check : check_published(mnist(), target)) CHECK(is_good(check));
    CHECK(std::distance(std::filesystem::directory_iterator(target), {}) == 4);
}

TEST_CASE("what comes and is not MNIST is thrown away") {
    const TemporaryFolder source, target;
    write_gzip(source.file("train-images-idx3-ubyte.gz"), example_images(3));
    CHECK(contains(
        error_text([&] { fetch_published(mnist(), target.path(), "file://" + source.path()); }, Blame::runtime),
        "what came is not MNIST's"));
    CHECK(std::filesystem::is_empty(target.path()));
}

TEST_CASE("Fashion-MNIST is checked by the sums of its compressed files, and has none for others") {
    const TemporaryFolder root;
    const Variable variable("SETTLE_DATA_DIR", root.path());
    const std::string folder = root.file("fashion-mnist");
    CHECK(contains(error_text([] { find_published(fashion(), ""); }),
                   "data.set: Fashion-MNIST is not in " + folder + ", nor in data/fashion-mnist; expected"));
    CHECK(default_folder(fashion()) == folder);
    std::filesystem::create_directory(folder);
    write_gzip(folder + "/train-images-idx3-ubyte.gz", example_images(3));
    write_file(folder + "/train-labels-idx1-ubyte", example_labels(3));
    CHECK(find_published(fashion(), "") == folder);
    const std::vector<FileCheck> checks = check_published(fashion(), folder);
    CHECK(checks[0].state == FileCheck::State::wrong);
    CHECK(contains(checks[0].message, "not Fashion-MNIST's: MD5 "));
    CHECK(contains(checks[0].message, ", expected 8d4fb7e6c68d591d4c3dfef9ec88bf0d"));
    CHECK(checks[1].state == FileCheck::State::unknown);
    CHECK(contains(checks[1].message, "no published sum"));
    CHECK(checks[2].message == "missing");
    // And is read all the same.
    Scenario scenario;
    scenario.network.layers = {6, 3};
    scenario.data.set = DataSet::fashion_mnist;
    CHECK(load_dataset(scenario).train.count == 3);
}

TEST_CASE("a failed download says why, and a missing curl is named") {
    const TemporaryFolder folder;
    const std::string text =
        error_text([&] { download("file://" + folder.file("none"), folder.file("new")); }, Blame::runtime);
    CHECK(contains(text, "the download failed (curl: (37)"));
    CHECK_FALSE(std::filesystem::exists(folder.file("new")));
    const Variable path("PATH", folder.path());
    CHECK(contains(error_text([&] { download("file:///etc/hosts", folder.file("new")); }, Blame::runtime),
                   "curl: the program cannot be started (No such file or directory); expected curl installed"));
}

TEST_CASE("the list of data sets has every set, and says where MNIST is or how to get it") {
    const TemporaryFolder root;
    const Variable variable("SETTLE_DATA_DIR", root.path());
    const std::vector<DataSetEntry> before = list_data_sets();
    REQUIRE(before.size() == 6);
    CHECK(before[1].name == "mnist");
    if (!std::filesystem::exists("data/mnist")) {
        CHECK_FALSE(before[1].available);
        CHECK(contains(before[1].location, "settle data fetch mnist"));
    }
    std::filesystem::create_directory(root.file("mnist"));
    write_file(root.file("mnist/train-images-idx3-ubyte"), "");
    CHECK(list_data_sets()[1].available);
    CHECK(list_data_sets()[1].location == root.file("mnist"));
}

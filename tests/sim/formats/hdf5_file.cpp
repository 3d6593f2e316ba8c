#include "sim/formats/hdf5_file.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "core/error.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

// For the leak sanitizer: the library itself loses some memory when it gives up on a damaged file. What we could lose
// are its handles, which a test below counts.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libhdf5";
}

namespace {

using Shape = std::vector<std::int64_t>;

void write_example(const std::string& path) {
    Hdf5Writer file(path);
    file.write("/a/b/floats", std::vector<float>{1, 2, 3, 4, 5, 6}, Shape{3, 2});
    file.write("/a/integers", std::vector<std::int32_t>{-7, 8}, Shape{2});
    file.write("/bytes", std::vector<std::uint8_t>{0, 255, 9}, Shape{3});
    file.close();
}

/// A chunked, optionally compressed data set of zeros of `items` doubles; only the first chunk is written.
void write_chunked(const std::string& path, hsize_t items, hsize_t chunk, bool deflate) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &items, nullptr), memory = H5Screate_simple(1, &chunk, nullptr);
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plan, 1, &chunk);
    if (deflate) H5Pset_deflate(plan, 9);
    const hid_t set = H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, plan, H5P_DEFAULT);
    const hsize_t first = 0;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, nullptr, &chunk, nullptr);
    const std::vector<double> zeros(chunk, 0.5);
    H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, zeros.data());
    H5Dclose(set), H5Pclose(plan), H5Sclose(memory), H5Sclose(space), H5Fclose(file);
}

/// Everything a reader may do with the file; true: read, false: refused with an Error.
bool read_everything(const std::string& path) {
    try {
        const Hdf5Reader file(path);
        file.names("/");
        file.names("/a");
        file.read_floats("/a/b/floats");
        file.read_integers("/a/integers");
        file.read_bytes("/bytes");
        return true;
    } catch (const Error& error) {
        CHECK(error.blame() == Blame::input);
        CHECK(error.problems().at(0).place == path);
        return false;
    }
}

}  // namespace

TEST_CASE("an HDF5 file gives back what was written, with its names and shapes") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    write_example(path);
    const Hdf5Reader file(path);
    CHECK(file.names("/") == std::vector<std::string>{"a", "bytes"});
    CHECK(file.names("/a") == std::vector<std::string>{"b", "integers"});
    CHECK(file.names("/nothing/here").empty());
    CHECK(file.has("/a/b/floats"));
    CHECK_FALSE(file.has("/a/c/floats"));
    const Hdf5Info info = file.inspect("/a/b/floats");
    CHECK(info.shape == Shape{3, 2});
    CHECK(info.type == Hdf5Class::floating);
    CHECK(info.items == 6);
    CHECK(shape_text(info.shape) == "3 x 2");
    CHECK(file.read_floats("/a/b/floats") == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(file.read_floats("/a/b/floats", {1, 1}) == std::vector<float>{3, 4});
    CHECK(file.read_floats("/a/b/floats", {2}) == std::vector<float>{5, 6});
    CHECK(file.read_floats("/a/b/floats", {3, 0}).empty());
    CHECK_THROWS_AS(file.read_floats("/a/b/floats", {2, 2}), Error);
    CHECK(file.read_integers("/a/integers") == std::vector<std::int32_t>{-7, 8});
    CHECK(file.read_floats("/a/integers") == std::vector<float>{-7, 8});
    CHECK(file.read_bytes("/bytes") == std::vector<std::uint8_t>{0, 255, 9});
}

TEST_CASE("whole numbers among the attributes of a file and its objects are read, others are refused") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    {
        Hdf5Writer file(path);
        file.write("/a/b", std::vector<std::int32_t>{1}, Shape{1});
        file.attribute("number", std::int64_t{-1} << 40);
        file.attribute("text", std::string("12"));
        file.attribute("real", 1.5);
        file.attribute("two", std::vector<std::int64_t>{1, 2});
        file.attribute("/a", "left_out", std::int64_t{7});
        file.close();
    }
    const Hdf5Reader file(path);
    CHECK(file.whole_attribute("/", "number") == std::int64_t{-1} << 40);
    CHECK(file.whole_attribute("/a", "left_out") == 7);
    CHECK_FALSE(file.whole_attribute("/a", "number").has_value());
    CHECK_FALSE(file.whole_attribute("/nothing/here", "number").has_value());
    for (const char* const name : {"text", "real", "two"}) CHECK_THROWS_AS(file.whole_attribute("/", name), Error);
}

TEST_CASE("a data set of the wrong kind is refused: floats as labels, integers as bits, a group as numbers") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    write_example(path);
    const Hdf5Reader file(path);
    CHECK_THROWS_WITH_AS(file.read_integers("/a/b/floats"),
                         (path + ": /a/b/floats: holds floating point numbers; expected integers").c_str(), Error);
    CHECK_THROWS_AS(file.read_bytes("/a/integers"), Error);
    CHECK_THROWS_AS(file.read_floats("/a"), Error);
    CHECK_THROWS_AS(file.read_floats("/none"), Error);
    CHECK_THROWS_AS(file.names("/bytes"), Error);
}

TEST_CASE("every handle is closed, after success and after failure") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    const auto handles = [] {
        std::vector<hsize_t> counts;
        for (const H5I_type_t type : {H5I_FILE, H5I_GROUP, H5I_DATATYPE, H5I_DATASPACE, H5I_DATASET, H5I_GENPROP_LST}) {
            counts.push_back(0);
            H5Inmembers(type, &counts.back());
        }
        return counts;
    };
    write_example(path);
    const std::vector<hsize_t> before = handles();
    write_example(path);
    CHECK(read_everything(path));
    CHECK_THROWS_AS(Hdf5Reader(path).read_integers("/a/b/floats"), Error);
    CHECK_THROWS_AS(Hdf5Reader(path).read_floats("/a"), Error);
    CHECK_THROWS_AS(Hdf5Reader(path).read_floats("/bytes", {2, 2}), Error);
    CHECK_THROWS_AS(Hdf5Writer(path).write("/x/y", std::vector<float>{1}, Shape{-1}), Error);
    CHECK(handles() == before);
}

TEST_CASE("two files written by the same calls are the same bytes") {
    const TemporaryFolder folder;
    write_example(folder.file("a.h5"));
    // Time stamps have a resolution of one second; a data set with one would differ after this.
    const std::time_t begin = std::time(nullptr);
    while (std::time(nullptr) == begin) usleep(10'000);
    write_example(folder.file("b.h5"));
    CHECK(read_file(folder.file("a.h5")) == read_file(folder.file("b.h5")));
}

TEST_CASE("a data set can be filled in blocks, and what is never written reads as 0") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    Hdf5Writer writer(path);
    {
        Hdf5Dataset state = writer.create("/minibatch/000000/state", Hdf5Type::float32, Shape{3, 2, 2});
        Hdf5Dataset bits = writer.create("/minibatch/000000/bits", Hdf5Type::uint8, Shape{2, 2});
        state.write(std::vector<float>{1, 2, 3, 4}, Shape{2, 0, 0}, Shape{1, 2, 2});
        state.write(std::vector<float>{5, 6}, Shape{0, 0, 1}, Shape{1, 2, 1});
        bits.write(std::vector<std::uint8_t>{7, 8}, Shape{0, 1}, Shape{2, 1});
        writer.flush();
        CHECK_THROWS_AS(state.write(std::vector<float>{1, 2, 3, 4}, Shape{3, 0, 0}, Shape{1, 2, 2}), Error);
    }
    writer.close();
    const Hdf5Reader file(path);
    CHECK(file.read_floats("/minibatch/000000/state") == std::vector<float>{0, 5, 0, 6, 0, 0, 0, 0, 1, 2, 3, 4});
    CHECK(file.read_bytes("/minibatch/000000/bits") == std::vector<std::uint8_t>{0, 7, 0, 8});
}

TEST_CASE("no truncation of an HDF5 file is read as if it were whole, and none crashes") {
    const TemporaryFolder folder;
    const std::string whole = folder.file("whole.h5"), cut = folder.file("cut.h5");
    write_example(whole);
    REQUIRE(read_everything(whole));
    const std::string bytes = read_file(whole);
    for (std::size_t length = 0; length < bytes.size(); length += length < 100 ? 3 : 41) {
        CAPTURE(length);
        write_file(cut, bytes.substr(0, length));
        CHECK_FALSE(read_everything(cut));
    }
}

TEST_CASE("a single wrong byte in an HDF5 file gives numbers or an error, never a crash") {
    const TemporaryFolder folder;
    const std::string whole = folder.file("whole.h5"), flipped = folder.file("flipped.h5");
    write_example(whole);
    const std::string bytes = read_file(whole);
    int refused = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
        std::string wrong = bytes;
        wrong[i] = static_cast<char>(~wrong[i]);
        write_file(flipped, wrong);
        refused += read_everything(flipped) ? 0 : 1;
    }
    CHECK(refused > 20);
}

TEST_CASE("a shape that the file cannot hold is an error before anything is allocated") {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.h5");
    write_chunked(path, 1'000'000'000'000, 100, false);
    CHECK_THROWS_AS(Hdf5Reader(path).read_floats("/x"), Error);
    write_chunked(path, 4'000'000'000'000'000'000, 100, true);
    CHECK_THROWS_AS(Hdf5Reader(path).read_floats("/x"), Error);
    write_chunked(path, 100'000, 100'000, true);
    const std::vector<float> compressed = Hdf5Reader(path).read_floats("/x");
    CHECK(compressed.size() == 100'000);
    CHECK(compressed.back() == 0.5f);
}

TEST_CASE("what is no HDF5 file is named: nothing there, a folder, a text") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(Hdf5Reader(folder.file("none.h5")),
                         (folder.file("none.h5") + ": no such file; expected an HDF5 file").c_str(), Error);
    CHECK_THROWS_AS(Hdf5Reader{folder.path()}, Error);
    write_file(folder.file("text.h5"), "this is a text");
    CHECK_THROWS_AS(Hdf5Reader(folder.file("text.h5")), Error);
}

TEST_CASE("a file that cannot be written, or not to its end, is a run-time failure") {
    const TemporaryFolder folder;
    try {
        Hdf5Writer(folder.file("no/such/folder/a.h5"));
        FAIL("made a file in a folder that does not exist");
    } catch (const Error& error) {
        CHECK(error.blame() == Blame::runtime);
    }
    // A limit on the size of files stands for a full disk.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{100'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    bool failed = false;
    try {
        Hdf5Writer file(folder.file("full.h5"));
        file.write("/x", std::vector<float>(100'000, 1.0f), Shape{100'000});
        file.close();
    } catch (const Error& error) {
        failed = true;
        CHECK(error.blame() == Blame::runtime);
        CHECK(std::string(error.what()).find("File too large") != std::string::npos);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(failed);
}

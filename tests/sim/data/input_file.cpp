// Input files: what was in them is known by size and CRC-32, wherever they are and whether compressed or not.
#include "sim/data/input_file.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

void write_gzip(const std::string& path, const std::string& content) {
    const gzFile file = gzopen(path.c_str(), "wb");
    REQUIRE(gzwrite(file, content.data(), static_cast<unsigned>(content.size())) == static_cast<int>(content.size()));
    gzclose(file);
}

/// Looks at a file as at the weights of a network.
InputFile look(const std::string& path) {
    Scenario scenario;
    scenario.data.set = DataSet::random;
    scenario.network.weights = path;
    const InputFiles inputs = look_at_inputs({&scenario, &scenario});
    REQUIRE(inputs.size() == 1);
    return inputs.front();
}

}  // namespace

TEST_CASE("size and CRC-32 of an input file are those of its bytes, in whatever blocks they are read") {
    const TemporaryFolder folder;
    write_file(folder.file("check"), "123456789");
    CHECK(look(folder.file("check")).file == Contents{9, 0xcbf43926});  // the check value of CRC-32
    write_file(folder.file("empty"), "");
    CHECK(look(folder.file("empty")).file == Contents{0, 0});
    std::string large((std::size_t{3} << 20) + 5, 'x');
    large[1 << 20] = 'y';
    write_file(folder.file("large"), large);
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(large.data()), large.size());
    CHECK(look(folder.file("large")).file == Contents{large.size(), static_cast<std::uint32_t>(crc)});
    CHECK(error_text([&] { look(folder.file("nothing")); }).find("cannot be read: No such file") != std::string::npos);
}

TEST_CASE("a compressed file has the content of the plain one") {
    const TemporaryFolder folder;
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{2} << 20}) {
        std::string content(size, 'a');
        for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * i * 2654435761u >> 13);
        write_file(folder.file("plain"), content);
        write_gzip(folder.file("packed"), content);
        const InputFile plain = look(folder.file("plain")), packed = look(folder.file("packed"));
        CHECK(packed.same_content(plain));
        CHECK(packed.file.bytes == read_file(folder.file("packed")).size());
        CHECK_FALSE(packed.file == plain.file);
        content.back() ^= 1;
        write_gzip(folder.file("packed"), content);
        CHECK_FALSE(look(folder.file("packed")).same_content(plain));
    }
}

TEST_CASE("files that differ are named, those that moved are not") {
    const InputFile images{"data.path", "training images", "/a/images", {10, 1}, {10, 1}};
    const InputFile labels{"data.path", "training labels", "/a/labels", {5, 2}, {5, 2}};
    InputFile moved = images, changed = labels;
    moved.path = "/b/images";
    changed.file = changed.uncompressed = {5, 3};
    CHECK(differing_inputs({images, labels}, {moved, labels}, true).empty());
    const auto problems = differing_inputs({images, labels}, {moved, changed}, true);
    REQUIRE(problems.size() == 1);
    CHECK(
        to_text(problems.front()) ==
        "/a/labels: data.path: has changed: it holds 5 bytes, CRC-32 00000003 now; expected 5 bytes, CRC-32 00000002, "
        "as before");
    CHECK(differing_inputs({images, labels}, {moved}, false).empty());
    const auto gone = differing_inputs({images, labels}, {moved}, true);
    REQUIRE(gone.size() == 1);
    CHECK(to_text(gone.front()) == "/a/labels: data.path: was read before, and is not now; expected this file");
    const auto added = differing_inputs({images}, {images, labels}, true);
    REQUIRE(added.size() == 1);
    CHECK(to_text(added.front()) == "/a/labels: data.path: was not read before; expected the files that were");
}

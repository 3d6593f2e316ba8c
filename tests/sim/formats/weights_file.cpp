#include "sim/formats/weights_file.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.hpp"
#include "sim/formats/hdf5_file.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const Wiring layers = chain({3, 2, 1});

NetworkArrays example() {
    return {{{1, 2, 3, 4, 5, 6}, {7, -8}}, {{0.5f, -0.5f}, {0.25f}}};
}

std::string failure(const std::string& path, const Wiring& wanted) {
    return error_text([&] { read_weights(path, wanted); });
}

}  // namespace

TEST_CASE("weights come back as they were written, and nothing but the file is left behind") {
    const TemporaryFolder folder;
    const std::string path = folder.file("weights.h5");
    write_weights(path, example(), layers);
    CHECK(read_weights(path, layers) == example());
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("weights of another network are refused with both shapes and the key that named them") {
    const TemporaryFolder folder;
    const std::string path = folder.file("weights.h5");
    write_weights(path, example(), layers);
    const std::string text = failure(path, chain({3, 4, 1}));
    CAPTURE(text);
    CHECK(contains(text, path + ": /weights/0: has the shape 3 x 2; expected 3 x 4"));
    CHECK(contains(text, "network.weights"));
    CHECK(contains(text, "network.layers is [3, 4, 1]"));
    CHECK(contains(failure(path, chain({3, 2})), "/weights/1: belongs to no projection"));
    CHECK(contains(failure(path, chain({3, 2, 1, 4})), "/weights/2: is missing; expected 1 x 4"));
    CHECK(contains(failure(folder.file("none.h5"), layers), "no such file"));
}

TEST_CASE("weights that are not finite or that fixed point cannot hold are refused, with their place") {
    const TemporaryFolder folder;
    const std::string path = folder.file("weights.h5");
    for (const float wrong : {NAN, INFINITY, -INFINITY, 512.0f, -1e30f}) {
        NetworkArrays arrays = example();
        arrays.weights[0][4] = wrong;
        write_weights(path, arrays, layers);
        CHECK(contains(failure(path, layers), "/weights/0: item 4 (row-major, from 0) is"));
    }
    NetworkArrays arrays = example();
    arrays.biases[1][0] = NAN;
    write_weights(path, arrays, layers);
    CHECK(contains(failure(path, layers), "/biases/1: item 0 (row-major, from 0) is nan; expected finite numbers"));
}

TEST_CASE("weights that cannot be written leave the old file as it was") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(write_weights(folder.file("none/weights.h5"), example(), layers), Error);
    const std::string path = folder.file("weights.h5");
    write_weights(path, example(), layers);
    std::filesystem::create_directory(path + ".part");
    try {
        write_weights(path, example(), layers);
        FAIL("wrote over a folder");
    } catch (const Error& error) {
        CHECK(error.blame() == Blame::runtime);
    }
    CHECK(read_weights(path, layers) == example());
}

TEST_CASE("the golden weights are read") {
    const std::string path = (shared_folder() / "golden/continuous/weights.h5").string();
    if (!std::filesystem::exists(path)) {
        MESSAGE("skipped: no " << path);
        return;
    }
    const NetworkArrays arrays = read_weights(path, chain({12, 10, 6, 4}));
    CHECK(arrays.weights.at(0).size() == 120);
    CHECK(arrays.biases.at(2).size() == 4);
}

// An HDF5 file as weights, and as anything that can be inspected.
#include <cmath>

#include "sim/formats/hdf5_file.hpp"
#include "sim/formats/weights_file.hpp"
#include "tests/fuzz/target.hpp"

using namespace settle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile file(data, size);
    attack([&] {
        const NetworkArrays arrays = read_weights(file.path(), chain({3, 2, 1}));
        demand(arrays.weights.size() == 2 && arrays.weights[0].size() == 6 && arrays.biases[1].size() == 1);
        for (const float weight : arrays.weights[0]) demand(std::abs(weight) < largest_weight);
    });
    return 0;
}

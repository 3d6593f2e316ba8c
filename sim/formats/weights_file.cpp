#include "sim/formats/weights_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <filesystem>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"
#include "sim/formats/hdf5_file.hpp"

namespace settle {

namespace {

using Shape = std::vector<std::int64_t>;

std::string name_of(const char* group, std::size_t l) {
    return fmt::format("/{}/{}", group, l);
}

/// The file was named by network.weights and must agree with network.layers.
std::vector<float> read_array(const Hdf5Reader& file, const std::string& name, const Shape& shape,
                              const Wiring& wiring) {
    const std::string wanted =
        fmt::format("{} (float32), since network.weights names this file and network.layers is [{}]", shape_text(shape),
                    fmt::join(wiring.sizes(), ", "));
    if (!file.has(name)) throw input_error(file.path(), name, "is missing", wanted);
    const Hdf5Info info = file.inspect(name);
    if (info.shape != shape) {
        throw input_error(file.path(), name, "has the shape " + shape_text(info.shape), wanted);
    }
    return file.read_floats(name);
}

void check_values(const std::string& path, const std::string& name, const std::vector<float>& values, float limit) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isfinite(values[i]) && std::abs(values[i]) < limit) continue;
        throw input_error(path, name, fmt::format("item {} (row-major, from 0) is {}", i, values[i]),
                          std::isfinite(limit) ? fmt::format("finite numbers below {} in size", limit)
                                               : std::string("finite numbers"));
    }
}

/// Anything beyond 0..count-1 belongs to another network.
void check_names(const Hdf5Reader& file, const std::string& group, std::size_t count, const Wiring& wiring) {
    for (const std::string& name : file.names(group)) {
        bool known = false;
        for (std::size_t i = 0; i < count; ++i) known = known || name == std::to_string(i);
        if (known) continue;
        throw input_error(file.path(), group + "/" + name, "belongs to no projection of this network",
                          fmt::format("0 to {} in {}, since network.layers is [{}]", count - 1, group,
                                      fmt::join(wiring.sizes(), ", ")));
    }
}

/// Calls visit(name, shape) for the weights of every projection, and for the biases of every population but the input.
template <class Visit>
void for_each_weights(const Wiring& wiring, const Visit& visit) {
    for (int k = 0; k < wiring.projections(); ++k)
        visit(name_of("weights", static_cast<std::size_t>(k)), wiring.weight_shape(k));
}
template <class Visit>
void for_each_biases(const Wiring& wiring, const Visit& visit) {
    std::size_t number = 0;
    for (const int p : wiring.unclamped()) visit(name_of("biases", number++), Shape{wiring.size(p)});
}

void write_arrays(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring) {
    Hdf5Writer file(path);
    auto weights = arrays.weights.begin(), biases = arrays.biases.begin();
    for_each_weights(wiring, [&](const std::string& name, const Shape& shape) { file.write(name, *weights++, shape); });
    for_each_biases(wiring, [&](const std::string& name, const Shape& shape) { file.write(name, *biases++, shape); });
    file.close();
}

}  // namespace

NetworkArrays read_weights(const std::string& path, const Wiring& wiring) {
    const Hdf5Reader file(path);
    check_names(file, "/weights", static_cast<std::size_t>(wiring.projections()), wiring);
    check_names(file, "/biases", wiring.unclamped().size(), wiring);
    NetworkArrays arrays;
    for_each_weights(wiring, [&](const std::string& name, const Shape& shape) {
        arrays.weights.push_back(read_array(file, name, shape, wiring));
        check_values(path, name, arrays.weights.back(), largest_weight);
    });
    for_each_biases(wiring, [&](const std::string& name, const Shape& shape) {
        arrays.biases.push_back(read_array(file, name, shape, wiring));
        check_values(path, name, arrays.biases.back(), INFINITY);
    });
    return arrays;
}

void write_weights(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring) {
    check_array_shapes(arrays, wiring);
    const std::string part = path + ".part";
    std::error_code failure;
    try {
        write_arrays(part, arrays, wiring);
    } catch (const Error&) {
        std::filesystem::remove(part, failure);
        throw;
    }
    std::filesystem::rename(part, path, failure);
    if (failure) throw runtime_failure(path, "cannot be written (" + failure.message() + ")");
}

}  // namespace settle

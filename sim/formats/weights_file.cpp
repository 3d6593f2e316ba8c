#include "sim/formats/weights_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <filesystem>

#include "core/error.hpp"
#include "models/network_checks.hpp"
#include "sim/formats/hdf5_file.hpp"

namespace settle {

namespace {

using Shape = std::vector<std::int64_t>;

Shape weight_shape(const std::vector<int>& layers, std::size_t l) {
    return {layers[l], layers[l + 1]};
}

Shape bias_shape(const std::vector<int>& layers, std::size_t l) {
    return {layers[l + 1]};
}

std::string name_of(const char* group, std::size_t l) {
    return fmt::format("/{}/{}", group, l);
}

/// The file was named by network.weights and must agree with network.layers.
std::vector<float> read_array(const Hdf5Reader& file, const std::string& name, const Shape& shape,
                              const std::vector<int>& layers) {
    const std::string wanted =
        fmt::format("{} (float32), since network.weights names this file and network.layers is [{}]", shape_text(shape),
                    fmt::join(layers, ", "));
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

/// Anything beyond 0..L-1 belongs to another network.
void check_names(const Hdf5Reader& file, const std::string& group, const std::vector<int>& layers) {
    for (const std::string& name : file.names(group)) {
        bool known = false;
        for (std::size_t l = 0; l + 1 < layers.size(); ++l) known = known || name == std::to_string(l);
        if (known) continue;
        throw input_error(file.path(), group + "/" + name, "belongs to no projection of this network",
                          fmt::format("0 to {} in {}, since network.layers is [{}]", layers.size() - 2, group,
                                      fmt::join(layers, ", ")));
    }
}

void write_arrays(const std::string& path, const NetworkArrays& arrays, const std::vector<int>& layers) {
    Hdf5Writer file(path);
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        file.write(name_of("weights", l), arrays.weights[l], weight_shape(layers, l));
    }
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        file.write(name_of("biases", l), arrays.biases[l], bias_shape(layers, l));
    }
    file.close();
}

}  // namespace

NetworkArrays read_weights(const std::string& path, const std::vector<int>& layers) {
    check_layers(layers);
    const Hdf5Reader file(path);
    check_names(file, "/weights", layers);
    check_names(file, "/biases", layers);
    NetworkArrays arrays;
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        const std::string weights = name_of("weights", l), biases = name_of("biases", l);
        arrays.weights.push_back(read_array(file, weights, weight_shape(layers, l), layers));
        arrays.biases.push_back(read_array(file, biases, bias_shape(layers, l), layers));
        check_values(path, weights, arrays.weights.back(), largest_weight);
        check_values(path, biases, arrays.biases.back(), INFINITY);
    }
    return arrays;
}

void write_weights(const std::string& path, const NetworkArrays& arrays, const std::vector<int>& layers) {
    check_array_shapes(arrays, layers);
    const std::string part = path + ".part";
    std::error_code failure;
    try {
        write_arrays(part, arrays, layers);
    } catch (const Error&) {
        std::filesystem::remove(part, failure);
        throw;
    }
    std::filesystem::rename(part, path, failure);
    if (failure) throw runtime_failure(path, "cannot be written (" + failure.message() + ")");
}

}  // namespace settle

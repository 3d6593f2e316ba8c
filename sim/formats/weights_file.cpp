#include "sim/formats/weights_file.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// What the network is, for messages.
std::string network_text(const Wiring& wiring) {
    bool numbered = true;
    std::string text;
    for (int p = 0; p < wiring.populations(); ++p) {
        numbered = numbered && wiring.population(p).name == std::to_string(p);
        text += fmt::format("{}{} {}", p > 0 ? ", " : "", wiring.population(p).name, wiring.size(p));
    }
    return numbered ? fmt::format("network.layers is [{}]", fmt::join(wiring.sizes(), ", "))
                    : "the populations are " + text;
}

/// The file was named by network.weights and must agree with the network.
std::vector<float> read_array(const Hdf5Reader& file, const std::string& name, const Shape& shape,
                              const Wiring& wiring) {
    const std::string wanted = fmt::format("{} (float32), since network.weights names this file and {}",
                                           shape_text(shape), network_text(wiring));
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
                          fmt::format("0 to {} in {}, since {}", count - 1, group, network_text(wiring)));
    }
}

const SparseSpec* sparse_at(const Wiring& wiring, int k) {
    return std::get_if<SparseSpec>(&wiring.projection(k).kind);
}

/// Calls visit(name, shape) for the biases of every population but the input.
template <class Visit>
void for_each_biases(const Wiring& wiring, const Visit& visit) {
    std::size_t number = 0;
    for (const int p : wiring.unclamped()) visit(name_of("biases", number++), Shape{wiring.biases(p)});
}

/// The links of the file must be those of the scenario, in their order.
void check_links(const Hdf5Reader& file, const std::string& name, const Wiring& wiring, int k) {
    const Links& links = *sparse_at(wiring, k)->links;
    for (const bool post : {false, true}) {
        const std::string array = name + (post ? "/post" : "/pre");
        const std::vector<std::int32_t> wanted = post ? links.post_array() : links.pre_array();
        const std::string expected = "the links of the projection, in its order";
        if (!file.has(array)) throw input_error(file.path(), array, "is missing", expected);
        const std::vector<std::int32_t> found = file.read_integers(array);
        if (found.size() != wanted.size())
            throw input_error(file.path(), array, fmt::format("has {} items", found.size()),
                              fmt::format("{}, one for each link of the projection", wanted.size()));
        const auto at = std::mismatch(found.begin(), found.end(), wanted.begin());
        if (at.first == found.end()) continue;
        throw input_error(file.path(), array,
                          fmt::format("item {} (from 0) is {}", at.first - found.begin(), *at.first),
                          fmt::format("{}: {}", *at.second, expected));
    }
}

/// What only all weights of a projection together show.
void check_arrays(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring) {
    try {
        settle::check_arrays(arrays, wiring);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) problem.place = path;
        throw Error(error.blame(), problems);
    }
}

void write_arrays(const std::string& path, const NetworkArrays& arrays, const Wiring& wiring) {
    Hdf5Writer file(path);
    auto biases = arrays.biases.begin();
    for (int k = 0; k < wiring.projections(); ++k)
        write_projection(file, name_of("weights", static_cast<std::size_t>(k)), wiring, k,
                         arrays.weights[static_cast<std::size_t>(k)]);
    for_each_biases(wiring, [&](const std::string& name, const Shape& shape) { file.write(name, *biases++, shape); });
    file.close();
}

}  // namespace

NetworkArrays read_weights(const std::string& path, const Wiring& wiring) {
    const Hdf5Reader file(path);
    check_names(file, "/weights", static_cast<std::size_t>(wiring.projections()), wiring);
    check_names(file, "/biases", wiring.unclamped().size(), wiring);
    NetworkArrays arrays;
    for (int k = 0; k < wiring.projections(); ++k) {
        std::string name = name_of("weights", static_cast<std::size_t>(k));
        if (sparse_at(wiring, k)) {
            check_links(file, name, wiring, k);
            name += "/weight";
        }
        arrays.weights.push_back(read_array(file, name, wiring.weight_shape(k), wiring));
        check_values(path, name, arrays.weights.back(), largest_weight);
    }
    for_each_biases(wiring, [&](const std::string& name, const Shape& shape) {
        arrays.biases.push_back(read_array(file, name, shape, wiring));
        check_values(path, name, arrays.biases.back(), INFINITY);
    });
    check_arrays(path, arrays, wiring);
    return arrays;
}

void write_projection(Hdf5Writer& file, const std::string& name, const Wiring& wiring, int k,
                      std::span<const float> weights) {
    const Shape shape = wiring.weight_shape(k);
    const SparseSpec* sparse = sparse_at(wiring, k);
    file.write(sparse ? name + "/weight" : name, weights, shape);
    if (sparse) {
        file.write(name + "/pre", sparse->links->pre_array(), shape);
        file.write(name + "/post", sparse->links->post_array(), shape);
    }
    const ProjectionSpec& spec = wiring.projection(k);
    const char* kinds[] = {"dense", "convolution", "sparse"};
    file.attribute(name, "between",
                   std::vector<std::string>{wiring.population(spec.pre).name, wiring.population(spec.post).name});
    file.attribute(name, "kind", std::string(kinds[spec.kind.index()]));
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

#include "sim/formats/links_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "models/kernels/panel.hpp"
#include "sim/formats/hdf5_file.hpp"

namespace settle {

namespace {

/// The header of one of the three.
Hdf5Info inspect(const Hdf5Reader& file, const std::string& name, Hdf5Class type) {
    const std::string wanted =
        type == Hdf5Class::integer ? "an integer (int32) for each link" : "a number (float32) for each link";
    if (!file.has(name)) throw input_error(file.path(), name, "is missing", wanted);
    Hdf5Info info = file.inspect(name);
    if (info.shape.size() != 1)
        throw input_error(file.path(), name, "has the shape " + shape_text(info.shape), "one dimension, " + wanted);
    if (type == Hdf5Class::integer && info.type != type)
        throw input_error(file.path(), name, "holds no integers", wanted);
    return info;
}

}  // namespace

double count_links(const std::string& path) {
    const Hdf5Reader file(path);
    return static_cast<double>(inspect(file, "/pre", Hdf5Class::integer).items);
}

std::shared_ptr<const Links> read_links(const std::string& path, int sources, int targets, bool lateral) {
    const Hdf5Reader file(path);
    const std::int64_t count = inspect(file, "/pre", Hdf5Class::integer).items;
    for (const char* other : {"/post", "/weight"}) {
        const bool weights = std::string(other) == "/weight";
        const std::int64_t items = inspect(file, other, weights ? Hdf5Class::floating : Hdf5Class::integer).items;
        if (items != count)
            throw input_error(path, other, fmt::format("has {} items", items), fmt::format("{}, as /pre", count));
    }
    try {
        return make_links(sources, targets, lateral, file.read_integers("/pre"), file.read_integers("/post"), true);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) problem.place = path;
        throw Error(error.blame(), problems);
    }
}

std::vector<float> read_link_weights(const std::string& path) {
    const Hdf5Reader file(path);
    inspect(file, "/weight", Hdf5Class::floating);
    std::vector<float> weights = file.read_floats("/weight");
    for (std::size_t m = 0; m < weights.size(); ++m) {
        if (std::isfinite(weights[m]) && std::abs(weights[m]) < weight_limit) continue;
        throw input_error(path, "/weight", fmt::format("item {} (from 0) is {}", m, weights[m]),
                          fmt::format("finite numbers below {} in size", weight_limit));
    }
    return weights;
}

}  // namespace settle

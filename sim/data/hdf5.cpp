#include "sim/data/hdf5.hpp"

#include <fmt/format.h>

#include <limits>

#include "core/error.hpp"
#include "sim/formats/hdf5_file.hpp"

namespace settle {

namespace {

struct Part {
    std::int64_t count = 0;
    int inputs = 0;
};

Part measure_part(const Hdf5Reader& file, const std::string& x, const std::string& labels) {
    const Hdf5Info inputs = file.inspect(x);
    if (inputs.shape.size() != 2 || inputs.shape[1] < 1 || inputs.shape[1] > std::numeric_limits<int>::max()) {
        throw input_error(file.path(), x, "has the shape " + shape_text(inputs.shape), "samples x inputs");
    }
    const Hdf5Info classes = file.inspect(labels);
    if (classes.shape.size() != 1 || classes.shape[0] != inputs.shape[0]) {
        throw input_error(file.path(), labels, "has the shape " + shape_text(classes.shape),
                          fmt::format("{}, one label for each row of {}", inputs.shape[0], x));
    }
    return {inputs.shape[0], static_cast<int>(inputs.shape[1])};
}

void check_inputs(const std::string& path, const std::string& name, const std::vector<float>& x, std::int64_t first,
                  int inputs) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] >= 0 && x[i] <= 1) continue;
        const auto index = static_cast<std::int64_t>(i);
        throw input_error(
            path, name, fmt::format("sample {}, input {} (from 0) is {}", first + index / inputs, index % inputs, x[i]),
            "numbers in [0, 1]");
    }
}

Samples read_part(const Hdf5Reader& file, const std::string& x, const std::string& labels, Hdf5Rows rows, int inputs,
                  int classes) {
    Samples samples;
    samples.count = rows.count;
    samples.inputs = inputs;
    std::vector<float> values = file.read_floats(x, rows);
    check_inputs(file.path(), x, values, rows.first, inputs);
    samples.x = std::move(values);
    samples.labels = file.read_integers(labels, rows);
    check_labels(file.path(), labels, samples.labels, classes);
    return samples;
}

}  // namespace

DatasetSize measure_hdf5(const std::string& path) {
    const Hdf5Reader file(path);
    const Part train = measure_part(file, "/x", "/labels");
    DatasetSize size{train.count, 0, 0, train.inputs};
    if (!file.has("/test_x") && !file.has("/test_labels")) return size;
    const Part test = measure_part(file, "/test_x", "/test_labels");
    if (test.inputs != train.inputs) {
        throw input_error(path, "/test_x", fmt::format("has samples of {} inputs", test.inputs),
                          fmt::format("{}, as in /x", train.inputs));
    }
    size.test = test.count;
    return size;
}

Dataset load_hdf5(const std::string& path, const DatasetSize& wanted, int classes) {
    const Hdf5Reader file(path);
    const int inputs = wanted.inputs;
    Dataset data;
    data.files = {path};
    data.train = read_part(file, "/x", "/labels", {0, wanted.train}, inputs, classes);
    data.validation = read_part(file, "/x", "/labels", {wanted.train, wanted.validation}, inputs, classes);
    data.test.inputs = inputs;
    data.test.x = std::vector<float>();
    if (wanted.test > 0) data.test = read_part(file, "/test_x", "/test_labels", {0, wanted.test}, inputs, classes);
    return data;
}

}  // namespace settle

#include "python/module/arrays.hpp"

#include <memory>
#include <span>

#include "sim/formats/shape_text.hpp"

namespace settle::python {

namespace {

template <class T>
std::span<const T> values_in(const py::array& array) {
    return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())};
}

template <class T>
std::vector<T> copy_of(const py::array& array) {
    const std::span<const T> values = values_in<T>(array);
    return {values.begin(), values.end()};
}

bool is_aligned(const py::array& array) {
    return (array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0;
}

std::vector<std::int64_t> shape_of(const py::array& array) {
    return {array.shape(), array.shape() + array.ndim()};
}

void demand(bool fulfilled, const std::string& what) {
    if (!fulfilled) throw py::value_error(what);
}

/// The array of one key, of that shape.
std::vector<float> take(const py::dict& arrays, const std::string& kind, int number,
                        const std::vector<std::int64_t>& shape) {
    const std::string name = kind + "[\"" + std::to_string(number) + "\"]";
    const py::str key(std::to_string(number));
    demand(arrays.contains(key), name + " is missing; expected " + shape_text(shape));
    const auto array = py::cast<py::array>(arrays[key]);
    demand(py::isinstance<py::array_t<float>>(array) && (array.flags() & py::array::c_style) != 0,
           name + " must be a C-contiguous array of float32");
    demand(shape_of(array) == shape,
           name + " has the shape " + shape_text(shape_of(array)) + "; expected " + shape_text(shape));
    return copy_of<float>(array);
}

}  // namespace

Samples samples_of(const py::array& x, const py::array& labels, double divisor) {
    demand(x.ndim() == 2 && (x.flags() & py::array::c_style) != 0 && is_aligned(x),
           "x must be a C-contiguous, aligned array (n, inputs)");
    demand(labels.ndim() == 1 && py::isinstance<py::array_t<std::int64_t>>(labels) &&
               (labels.flags() & py::array::c_style) != 0,
           "labels must be a C-contiguous array (n) of int64");
    // The array stays where it is. The last who lets go of it may be a thread without Python's lock.
    const std::shared_ptr<const void> owner(new py::array(x), [](const void* array) {
        const py::gil_scoped_acquire lock;
        delete static_cast<const py::array*>(array);
    });
    Samples samples;
    samples.count = x.shape(0);
    samples.inputs = static_cast<int>(x.shape(1));
    if (py::isinstance<py::array_t<std::uint8_t>>(x)) {
        samples.x = SharedValues<std::uint8_t>(values_in<std::uint8_t>(x), owner);
        samples.values = byte_values(static_cast<float>(divisor));
    } else {
        demand(py::isinstance<py::array_t<float>>(x), "x must be of uint8 or float32");
        samples.x = SharedValues<float>(values_in<float>(x), owner);
    }
    const auto* label = static_cast<const std::int64_t*>(labels.data());
    for (py::ssize_t i = 0; i < labels.size(); ++i) samples.labels.push_back(static_cast<std::int32_t>(label[i]));
    return samples;
}

py::dict weights_of(NetworkArrays& arrays, const Wiring& wiring) {
    py::dict weights;
    for (int k = 0; k < wiring.projections(); ++k)
        weights[py::str(std::to_string(k))] =
            array_of(std::move(arrays.weights[static_cast<std::size_t>(k)]), wiring.weight_shape(k));
    return weights;
}

py::dict biases_of(NetworkArrays& arrays, const Wiring& wiring) {
    py::dict biases;
    int number = 0;
    for (const int p : wiring.unclamped()) {
        biases[py::str(std::to_string(number))] =
            array_of(std::move(arrays.biases[static_cast<std::size_t>(number)]), {wiring.biases(p)});
        ++number;
    }
    return biases;
}

NetworkArrays network_arrays_of(const py::dict& weights, const py::dict& biases, const Wiring& wiring) {
    NetworkArrays arrays;
    for (int k = 0; k < wiring.projections(); ++k)
        arrays.weights.push_back(take(weights, "weights", k, wiring.weight_shape(k)));
    int number = 0;
    for (const int p : wiring.unclamped())
        arrays.biases.push_back(take(biases, "biases", number++, {wiring.biases(p)}));
    demand(py::len(weights) == arrays.weights.size() && py::len(biases) == arrays.biases.size(),
           "there are more arrays than the network has projections or populations");
    return arrays;
}

}  // namespace settle::python

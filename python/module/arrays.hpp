// Arrays: between NumPy and the library.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"

namespace settle::python {

namespace py = pybind11;

/// An array that has taken the values over: no copy. Row-major.
template <class T>
py::array array_of(std::vector<T>&& values, const std::vector<std::int64_t>& shape) {
    auto* kept = new std::vector<T>(std::move(values));
    const py::capsule owner(kept, [](void* vector) { delete static_cast<std::vector<T>*>(vector); });
    return py::array_t<T>(std::vector<py::ssize_t>(shape.begin(), shape.end()), kept->data(), owner);
}

/// Samples of x (n, inputs), uint8 or float32, and labels (n), int64; both C-contiguous. A byte stands for
/// byte / divisor. x is not copied: it must not change while they are used. Throws py::value_error for anything else;
/// values and labels are looked at by the library.
Samples samples_of(const py::array& x, const py::array& labels, double divisor);

/// Weights by projection and biases by population, each by its number: {"0": array, …}.
py::dict weights_of(NetworkArrays& arrays, const Wiring& wiring);
py::dict biases_of(NetworkArrays& arrays, const Wiring& wiring);

/// Back. Arrays are float32 and C-contiguous, of the shapes that the wiring has. Throws py::value_error that names the
/// first one that is not.
NetworkArrays network_arrays_of(const py::dict& weights, const py::dict& biases, const Wiring& wiring);

}  // namespace settle::python

// Sweeps for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace settle::python {

/// sweep.
void define_studies(pybind11::module_& module);

}  // namespace settle::python

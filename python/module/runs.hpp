// Runs, sweeps and presentations for Python: the doors of the library, called in the background.
#pragma once

#include <pybind11/pybind11.h>

namespace settle::python {

/// run, sweep, present, read_weights, write_weights.
void define_runs(pybind11::module_& module);

}  // namespace settle::python

// Reports for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace settle::python {

/// report_page.
void define_reports(pybind11::module_& module);

}  // namespace settle::python

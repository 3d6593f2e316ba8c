#include "python/module/reports.hpp"

#include <string>

#include "sim/formats/whole_file.hpp"
#include "sim/reports/report.hpp"

namespace settle::python {

namespace py = pybind11;

namespace {

/// The page that `settle report` writes for a directory. `out`: a folder for it and its plots.
std::string report_page(const std::string& directory, const std::string& out) {
    const py::gil_scoped_release released;
    return read_whole_file(write_report({directory}, out, "settle report " + directory).page);
}

}  // namespace

void define_reports(py::module_& module) {
    module.def("report_page", &report_page);
}

}  // namespace settle::python

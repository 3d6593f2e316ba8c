// The module settle._engine: what the Python package settle stands on. Its functions take what the package has looked
// at already; nobody else calls them.

#include <pybind11/pybind11.h>

#include "core/error.hpp"
#include "python/module/background.hpp"
#include "python/module/events.hpp"
#include "python/module/loaded.hpp"
#include "python/module/reports.hpp"
#include "python/module/runs.hpp"
#include "python/module/studies.hpp"
#include "sim/runs/store/build_info.hpp"

namespace py = pybind11;

namespace {

/// As settle.errors has them.
py::object exception_of(const settle::Error& error) {
    const py::module_ errors = py::module_::import("settle.errors");
    py::list problems;
    for (const settle::Problem& problem : error.problems()) {
        problems.append(errors.attr("Problem")(problem.key, problem.place, problem.line, problem.column,
                                               problem.message, problem.expected, problem.suggestion));
    }
    const char* name = error.blame() == settle::Blame::input ? "ScenarioError" : "RunError";
    return errors.attr(name)(error.what(), problems);
}

void translate(std::exception_ptr thrown) {
    if (!thrown) return;
    try {
        std::rethrow_exception(thrown);
    } catch (const settle::Error& error) {
        const py::object exception = exception_of(error);
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
    }
}

}  // namespace

PYBIND11_MODULE(_engine, module) {
    py::register_exception_translator(&translate);
    settle::python::define_background(module);
    settle::python::define_events(module);
    settle::python::define_loaded(module);
    settle::python::define_reports(module);
    settle::python::define_runs(module);
    settle::python::define_studies(module);
    const settle::BuildInfo build = settle::build_info();
    module.attr("__version__") = build.version;
    module.attr("commit") = build.commit;
}

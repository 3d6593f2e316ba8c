// A loaded scenario, as Python holds it: with what it was loaded from, so that what it compares with can be loaded too.
#pragma once

#include <pybind11/pybind11.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/scenario/load.hpp"

namespace settle::python {

struct Loaded {
    std::string scenario;  ///< path or name
    std::vector<Override> changes;
    Command command = Command::run;
    LoadedScenario loaded;
    std::map<std::string, Scenario> others;  ///< that expectations compare with, by the name in their `than`
};

/// A change: where it was said ("changes", "seed"), its key, its value in TOML.
using PythonChange = std::tuple<std::string, std::string, std::string>;

/// `command`: "run" or "sweep". Throws Error (input).
Loaded load(const std::string& scenario, const std::vector<PythonChange>& changes, const std::string& command);

void define_loaded(pybind11::module_& module);

}  // namespace settle::python

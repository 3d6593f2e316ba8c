// The background: a thread on which the library works while Python's is asked, again and again, whether to go on.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>

#include "core/stop.hpp"

namespace settle::python {

/// Gives Python's lock up, runs work(stop) on a thread of its own and returns when that has ended. Meanwhile the
/// caller's thread takes the lock twenty times a second, looks for signals (Ctrl-C) and calls `ask`; where one of the
/// two raises, `stop` says so and, once the work has ended, what was raised is thrown. Otherwise throws what the work
/// throws. Call it with the lock.
/// When the interpreter ends, what is in here is stopped and waited for.
void in_background(const std::function<void(const StopCheck& stop)>& work, const std::function<void()>& ask);

/// Sees to that end.
void define_background(pybind11::module_& module);

}  // namespace settle::python

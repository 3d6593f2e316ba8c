// The background: a thread on which the library works while Python's is asked, again and again, whether to go on.
#pragma once

#include <functional>

#include "core/stop.hpp"

namespace settle::python {

/// Gives Python's lock up, runs work(stop) on a thread of its own and returns when that has ended. Meanwhile the
/// caller's thread takes the lock twenty times a second, looks for signals (Ctrl-C) and calls `ask`; where one of the
/// two raises, `stop` says so and, once the work has ended, what was raised is thrown. Otherwise throws what the work
/// throws. Call it with the lock.
void in_background(const std::function<void(const StopCheck& stop)>& work, const std::function<void()>& ask);

}  // namespace settle::python

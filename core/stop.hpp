// A stop: how whoever works long learns that it is to give up, and how it does.
#pragma once

#include <exception>
#include <functional>

namespace settle {

/// Asked again and again, on any thread and up to once a tick, by whoever works long: whether to give up. It costs as
/// little as a look at an atomic, and once it has said yes it says so for ever. Empty: never.
using StopCheck = std::function<bool()>;

/// Thrown by work that gave up. Nothing of what it had begun counts.
class Stopped : public std::exception {
public:
    const char* what() const noexcept override { return "stopped before its end"; }
};

/// Throws Stopped if it is to.
inline void give_up_if(const StopCheck& stop) {
    if (stop && stop()) throw Stopped();
}

}  // namespace settle

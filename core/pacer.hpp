// The pacer: posts jobs at a time of the wall clock, for actors that keep step with it.
#pragma once

#include <memory>

#include "core/executor.hpp"
#include "core/time.hpp"

namespace settle {

/// Timers of Boost.Asio on one thread of their own, which the destructor ends.
class Pacer {
public:
    /// Throws Error (runtime) where the machine gives no thread.
    Pacer();
    /// Jobs whose time has not come are dropped: whoever waits for one must wait for it before.
    ~Pacer();
    Pacer(const Pacer&) = delete;
    Pacer& operator=(const Pacer&) = delete;

    /// The steady clock.
    static WallDuration now();

    /// Any thread: runs the job once, on the pacer's thread (worker -1), not before `at`. It must be short: poke an
    /// actor.
    void post_at(WallDuration at, const Job& job);

private:
    struct Timers;
    std::unique_ptr<Timers> timers_;
};

}  // namespace settle

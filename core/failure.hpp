// The failure of a run: the first one is kept, nobody takes turns any more, and once all is quiet the caller gets it.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace settle {

class Failure {
public:
    /// Any thread. Keeps the error unless there is one already.
    void record(Error error);

    /// The same for a caught exception; `place` says who failed, and doing what. An Error keeps its problems and blame,
    /// with `place` before their own; Stopped and std::bad_alloc stay what they are.
    void record(const std::string& place, const std::exception_ptr& exception);

    /// Any thread: something failed, stop.
    bool any() const { return any_.load(std::memory_order_acquire); }

    /// Once nothing runs any more: throws what was recorded, if anything was, and is then empty again.
    void rethrow();

private:
    void record_named(const std::string& place, const std::exception_ptr& exception);
    void keep(const std::exception_ptr& exception);

    std::atomic<bool> any_{false};
    std::mutex mutex_;
    std::optional<Error> error_;
    std::exception_ptr kept_;
};

}  // namespace settle

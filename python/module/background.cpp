#include "python/module/background.hpp"

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace settle::python {

namespace {

namespace py = pybind11;

/// Looks for signals and asks; what is raised.
std::exception_ptr look(const std::function<void()>& ask) {
    const py::gil_scoped_acquire locked;
    try {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        ask();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

}  // namespace

void in_background(const std::function<void(const StopCheck& stop)>& work, const std::function<void()>& ask) {
    constexpr std::chrono::milliseconds interval{50};
    std::atomic<bool> stopped{false};
    std::exception_ptr thrown, raised;
    std::mutex mutex;
    std::condition_variable ended;
    bool done = false;
    {
        const py::gil_scoped_release unlocked;
        std::thread worker([&] {
            try {
                work([&stopped] { return stopped.load(std::memory_order_relaxed); });
            } catch (...) {
                thrown = std::current_exception();
            }
            // While it is locked: what it is told by is gone once the other has heard.
            const std::lock_guard lock(mutex);
            done = true;
            ended.notify_one();
        });
        std::unique_lock lock(mutex);
        while (!ended.wait_for(lock, interval, [&] { return done; })) {
            if (raised) continue;
            lock.unlock();
            raised = look(ask);
            if (raised) stopped = true;
            lock.lock();
        }
        lock.unlock();
        worker.join();
    }
    if (raised) std::rethrow_exception(raised);
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace settle::python

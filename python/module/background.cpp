#include "python/module/background.hpp"

#include <pybind11/pybind11.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace settle::python {

namespace {

namespace py = pybind11;

/// What goes on in the background of all threads. Those of Python that nobody waits for (daemons) may still be in here
/// when the interpreter ends, and may then never take its lock again: so it waits for them, before.
class Going {
public:
    void begin() {
        const std::lock_guard lock(mutex_);
        process_ = getpid();
        ++count_;
    }
    /// With Python's lock: who waits here cannot go on before it is given up.
    void end() {
        const std::lock_guard lock(mutex_);
        --count_;
        ended_.notify_all();
    }
    bool ending() const { return ending_.load(std::memory_order_relaxed); }
    /// Without Python's lock. What does not end within a minute is left.
    void end_all() {
        constexpr std::chrono::minutes patience{1};
        ending_ = true;
        // A fork has none of the threads that it has counts of, and may have been made while they held the mutex.
        if (process_ != getpid()) return;
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, patience, [&] { return count_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable ended_;
    int count_ = 0;
    std::atomic<pid_t> process_{0};
    std::atomic<bool> ending_{false};
};

/// Never destroyed: a thread that is left may still look at it.
Going& going() {
    static Going& all = *new Going;
    return all;
}

struct OneOfThem {
    OneOfThem() { going().begin(); }
    ~OneOfThem() { going().end(); }
    OneOfThem(const OneOfThem&) = delete;
    OneOfThem& operator=(const OneOfThem&) = delete;
};

/// At the end of the interpreter SystemExit, which ends a thread without a word. With Python's lock.
void end_with_interpreter() {
    if (!going().ending()) return;
    PyErr_SetNone(PyExc_SystemExit);
    throw py::error_already_set();
}

/// Looks for signals and asks; what is raised.
std::exception_ptr look(const std::function<void()>& ask) {
    const py::gil_scoped_acquire locked;
    try {
        end_with_interpreter();
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
    end_with_interpreter();
    const OneOfThem one;
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

void define_background(py::module_& module) {
    // What finalizers take away, such as the scratch directory of a sweep, is needed until all have ended. The
    // interpreter calls first what was registered last, and finalizers are registered with the first of them: this one.
    const py::object first = py::module_::import("weakref").attr("finalize")(module, py::cpp_function([] {}));
    first.attr("atexit") = false;
    py::module_::import("atexit").attr("register")(py::cpp_function([] {
        const py::gil_scoped_release unlocked;
        going().end_all();
    }));
}

}  // namespace settle::python

#include "core/phase.hpp"

#include <cassert>
#include <exception>

namespace settle {

namespace {

void release(void* workers) {
    static_cast<WorkerPool*>(workers)->release();
}

}  // namespace

void run_phase(WorkerPool& workers, WorkCount& work, Watchdog& watchdog, Failure& failure,
               const std::function<void()>& start) {
    assert(work.turns() == 0 && work.units() == 0);
    watchdog.restart();
    work.on_end(release, &workers);
    {
        const WorkCount::Hold hold(work);
        try {
            start();
        } catch (...) {
            failure.record(watchdog.describe(), std::current_exception());
        }
    }
    workers.run(watchdog.interval(), [&] { watchdog.check(failure); });  // [phase.wait]
    judge(work, watchdog, failure);
    work.reset();
    failure.rethrow();
}

void judge(const WorkCount& work, const Watchdog& watchdog, Failure& failure) {
    if (!work.stalled() || failure.any()) return;  // [phase.judge]
    failure.record(runtime_failure(
        watchdog.describe(), "deadlock: work is left (" + std::to_string(work.units()) + ") but no actor has a turn"));
}

}  // namespace settle

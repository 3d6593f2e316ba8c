// One phase of actors on the workers: started, run until nothing is left to do, judged.
#pragma once

#include <functional>
#include <string>

#include "core/failure.hpp"
#include "core/watchdog.hpp"
#include "core/work_count.hpp"
#include "core/worker_pool.hpp"

namespace settle {

/// Calls start(), which adds all work and then pokes actors (they run from the first poke on), and returns when the
/// last turn of `work` has ended; its on_end is taken. Throws the failure if there is one: what an actor threw, what
/// the watchdog found, or that work is left while nobody has a turn ("deadlock", named by `watchdog`). The actors are
/// quiet then, and `work` is zero; what is in channels stays.
void run_phase(WorkerPool& workers, WorkCount& work, Watchdog& watchdog, Failure& failure,
               const std::function<void()>& start);

/// Records a deadlock if work is left while nobody has a turn; for engines whose on_end starts the next phase.
void judge(const WorkCount& work, const Watchdog& watchdog, Failure& failure);

}  // namespace settle

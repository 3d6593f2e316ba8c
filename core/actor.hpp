// Actors and their activation: an actor takes turns, one at a time, on any worker, and only when it has been poked.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "core/executor.hpp"
#include "core/failure.hpp"
#include "core/work_count.hpp"

namespace settle {

/// What an actor does: functions and the object that they are called with.
struct Behaviour {
    /// One turn: takes what has arrived, sends, and returns. What it throws ends the run.
    void (*turn)(void* context, int actor, int worker);
    /// "shard 3 of presentation 17, nudged phase": for error messages.
    std::string (*describe)(void* context, int actor);
    void* context;
};

/// `count` actors, one atomic state each:
///
///     idle ──poke──▶ scheduled ──a worker takes it──▶ running ──its turn ends──▶ idle
///                        ▲                               │ poke
///                        └─────────its turn ends─────── poked
///
/// So an actor is posted only when it goes from idle to scheduled, or when it was poked in its own turn; it is never
/// queued twice, never runs twice at once, and a poke is always followed by a turn that sees what the poker stored
/// before its fence, in atomics, as channels do. (Of other memory it sees what the poker wrote that made it scheduled.)
/// An actor that was poked while it ran goes to the end of the queue, so that others get their turns too.
///
/// Words in brackets, in the code, name steps of the model tests/core/protocol/runtime.pml, which spin checks.
class Actors {
public:
    /// `work` counts the turns; once `failure` has one, queued turns end without being taken.
    Actors(int count, Executor& executor, WorkCount& work, Failure& failure, Behaviour behaviour);
    Actors(const Actors&) = delete;
    Actors& operator=(const Actors&) = delete;
    /// Nothing may be scheduled or running.
    ~Actors();

    int count() const { return count_; }

    /// Between what was stored and the pokes because of it: one for as many as follow it.
    class Fence {
    public:
        Fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }  // [poke.fence]
    };

    /// Any thread that has a turn or holds the work count: gives the actor a turn soon. What it is to see there was
    /// stored before the fence.
    void poke(int actor, const Fence& fence = {});

    /// Nothing is scheduled or running. Reliable only while nobody pokes.
    bool all_idle() const;

private:
    using State = std::uint8_t;
    static constexpr State idle = 0, scheduled = 1, running = 2, poked = 3;

    static void run(void* actors, int actor, int worker);
    void take_turn(int actor, int worker);
    void fail(int actor, const std::exception_ptr& exception);
    void post(int actor) { executor_.post({&Actors::run, this, actor}); }

    const int count_;
    Executor& executor_;
    WorkCount& work_;
    Failure& failure_;
    const Behaviour behaviour_;
    /// A line of the cache each: pokes from many threads go to many actors at once.
    struct alignas(64) Slot {
        std::atomic<State> state{idle};
    };
    const std::unique_ptr<Slot[]> states_;
};

}  // namespace settle

#include "core/actor.hpp"

#include <cassert>
#include <cstddef>
#include <exception>
#include <new>

namespace settle {

Actors::Actors(int count, Executor& executor, WorkCount& work, Failure& failure, Behaviour behaviour)
    : count_(count),
      executor_(executor),
      work_(work),
      failure_(failure),
      behaviour_(behaviour),
      states_(std::make_unique<Slot[]>(static_cast<std::size_t>(count))) {}

Actors::~Actors() {
    assert(all_idle() && "actors destroyed in the middle of their turns");
}

void Actors::poke(int actor, const Fence& /*was issued*/) {
    assert(actor >= 0 && actor < count_);
    std::atomic<State>& state = states_[static_cast<std::size_t>(actor)].state;
    // [poke.look] Who is to have a turn anyhow needs no more, and its state stays where many can read it at once. The
    // fence pairs with the one in take_turn(): if this look sees the state from before that turn was taken, then the
    // turn sees all that was stored before the fence. Without one, a store could still be under way, and be missed.
    State now = state.load(std::memory_order_relaxed);
    while (now == idle || now == running) {
        // [poke.mark]
        if (state.compare_exchange_weak(now, now == idle ? scheduled : poked, std::memory_order_acq_rel,
                                        std::memory_order_relaxed))
            break;
    }
    if (now != idle) return;
    work_.begin_turn();  // [poke.post] counted first, then posted
    post(actor);
}

bool Actors::all_idle() const {
    for (int actor = 0; actor < count_; ++actor) {
        if (states_[static_cast<std::size_t>(actor)].state.load(std::memory_order_acquire) != idle) return false;
    }
    return true;
}

void Actors::run(void* actors, int actor, int worker) {
    static_cast<Actors*>(actors)->take_turn(actor, worker);
}

void Actors::fail(int actor, const std::exception_ptr& exception) {
    std::string place;
    try {
        place = behaviour_.describe(behaviour_.context, actor);
    } catch (const std::bad_alloc&) {
        // Where there is no memory for its name, that it failed must be known all the same.
    }
    failure_.record(place, exception);
}

void Actors::take_turn(int actor, int worker) {
    std::atomic<State>& state = states_[static_cast<std::size_t>(actor)].state;
    // [turn.take]
    [[maybe_unused]] const State before = state.exchange(running, std::memory_order_acq_rel);
    assert(before == scheduled && "an actor that was not scheduled got a turn");
    std::atomic_thread_fence(std::memory_order_seq_cst);  // [turn.fence] pairs with that of who pokes
    if (!failure_.any()) {
        try {
            behaviour_.turn(behaviour_.context, actor, worker);
        } catch (...) {
            fail(actor, std::current_exception());  // [turn.fail]
        }
    }
    State now = running;  // [turn.idle] only if nobody has poked meanwhile
    if (failure_.any()) {
        state.exchange(idle, std::memory_order_acq_rel);
    } else if (!state.compare_exchange_strong(now, idle, std::memory_order_acq_rel)) {
        // [turn.again] Poked in its turn. An exchange, and no plain store, so that the next turn sees what late pokers
        // wrote.
        state.exchange(scheduled, std::memory_order_acq_rel);
        post(actor);
        return;
    }
    work_.end_turn();  // [turn.end] idle first, then counted
}

}  // namespace settle

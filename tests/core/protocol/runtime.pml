/* What all models here stand on: actors on workers (core/actor), counted work (core/work_count), the end of a phase
   (core/phase), and a memory whose stores arrive late. To be included after ACTORS, CELLS, turn() and quiet() are known.

   Words in brackets, as [poke.mark], name steps; the same word stands at the same step of the code in core/. A macro
   in capitals, as NO_POKED, removes the step beside it; protocol.py checks that spin then finds the error.

   Memory. Every thread's stores wait in a buffer of its own and arrive in their order at any later time (total store
   order, what x86 does). An atomic read-modify-write and a fence let all stores of their thread arrive first. A cell has one
   writing actor, which keeps its own copy and does not read the cell; turns of an actor on different threads are
   separated by read-modify-writes, so the copy is what it would read. */

#ifndef WORKERS
#define WORKERS 2
#endif
#define STARTER WORKERS /* the thread that starts the phase */

byte memory[CELLS];
chan stores[WORKERS + 1] = [8] of { byte, byte };
hidden byte cell, value; /* of no thread: used and forgotten within a step */

inline store(where, what) {
    assert(nfull(stores[me]));
    stores[me]!where,what
}

inline let_arrive() { /* within a d_step */
    do
    :: nempty(stores[me]) -> stores[me]?cell,value; memory[cell] = value
    :: empty(stores[me]) -> break
    od
}

inline fence() { d_step { let_arrive() } }

active proctype late() {
    byte where, what;
end_late:
    do
    :: d_step { stores[0]?where,what -> memory[where] = what; where = 0; what = 0 }
    :: d_step { stores[1]?where,what -> memory[where] = what; where = 0; what = 0 }
#if WORKERS > 1
    :: d_step { stores[2]?where,what -> memory[where] = what; where = 0; what = 0 }
#endif
    od
}

/* core/work_count: two counts in one word, so that one operation sees both. The starter's Hold is there. */
byte turns = 1, units;
bool over; /* on_end has been called */

inline work_add() { /* [work.add] */
    d_step { let_arrive(); assert(turns > 0); units++ }
}

inline work_finish() { /* [work.finish] */
    d_step { let_arrive(); assert(turns > 0); assert(units > 0); units-- }
}

inline begin_turn() { /* [work.begin] */
    d_step { let_arrive(); assert(turns > 0); turns++ }
}

inline end_turn() { /* [work.end]: whoever ends the last turn calls on_end; core/phase judges then [phase.judge] */
    d_step {
        let_arrive();
        assert(turns > 0);
        turns--;
        if
        :: turns == 0 -> assert(!over); over = true; phase_over()
        :: else
        fi;
        cell = 0
    }
}

/* core/actor */
mtype = { idle, scheduled, running, poked };
mtype state[ACTORS] = idle;
bool taken[ACTORS]; /* ghost: a turn of this actor is being taken */
chan queue = [ACTORS + 1] of { byte }; /* core/executor: what is posted and not yet taken by a worker */

/* core/failure: with FAILURE any turn may throw; then nobody takes turns any more. */
#ifdef FAILURE
bool failed;
#else
#define failed false
#endif

inline phase_over() { /* nothing is left: no deadlock, and the end is not too early */
    assert(units == 0 || failed);
    assert(empty(queue));
    actor = 0;
    do
    :: actor < ACTORS -> assert(state[actor] == idle && !taken[actor]); actor++
    :: else -> break
    od;
    actor = 0;
    if
    :: !failed -> quiet()
    :: else
    fi
}

inline post(whom) { queue!whom }

inline poke(whom) {
#ifndef NO_POKE_FENCE
    fence(); /* [poke.fence] */
#endif
    if
    :: state[whom] == scheduled || state[whom] == poked -> before = scheduled /* [poke.look] */
    :: else ->
        d_step { /* [poke.mark] */
            let_arrive();
            before = state[whom];
            if
            :: before == idle -> state[whom] = scheduled
#ifndef NO_POKED
            :: before == running -> state[whom] = poked
#endif
            :: else
            fi
        }
    fi;
    if
#ifdef POST_ALWAYS
    :: before == scheduled -> begin_turn(); post(whom)
#endif
#ifdef COUNT_AFTER_POST
    :: before == idle -> post(whom); begin_turn()
#else
    :: before == idle -> begin_turn(); post(whom) /* [poke.post]: counted first, then posted */
#endif
    :: else
    fi;
    before = 0
}

inline take_turn() {
    d_step { /* [turn.take], and [turn.fence]: what comes after it reads memory after it */
        let_arrive();
        assert(state[actor] == scheduled);
        assert(!taken[actor]);
        state[actor] = running;
        taken[actor] = true
    }
    if
#ifdef FAILURE
    :: !failed -> failed = true /* [turn.fail] */
#endif
    :: !failed -> turn()
    :: failed
    fi;
#ifdef END_BEFORE_IDLE
    end_turn();
#endif
#ifdef PLAIN_IDLE
    d_step { taken[actor] = false; again = state[actor] == poked }
    if
    :: !again -> state[actor] = idle
    :: else
    fi;
#else
    d_step { /* [turn.idle]: to idle only if nobody has poked meanwhile, in one step */
        let_arrive();
        taken[actor] = false;
        again = state[actor] == poked && !failed; /* who has failed owes nobody a turn */
        if
        :: !again -> state[actor] = idle
        :: else
        fi
    }
#endif
    if
    :: again ->
        d_step { let_arrive(); state[actor] = scheduled } /* [turn.again] */
        post(actor)
#ifdef END_BEFORE_IDLE
    :: else
#else
    :: else -> end_turn() /* [turn.end] */
#endif
    fi;
    again = false
}

active [WORKERS] proctype worker() {
    byte me = _pid - 1, actor;
    mtype before = 0;
    bool again;
    LOCALS;
end_worker:
    do
    :: queue?actor -> take_turn(); actor = 0
    od
}

/* core/phase, run_phase: all work is counted before the first poke, under a Hold; then the caller sleeps until the
   end [phase.wait]. If that never comes, this is an invalid end state. */
active proctype starter() {
    byte me = STARTER, actor, other;
    mtype before = 0;
    start();
    end_turn();
    over
}

#ifdef LIVE
ltl ends { <> over }
#endif

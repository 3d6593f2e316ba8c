/* Free-running shards in a line, each at most MAX_LEAD ticks ahead of its neighbours (sim/engines/free/free_shard.hpp). One
   that is too far ahead registers with the laggard, looks again, and goes idle; the laggard pokes it when it has
   advanced. The first shard sends a bit to the second at every tick, which gives nobody a turn unless the ring is full.
   All shards come to the end; who has seen a tick count and then drained has every bit that was sent until then. */
#ifndef ACTORS
#define ACTORS 2
#endif
#ifndef MAX_LEAD
#define MAX_LEAD 1
#endif
#ifndef TICKS
#define TICKS 3
#endif
#ifndef RING
#define RING 1
#endif
#define MESSAGES TICKS
#define SENDER 0
#define RECEIVER 1

/* Cells: the published tick count of each shard; what its neighbours below and above say to it; the channel's. */
#define PROGRESS(shard) (shard)
#define WAITING(shard, above) (ACTORS + 3 * (shard) + (above))
#define ANYBODY(shard) (ACTORS + 3 * (shard) + 2)
#define RING_CELLS (4 * ACTORS)
#define CELLS (RING_CELLS + 4 + RING)
#define LOCALS RING_LOCALS; byte laggard, least, other, seen_of_sender; bool flag, ticked; mtype act

#include "ring.pml"

mtype = { go_on, leave, finish, wait, advance, yield };

byte ticks[ACTORS]; /* a shard's own copy of PROGRESS */
bool done[ACTORS];

inline quiet() {
    do
    :: actor < ACTORS -> assert(ticks[actor] == TICKS && done[actor]); actor++
    :: else -> break
    od;
    actor = 0;
    /* The coordinator drains what is left: it is all in the ring. */
    assert(empty(overflow) && made == TICKS && memory[WRITTEN] == TICKS && received <= TICKS)
}

inline look_at(neighbour) {
    d_step {
        other = memory[PROGRESS(neighbour)];
        if
        :: actor == RECEIVER && neighbour == SENDER -> seen_of_sender = other
        :: else
        fi;
        if
        :: other < least -> least = other; laggard = neighbour
        :: else
        fi;
        other = 0
    }
}

/* [lead.look]: the least tick count around */
inline look() {
    least = 255;
    if
    :: actor > 0 -> look_at(actor - 1)
    :: else
    fi;
    if
    :: actor < ACTORS - 1 -> look_at(actor + 1)
    :: else
    fi
}

inline hear() {
    if
    :: actor == RECEIVER -> drain()
    :: else
    fi
}

/* To all of memory at once: exchange(what), the old value in `flag`. */
inline exchange(where, what) { d_step { let_arrive(); flag = memory[where]; memory[where] = what } }

inline poke_waiting(neighbour, above) {
    exchange(WAITING(actor, above), 0);
    if
    :: flag -> poke(neighbour) /* [lead.poke] */
    :: else
    fi
}

/* After each publish(). (Asking before would wake later, but lose nobody: who waits is two ticks ahead at least, so the
   laggard has one more to come.) */
inline ask_for_waiters() {
#ifdef MERE_LOOK_FOR_WAITERS
    flag = memory[ANYBODY(actor)];
#else
    exchange(ANYBODY(actor), 0); /* [lead.ask] */
#endif
#ifdef NO_LAGGARD_POKE
    flag = false;
#endif
    if
    :: flag ->
        if
        :: actor > 0 -> poke_waiting(actor - 1, 0)
        :: else
        fi;
        if
        :: actor < ACTORS - 1 -> poke_waiting(actor + 1, 1)
        :: else
        fi
    :: else
    fi;
    flag = false
}

inline publish() { store(PROGRESS(actor), ticks[actor]) /* [lead.publish] */ }

inline register() {
    store(WAITING(laggard, (laggard < actor -> 1 : 0)), 1); /* [lead.flag] */
#ifdef MERE_STORE_OF_WAITER
    store(ANYBODY(laggard), 1)
#else
    exchange(ANYBODY(laggard), 1); /* [lead.register] */
    flag = false
#endif
}

inline is_behind() {
    atomic {
        if
        :: ticks[actor] > memory[PROGRESS(laggard)] + MAX_LEAD -> act = leave
        :: else -> act = go_on
        fi
    }
}

inline must_wait() {
#ifdef RECHECK_BEFORE_REGISTER
    is_behind();
    register()
#else
#ifndef NO_REGISTER
    register();
#endif
#ifdef NO_RECHECK
    act = leave
#else
    is_behind() /* [lead.recheck] */
#endif
#endif
}

/* The sender has an overflow: it publishes nothing until that is gone, and the receiver is to drain. */
inline make_room() {
    push_waiting();
#ifdef PUBLISH_UNSENT
    publish();
#endif
    if
    :: nempty(overflow) ->
        act = leave;
#ifndef NO_POKE_FULL
        poke(RECEIVER) /* [lead.full] */
#endif
    :: atomic { empty(overflow) -> act = go_on; publish() }
        ask_for_waiters()
    fi
}

inline tick() {
    atomic {
        assert(ticks[actor] <= least + MAX_LEAD);
        ticks[actor]++;
        ticked = true;
        if
        :: actor != SENDER -> publish()
        :: else
        fi
    }
    if
    :: actor == SENDER ->
        send();
        began = false;
        if
        :: nempty(overflow) -> make_room()
        :: atomic { empty(overflow) -> publish() }
            ask_for_waiters()
        fi
    :: else -> ask_for_waiters()
    fi
}

/* What a shard that has nothing to make room for does next. */
inline decide() {
    atomic {
        assert(actor != RECEIVER || received >= seen_of_sender); /* [lead.covered] */
        if
        :: ticks[actor] == TICKS && !done[actor] -> done[actor] = true; act = finish
        :: ticks[actor] == TICKS && done[actor] -> act = leave
        :: ticks[actor] < TICKS && ticks[actor] > least + MAX_LEAD -> act = wait
        :: ticks[actor] < TICKS && ticks[actor] <= least + MAX_LEAD -> act = advance
        :: ticks[actor] < TICKS && ticks[actor] <= least + MAX_LEAD && ticked -> act = yield
        fi
    }
}

inline turn() {
    act = go_on;
    do
    :: act == leave -> break
    :: act == go_on ->
#ifdef HEAR_BEFORE_LOOKING
        hear();
        look();
#else
        look();
        hear();
#endif
        if
        :: actor == SENDER ->
            if
            :: nempty(overflow) -> make_room()
            :: empty(overflow)
            fi
        :: else
        fi;
        if
        :: act == leave
        :: act == go_on -> decide()
        fi
    :: act == finish -> work_finish(); act = leave
    :: act == wait -> must_wait()
    :: act == advance -> act = go_on; tick()
    :: act == yield -> poke(actor); act = leave /* enough ticks in a row, others get a turn */
    od;
    act = 0;
    ticked = false;
    laggard = 0;
    least = 0;
    seen_of_sender = 0
}

inline start() {
    other = 0;
    do
    :: other < ACTORS -> work_add(); other++
    :: else -> break
    od;
    other = 0;
    do
    :: other < ACTORS -> poke(other); other++
    :: else -> break
    od;
    other = 0
}

#include "runtime.pml"

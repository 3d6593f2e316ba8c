/* Promises of many, the least of them, and who waits for it (core/promises.hpp). Speakers promise 1, 2, ... in turns of
   their own; a node holds the least of the promises of each two, and the root the least of all nodes. A waiter waits for
   the root to reach 1, 2, ... Who sees it there sees all that was said until then; nobody waits for ever; the root is
   never above any promise. */
#ifndef SPEAKERS
#define SPEAKERS 2
#endif
#ifndef WAITERS
#define WAITERS 1
#endif
#ifndef TICKS
#define TICKS 2
#endif
#define ACTORS (SPEAKERS + WAITERS)
#define NODES ((SPEAKERS + 1) / 2)

/* Cells: what each speaker has said so far, its promise; the nodes and the root, which are only exchanged; what each
   waiter waits for (0: nothing). */
#define SAID(speaker) (speaker)
#define LEAF(speaker) (SPEAKERS + (speaker))
#define NODE(pair) (2 * SPEAKERS + (pair))
#if SPEAKERS > 2
#define ROOT (2 * SPEAKERS + NODES)
#else
#define ROOT NODE(0)
#endif
#define UNTIL(waiter) (2 * SPEAKERS + NODES + 1 + (waiter) - SPEAKERS)
#define CELLS (2 * SPEAKERS + NODES + 1 + WAITERS)
#define LOCALS byte least, other; bool raised, looked

byte promised[SPEAKERS]; /* a speaker's own copy of LEAF */
byte goal[ACTORS] = 1;   /* what a waiter waits for next */

inline quiet() {
    assert(memory[ROOT] == TICKS);
    do
    :: actor < ACTORS ->
        if
        :: actor < SPEAKERS -> assert(promised[actor] == TICKS)
        :: else -> assert(goal[actor] == TICKS + 1)
        fi;
        actor++
    :: else -> break
    od;
    actor = 0
}

/* The least of two cells side by side, one after the other; the second may not be there. */
inline look_at_both(begin, place, places) {
    other = place - place % 2;
    least = memory[begin + other]; /* [raise.look] */
    d_step {
        other++;
        if
        :: other < places && memory[begin + other] < least -> least = memory[begin + other]
        :: else
        fi;
        other = 0
    }
}

/* To `least`, if that is more: sets `raised`. */
inline raise_to(node) {
#ifdef PLAIN_NODE
    raised = least > memory[node];
    if
    :: raised -> memory[node] = least
    :: else
    fi
#else
    d_step { /* [raise.node] */
        let_arrive();
        raised = least > memory[node];
        if
        :: raised -> memory[node] = least
        :: else
        fi
    }
#endif
}

inline wake_waiters() {
    other = SPEAKERS;
    do
    :: other < ACTORS ->
        d_step { looked = memory[UNTIL(other)] > 0 && memory[UNTIL(other)] <= least } /* [raise.wake] */
        if
        :: looked -> poke(other)
        :: else
        fi;
        other++
    :: else -> break
    od;
    other = 0;
    looked = false
}

inline climb() {
    look_at_both(LEAF(0), actor, SPEAKERS);
    raise_to(NODE(actor / 2));
#if SPEAKERS > 2
    if
#ifdef ONE_LEVEL_ONLY
    :: raised -> raised = false
#endif
    :: raised -> look_at_both(NODE(0), 0, NODES); raise_to(ROOT)
    :: else
    fi;
#endif
#ifdef NO_WAKE
    raised = false;
#endif
#ifndef WAKE_BEFORE_RAISE
    if
    :: raised -> wake_waiters()
    :: else
    fi;
#endif
    raised = false;
    least = 0
}

inline promise_one_more() {
#ifdef PROMISE_UNSAID
    atomic { promised[actor]++; store(LEAF(actor), promised[actor]) }
    fence();
    store(SAID(actor), promised[actor]);
#else
    atomic {
        promised[actor]++;
        store(SAID(actor), promised[actor]);
        store(LEAF(actor), promised[actor]) /* [raise.leaf] */
    }
#ifndef NO_LEAF_FENCE
    fence();
#endif
#endif
#ifdef WAKE_BEFORE_RAISE
    least = promised[actor];
    wake_waiters();
#endif
    climb()
}

inline see_root() {
    atomic {
        least = memory[ROOT];
        other = 0;
        do
        :: other < SPEAKERS ->
            assert(memory[LEAF(other)] >= least);
            assert(memory[SAID(other)] >= least); /* said before it was promised */
            other++
        :: else -> break
        od;
        other = 0
    }
}

inline wait() {
#ifdef LOOK_BEFORE_SAYING
    see_root();
    store(UNTIL(actor), goal[actor]);
    fence();
#else
    store(UNTIL(actor), goal[actor]); /* [wait.say] */
#ifndef NO_WAIT_FENCE
    fence();
#endif
#ifdef NO_LOOK_AGAIN
    least = 0;
#else
    see_root(); /* [wait.again] */
#endif
#endif
    looked = least < goal[actor]
}

inline reach() {
    atomic {
        goal[actor] = least + 1;
        if
        :: goal[actor] > TICKS -> raised = true
        :: else
        fi
    }
}

/* A waiter's: its goals, one after the other; `raised`: it has reached the last, `looked`: it rests. */
inline await() {
    store(UNTIL(actor), 0);
    see_root();
    do
    :: !raised && !looked && least >= goal[actor] -> reach()
    :: !raised && !looked && least < goal[actor] -> wait()
    :: raised || looked -> break
    od;
    if
    :: raised -> work_finish()
    :: else
    fi
}

inline turn() {
    if
    :: actor < SPEAKERS ->
        promise_one_more();
        if
        :: promised[actor] < TICKS -> poke(actor)
        :: else -> work_finish()
        fi
    :: actor >= SPEAKERS && goal[actor] <= TICKS -> await()
    :: else
    fi;
    raised = false;
    looked = false;
    least = 0
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

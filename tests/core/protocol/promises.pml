/* Promises of many, the least of them (core/promises.hpp), who waits for it (core/waiters.hpp), and what is gathered for
   those (core/chorus.hpp). Speakers promise 1, 2, ... in turns of their own; a node holds the least of the promises of
   each two, and the root the least of all nodes. A waiter waits until everything up to 1, 2, ... is gathered; whoever
   finds that somebody waits for what has been promised gathers it. What is gathered has been said by all; nobody
   gathers while another one does; nobody waits for ever; the root is never above any promise. */
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
   waiter waits for (0: nothing); up to where all is gathered. */
#define SAID(speaker) (speaker)
#define LEAF(speaker) (SPEAKERS + (speaker))
#define NODE(pair) (2 * SPEAKERS + (pair))
#if SPEAKERS > 2
#define ROOT (2 * SPEAKERS + NODES)
#else
#define ROOT NODE(0)
#endif
#define UNTIL(waiter) (2 * SPEAKERS + NODES + 1 + (waiter) - SPEAKERS)
#define GATHERED (2 * SPEAKERS + NODES + 1 + WAITERS)
#define CELLS (GATHERED + 1)
#define LOCALS byte least, other, wanted, seen; bool raised, looked

byte promised[SPEAKERS]; /* a speaker's own copy of LEAF */
byte goal[ACTORS] = 1;   /* what a waiter waits for next */
byte asked;              /* how often since somebody began to gather; only exchanged */
bool gathers;            /* ghost: somebody does */

inline quiet() {
    assert(memory[ROOT] == TICKS && memory[GATHERED] == TICKS && asked == 0);
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

/* The latest time up to `least` that somebody waits for. */
inline look_who_waits() {
    wanted = 0;
    other = SPEAKERS;
    do
    :: other < ACTORS ->
        d_step { /* [wake.look] */
            if
            :: memory[UNTIL(other)] <= least && memory[UNTIL(other)] > wanted -> wanted = memory[UNTIL(other)]
            :: else
            fi;
            other++
        }
    :: else -> break
    od;
    other = 0
}

inline wake_waiters() {
    other = SPEAKERS;
    do
    :: other < ACTORS ->
        d_step { looked = memory[UNTIL(other)] > 0 && memory[UNTIL(other)] <= wanted } /* [wake.call] */
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

/* Up to `wanted`: what has been promised has been said. */
inline publish_gathered() {
    d_step { /* [gather.publish] */
        let_arrive();
        assert(wanted > memory[GATHERED]);
        memory[GATHERED] = wanted
    }
}

inline gather_once() {
    least = memory[ROOT];
    look_who_waits();
    if
    :: wanted > memory[GATHERED] ->
        atomic { /* [gather.promise] */
            do
            :: other < SPEAKERS -> assert(memory[SAID(other)] >= wanted); other++
            :: else -> break
            od;
            other = 0
        }
#ifdef WAKE_BEFORE_GATHERED
        wake_waiters();
        publish_gathered()
#else
        publish_gathered();
        wake_waiters()
#endif
    :: else
    fi;
    wanted = 0
}

inline gather() {
    d_step { let_arrive(); looked = asked > 0; asked++ } /* [gather.ask] */
#ifdef GATHER_ANYHOW
    looked = false;
#endif
    if
    :: looked -> looked = false
    :: else ->
        seen = asked;
        assert(!gathers);
        gathers = true;
        do
        :: seen > 0 ->
            gather_once();
            d_step { /* [gather.end] */
                let_arrive();
                if
#ifdef NO_LOOK_WHO_ASKED
                :: true -> asked = 0; seen = 0; gathers = false
#else
                :: asked == seen -> asked = 0; seen = 0; gathers = false
                :: else -> seen = asked
#endif
                fi
            }
        :: else -> break
        od
    fi;
    least = 0
}

/* Who has raised the root: if somebody waits for it. */
inline tell() {
    least = memory[ROOT];
    look_who_waits();
    if
    :: wanted > memory[GATHERED] -> wanted = 0; gather()
    :: else -> wanted = 0
    fi
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
#ifdef NO_TELL
    raised = false;
#endif
#ifndef TELL_BEFORE_RAISE
    if
    :: raised -> raised = false; tell()
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
#ifdef TELL_BEFORE_RAISE
    tell();
#endif
    climb()
}

inline see_root() {
    atomic {
        least = memory[ROOT];
        other = 0;
        do
        :: other < SPEAKERS -> assert(memory[LEAF(other)] >= least); other++
        :: else -> break
        od;
        other = 0
    }
}

inline gather_if_promised() {
    see_root();
    if
    :: least >= goal[actor] && memory[GATHERED] < goal[actor] -> gather()
    :: else
    fi
}

/* Sets `looked`: it is not there yet, and somebody will come. */
inline wait() {
#ifdef LOOK_BEFORE_SAYING
    gather_if_promised();
    store(UNTIL(actor), goal[actor]);
    fence();
#else
    store(UNTIL(actor), goal[actor]); /* [wait.say] */
#ifndef NO_WAIT_FENCE
    fence();
#endif
#ifndef NO_LOOK_AGAIN
    gather_if_promised(); /* [wait.again] */
#endif
#endif
    least = memory[GATHERED];
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
    least = memory[GATHERED];
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

/* One log that a speaker writes and all listeners read (core/broadcast.hpp). Messages are numbered 1, 2, ...; number k
   is sent at time k, and promised once it is in the log. Every listener hears each once and in order, whatever is
   written over, and whatever ring it is in. */
#ifndef LISTENERS
#define LISTENERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 4
#endif
#ifndef RING
#define RING 1 /* slots of the first ring */
#endif
#define ACTORS (LISTENERS + 1)
#define SPEAKER LISTENERS
/* Who is heard too late doubles the ring with every half of it: in the last one there is room for all messages. */
#if MESSAGES > 4 * RING
#define RINGS 4
#define SLOTS 15 * RING
#else
#define RINGS 3
#define SLOTS 7 * RING
#endif

/* Cells: the promise, the count, the ring at hand; up to when each listener has heard everything; the slots of all
   rings, each with twice as many as the one before. */
#define PROMISE 0
#define COUNT 1
#define AT_HAND 2
#define HEARD(listener) (3 + (listener))
#define SLOT(ring, count) (3 + LISTENERS + ((1 << (ring)) - 1) * RING + (count) % ((1 << (ring)) * RING))
#define CELLS (3 + LISTENERS + SLOTS)
#define LOCALS byte until, count, ring, other

byte made;            /* messages so far: the speaker's own copy of COUNT */
byte first;           /* speaker's: messages that all have heard */
byte at_hand;         /* speaker's own copy of AT_HAND */
byte heard[LISTENERS];

inline quiet() {
    do
    :: actor < LISTENERS -> assert(heard[actor] == MESSAGES); actor++
    :: else -> break
    od;
    actor = 0;
    assert(made == MESSAGES)
}

/* [say.grow] What somebody may not have heard goes into the next ring; then that is the one at hand. */
inline grow() {
    atomic {
        at_hand++;
        assert(at_hand < RINGS);
#ifdef RING_BEFORE_COPY
        store(AT_HAND, at_hand);
#endif
        count = first;
        do
        :: count < made -> store(SLOT(at_hand, count), count + 1); count++
        :: else -> break
        od;
        count = 0;
#ifndef RING_BEFORE_COPY
        store(AT_HAND, at_hand)
#endif
    }
}

inline make_room() {
    until = 255;
    other = 0;
    do
    :: other < LISTENERS -> /* [say.look] */
        d_step {
            if
            :: memory[HEARD(other)] < until -> until = memory[HEARD(other)]
            :: else
            fi;
            other++
        }
    :: else -> break
    od;
    other = 0;
#ifdef WRITE_OVER_UNHEARD
    until = made;
#endif
    first = (until > first -> until : first);
    until = 0;
    if
    :: made - first > (1 << at_hand) * RING / 2 -> grow()
    :: else
    fi
}

inline say() {
    if
    :: made - first == (1 << at_hand) * RING -> make_room()
    :: else
    fi;
    atomic {
#ifdef COUNT_BEFORE_MESSAGE
        store(COUNT, made + 1);
        store(SLOT(at_hand, made), made + 1);
#else
        store(SLOT(at_hand, made), made + 1);
        store(COUNT, made + 1); /* [say.count] */
#endif
        made++
    }
}

inline tell() {
    other = 0;
    do
    :: other < LISTENERS -> poke(other); other++
    :: else -> break
    od;
    other = 0
}

inline speak() {
#ifdef PROMISE_UNSAID
    store(PROMISE, made + 1);
    say();
#else
    say();
    store(PROMISE, made);
#endif
    tell();
    if
    :: made < MESSAGES -> poke(actor)
    :: else -> work_finish()
    fi
}

/* Everything up to what has been promised, message by message. */
inline listen() {
    until = memory[PROMISE];
#ifdef HEARD_BEFORE_READING
    store(HEARD(actor), until);
#endif
#ifdef RING_BEFORE_COUNT
    ring = memory[AT_HAND];
    count = memory[COUNT];
#else
    count = memory[COUNT]; /* [listen.count] */
    ring = memory[AT_HAND]; /* [listen.ring] */
#endif
    assert(count >= until); /* what is promised is in the log */
    do
    :: other == 0 && heard[actor] < count ->
        atomic {
            if
            :: memory[SLOT(ring, heard[actor])] > until -> other = 1 /* it comes with a later promise */
            :: else ->
                assert(memory[SLOT(ring, heard[actor])] == heard[actor] + 1); /* once, and in order */
                heard[actor]++
            fi
        }
    :: other == 1 || heard[actor] >= count -> break
    od;
    other = 0;
#ifndef HEARD_BEFORE_READING
    store(HEARD(actor), until);
#endif
    if
    :: until == MESSAGES -> work_finish()
    :: else
    fi
}

inline turn() {
    if
    :: actor == SPEAKER -> speak()
    :: actor != SPEAKER && heard[actor] < MESSAGES -> listen()
    :: else
    fi;
    until = 0;
    count = 0;
    ring = 0
}

inline start() {
    other = 0;
    do
    :: other < ACTORS -> work_add(); other++
    :: else -> break
    od;
    other = 0;
    poke(SPEAKER)
}

#include "runtime.pml"

/* One actor sends to another through a ring and an overflow (core/channel.hpp), any number of messages a turn. Each
   message is delivered once, in order, whatever happens in between; nobody waits for ever for room; and the phase ends
   when all have been delivered. */
#ifndef RING
#define RING 1
#endif
#ifndef MESSAGES
#define MESSAGES 4
#endif
#define ACTORS 2
#define SENDER 0
#define RECEIVER 1
#define RING_CELLS 0
#define CELLS (4 + RING)
#define LOCALS RING_LOCALS; bool wrote

#include "ring.pml"

bool finished; /* the sender has given back its unit of work */

inline quiet() {
    assert(received == MESSAGES);
    assert(empty(overflow));
    assert(finished)
}

inline flush() {
    push_waiting();
    if
    :: empty(overflow) -> work_finish()
    :: nempty(overflow)
    fi;
#ifndef NO_POKE_AFTER_FLUSH
    poke(RECEIVER) /* "after a flush that moved anything" */
#endif
}

inline sender_turn() {
    if
    :: nempty(overflow) -> flush()
    :: empty(overflow)
    fi;
    do
    :: made < MESSAGES ->
        send();
        if
        :: began -> work_add(); began = false /* a non-empty overflow counts as work */
        :: else
        fi;
#ifndef NO_POKE_AFTER_SEND
        poke(RECEIVER); /* "after it has sent" */
#endif
        wrote = true
    :: wrote || nempty(overflow) || made == MESSAGES -> break
    od;
    if
    :: made < MESSAGES && wrote -> poke(SENDER)
    :: made < MESSAGES && nempty(overflow) /* waits for room, and for the receiver's poke alone */
    :: made == MESSAGES && !finished -> finished = true; work_finish()
    :: made == MESSAGES && finished
    fi;
    wrote = false
}

inline turn() {
    if
    :: actor == SENDER -> sender_turn()
    :: else -> drain()
    fi
}

inline start() {
    work_add();
    poke(SENDER)
}

#include "runtime.pml"

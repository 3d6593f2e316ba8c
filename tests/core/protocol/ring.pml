/* One channel (core/channel): a ring, and behind it the sender's overflow. RING, MESSAGES and RING_CELLS (the first of its
   4 + RING cells) are the including model's. Messages are numbered 1, 2, ... */

/* Cells: the ring's two indices (counts of messages, never wrapped), the flag, and the slots with one to spare, as in
   Boost. */
#define WRITTEN (RING_CELLS)
#define READ (RING_CELLS + 1)
#define WAITS (RING_CELLS + 2)
#define SLOT(count) (RING_CELLS + 3 + (count) % (RING + 1))

chan overflow = [MESSAGES] of { byte }; /* the sender's */
byte made;     /* messages that the sender has made so far */
byte written;  /* the sender's own copy of WRITTEN */
byte received; /* the receiver's own copy of READ */

#define RING_LOCALS byte room, message; bool began

/* What fits goes from the overflow into the ring: one look at the receiver's index, one store of one's own. */
inline push_waiting() {
    atomic { /* [push.look] */
        room = RING - (written - memory[READ]);
        began = room > 0;
        do
        :: room > 0 && nempty(overflow) -> overflow?message; store(SLOT(written), message); written++; room--
        :: room == 0 || empty(overflow) -> break
        od;
        if
        :: began -> store(WRITTEN, written)
        :: else
        fi;
        if
        :: empty(overflow) -> store(WAITS, 0) /* [push.done] */
        :: nempty(overflow)
        fi;
        room = 0;
        message = 0;
        began = false
    }
}

/* The next message. Sets `began`: it began an overflow. */
inline send() {
    atomic {
        made++;
        if
#ifdef NO_BEHIND
        :: written - memory[READ] < RING ->
#else
        :: nempty(overflow) -> overflow!made /* [send.behind] */
        :: empty(overflow) && written - memory[READ] < RING -> /* [send.push] */
#endif
            store(SLOT(written), made); written++; store(WRITTEN, written)
#ifdef NO_BEHIND
        :: written - memory[READ] >= RING -> began = empty(overflow); overflow!made
#else
        :: empty(overflow) && written - memory[READ] >= RING -> began = true; overflow!made
#endif
        fi;
#ifndef FLAG_AFTER_RETRY
        if
        :: began -> store(WAITS, 1) /* [send.flag] */
        :: else
        fi
#endif
    }
    if
    :: began ->
#ifndef NO_SEND_FENCE
        fence(); /* [send.fence] */
#endif
#ifndef NO_RETRY
        push_waiting(); /* [send.retry] */
#endif
#ifdef FLAG_AFTER_RETRY
        atomic {
            if
            :: nempty(overflow) -> store(WAITS, 1)
            :: empty(overflow)
            fi
        }
        fence();
#endif
        began = nempty(overflow)
    :: else
    fi
}

/* Everything that is in the ring now; pokes a sender that waits for room. Of the messages it needs to look at the index
   alone: what stands before it is in the ring to stay. */
inline drain() {
    atomic {
        room = memory[WRITTEN]; /* [drain.look] */
        if
        :: room > received ->
            do
            :: room > received ->
                assert(memory[SLOT(received)] == received + 1); /* once, and in order */
                received++
            :: else -> break
            od;
            store(READ, received); /* [drain.room] */
            room = 1
        :: else -> room = 0
        fi
    }
    if
    :: room > 0 ->
#ifndef NO_DRAIN_FENCE
        fence(); /* [drain.fence] */
#endif
        room = memory[WAITS]; /* [drain.waits]: sender_waits() */
#ifndef NO_POKE_SENDER
        if
        :: room > 0 -> poke(SENDER)
        :: else
        fi;
#endif
        room = 0
    :: else
    fi
}

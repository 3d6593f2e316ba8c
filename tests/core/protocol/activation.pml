/* Actors that write to each other and poke, in any order: idle, scheduled, running, poked (core/actor.hpp). Nobody
   misses a letter, nobody runs twice at once, and the phase ends once, when all letters have been read. */
#ifndef ACTORS
#define ACTORS 3
#endif
#ifndef LETTERS
#define LETTERS 2 /* the first two actors write so many each, to anybody; the others answer once */
#endif
#define CELLS (ACTORS * ACTORS)

/* By pair: what the writer has written (its own count; the cell in memory is what a reader may see), and what was read. */
byte sent[CELLS], seen[CELLS];
byte left[ACTORS] = LETTERS;

#define LOCALS byte other, at; bool wrote

inline quiet() {
    cell = 0;
    do
    :: cell < CELLS -> assert(seen[cell] == sent[cell]); cell++
    :: else -> break
    od;
    cell = 0;
    assert(left[0] == 0 && left[1] == 0)
}

inline read_all() {
    other = 0;
    do
    :: other < ACTORS ->
        d_step { at = other * ACTORS + actor; seen[at] = memory[at]; at = 0; other++ }
    :: else -> break
    od;
    other = 0
}

inline choose_other() {
    if
    :: actor != 0 -> other = 0
    :: actor != 1 -> other = 1
#if ACTORS > 2
    :: actor != 2 -> other = 2
#endif
    fi
}

inline write() {
    atomic {
        left[actor]--;
        choose_other();
        at = actor * ACTORS + other;
        sent[at]++;
        store(at, sent[at]);
        at = 0
    }
    poke(other);
    other = 0;
    wrote = true
}

inline turn() {
    read_all();
    do
    :: left[actor] > 0 -> write()
    :: left[actor] == 0 || wrote -> break
    od;
    if
    :: actor < 2 && left[actor] > 0 -> poke(actor)
    :: actor < 2 && left[actor] == 0 && wrote -> work_finish()
    :: else
    fi;
    wrote = false
}

inline start() {
    left[ACTORS - 1] = (ACTORS > 2 -> 1 : LETTERS);
    work_add();
    work_add();
    poke(0);
    poke(1)
}

#include "runtime.pml"

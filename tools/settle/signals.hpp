// Ctrl-C, a terminal that goes away, and the signals by which batch systems announce the end: noted, and acted on
// between minibatches, or inside one that takes too long; before a run begins, at once.
#pragma once

namespace settle {

/// From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU end the program at once, with a line on stderr and
/// the exit code 128 + signal: for whatever looks, prepares or draws, and has nothing to keep. Under nohup SIGHUP stays
/// ignored.
void end_at_signals();

/// From now on the first SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 or SIGXCPU is only noted. A second SIGINT, SIGTERM
/// or SIGHUP of the same kind ends the program at once; the others, which come again of themselves, do not. Under nohup
/// SIGHUP stays ignored. Should the program still be there after 3 s without having said what it waits for, it says on
/// stderr that it stops. A reader of the output that has gone (`settle run … | head -1`) ends nothing.
void watch_signals();

/// The signal that came, or 0. Any thread.
int signal_that_came();

/// Any thread, inside a minibatch of training: whether the signal has waited so long for its end that the minibatch is
/// to be dropped, so that a run ends within 5 s of it. The first call after the signal says on stderr what is waited
/// for.
bool signal_waited_long();

/// From now on nothing is said about signals: another rank does.
void leave_talking_to_others();

/// What a user calls it.
const char* signal_name(int signal);

}  // namespace settle

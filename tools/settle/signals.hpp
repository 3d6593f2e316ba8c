// Ctrl-C, SIGTERM and a terminal that goes away: noted, and acted on between minibatches.
#pragma once

namespace settle {

/// From now on the first SIGINT, SIGTERM or SIGHUP is only noted; a second one ends the program at once. Under nohup
/// SIGHUP stays ignored. A reader of the output that has gone (`settle run … | head -1`) ends nothing.
void watch_signals();

/// The signal that came, or 0. Any thread.
int signal_that_came();

/// What a user calls it.
const char* signal_name(int signal);

}  // namespace settle

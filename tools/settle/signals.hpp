// Ctrl-C and SIGTERM: noted, and acted on between minibatches.
#pragma once

namespace settle {

/// From now on the first SIGINT or SIGTERM is only noted; a second one ends the program at once.
void watch_signals();

/// The signal that came, or 0. Any thread.
int signal_that_came();

}  // namespace settle

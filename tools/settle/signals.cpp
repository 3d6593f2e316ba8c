#include "tools/settle/signals.hpp"

#include <csignal>
#include <initializer_list>

namespace settle {

namespace {

volatile std::sig_atomic_t noted = 0;

extern "C" void note_signal(int signal) {
    noted = signal;
}

}  // namespace

void watch_signals() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action = {};
        if (signal == SIGHUP && sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
        action.sa_handler = note_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int signal_that_came() {
    return noted;
}

const char* signal_name(int signal) {
    return signal == SIGTERM ? "SIGTERM" : signal == SIGHUP ? "SIGHUP" : "Ctrl-C";
}

}  // namespace settle

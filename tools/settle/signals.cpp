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
    for (const int signal : {SIGINT, SIGTERM}) {
        struct sigaction action = {};
        action.sa_handler = note_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
}

int signal_that_came() {
    return noted;
}

}  // namespace settle

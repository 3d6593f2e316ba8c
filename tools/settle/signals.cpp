#include "tools/settle/signals.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace settle {

namespace {

/// Of the 5 s, what a minibatch may still take; the rest is for the engine to come to a halt and for the checkpoint.
constexpr std::int64_t patience = 2'000'000'000;  // ns

volatile std::sig_atomic_t noted = 0;
std::atomic<std::int64_t> noted_at{0};  // ns, of the monotonic clock
std::atomic<bool> told{false};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "a signal handler writes it");

std::int64_t now() {
    timespec time = {};
    clock_gettime(CLOCK_MONOTONIC, &time);  // which a signal handler may call
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

extern "C" void note_signal(int signal) {
    if (noted != 0) return;
    noted_at.store(now());
    noted = signal;
}

struct Watched {
    int signal;
    const char* name;
    bool comes_again;  ///< of itself, so that a second one is not somebody's impatience
};

// A batch system says by the last three that a job's time is nearly up (Slurm's --signal, Grid Engine's -notify and
// s_rt); the kernel repeats SIGXCPU every second beyond a limit of processor time.
constexpr Watched watched[] = {{SIGINT, "Ctrl-C", false},  {SIGTERM, "SIGTERM", false}, {SIGHUP, "SIGHUP", false},
                               {SIGUSR1, "SIGUSR1", true}, {SIGUSR2, "SIGUSR2", true},  {SIGXCPU, "SIGXCPU", true}};

}  // namespace

void watch_signals() {
    for (const Watched& one : watched) {
        struct sigaction action = {};
        if (one.signal == SIGHUP && sigaction(one.signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
            continue;
        action.sa_handler = note_signal;
        action.sa_flags = one.comes_again ? SA_RESTART : static_cast<int>(SA_RESETHAND | SA_RESTART);
        sigemptyset(&action.sa_mask);
        sigaction(one.signal, &action, nullptr);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int signal_that_came() {
    return noted;
}

bool signal_waited_long() {
    if (noted == 0) return false;
    if (!told.exchange(true)) std::fputs("settle: stopping after this minibatch\n", stderr);
    return now() - noted_at.load() > patience;
}

const char* signal_name(int signal) {
    for (const Watched& one : watched) {
        if (one.signal == signal) return one.name;
    }
    return "a signal";
}

}  // namespace settle

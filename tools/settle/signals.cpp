#include "tools/settle/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace settle {

namespace {

/// Of the 5 s, what a minibatch may still take; the rest is for the engine to come to a halt and for the checkpoint.
constexpr std::int64_t patience = 2'000'000'000;  // ns

/// Of the 5 s, until it is said that something takes long.
constexpr unsigned seconds_in_silence = 3;

// Workers ask for it too.
std::atomic<int> noted{0};
std::atomic<std::int64_t> noted_at{0};  // ns, of the monotonic clock
std::atomic<bool> told{false}, silent{false};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler writes them");

std::int64_t now() {
    timespec time = {};
    clock_gettime(CLOCK_MONOTONIC, &time);  // which a signal handler may call
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
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

/// "settle: WHAT" on stderr, from a signal handler: in one piece, with calls that are allowed there. What is said must
/// not depend on whether there is somebody to read it.
void tell(const char* before, int signal, const char* after) {
    if (silent.load()) return;
    char text[160] = "settle: ";
    for (const char* part : {before, signal_name(signal), after})
        std::strncat(text, part, sizeof(text) - std::strlen(text) - 1);
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text, std::strlen(text));
}

/// Until something is kept, there is nothing to wait for.
extern "C" void end_at_once(int signal) {
    tell("stopped by ", signal, "\n");
    _exit(128 + signal);
}

extern "C" void note_signal(int signal) {
    if (noted != 0) return;
    noted_at.store(now());
    noted = signal;
    alarm(seconds_in_silence);
}

/// Whatever it is that takes long and does not look at the signal: what is drawn, loaded, tabulated or written.
extern "C" void break_silence(int /*alarm*/) {
    if (!told.exchange(true)) tell("", noted, " came: stopping as soon as what is being done has ended\n");
}

void handle(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = flags | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

/// Under nohup.
bool stays_ignored(int signal) {
    struct sigaction action = {};
    return signal == SIGHUP && sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void end_at_signals() {
    for (const Watched& one : watched) {
        if (!stays_ignored(one.signal)) handle(one.signal, end_at_once, 0);
    }
}

void watch_signals() {
    handle(SIGALRM, break_silence, 0);
    for (const Watched& one : watched) {
        if (stays_ignored(one.signal)) continue;
        handle(one.signal, note_signal, one.comes_again ? 0 : static_cast<int>(SA_RESETHAND));
    }
    std::signal(SIGPIPE, SIG_IGN);
}

int signal_that_came() {
    return noted;
}

bool signal_waited_long() {
    if (noted == 0) return false;
    if (!told.exchange(true) && !silent.load()) std::fputs("settle: stopping after this minibatch\n", stderr);
    return now() - noted_at.load() > patience;
}

void leave_talking_to_others() {
    silent.store(true);
}

const char* signal_name(int signal) {
    for (const Watched& one : watched) {
        if (one.signal == signal) return one.name;
    }
    return "a signal";
}

}  // namespace settle

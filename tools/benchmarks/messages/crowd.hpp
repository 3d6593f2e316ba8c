// The task that both runtimes are given: 64 actors, each with a clock, that send a message to each of 32 others at
// every tick. A message is one bit and the number of who sent it; it is received by the actor it was sent to, alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace crowd {

constexpr int senders = 64, receivers = 32;

struct Bit {
    std::uint32_t source;
    bool value;
};

/// The bit that a sender sends at a tick: about half of them are 1, and who loses or repeats one gets another sum.
inline bool bit(std::uint32_t source, std::uint32_t tick) {
    return (source * 7 + tick * 5 + tick / 3) % 4 < 2;
}

/// What every receiver must have got, in all.
struct Received {
    std::uint64_t messages = 0, ones = 0;
    bool operator==(const Received&) const = default;
};

inline Received expected(std::uint32_t ticks) {
    Received sum;
    for (std::uint32_t source = 0; source < senders; ++source) {
        for (std::uint32_t tick = 0; tick < ticks; ++tick) sum.ones += bit(source, tick);
    }
    sum.messages = std::uint64_t{senders} * ticks;
    return sum;
}

/// `program THREADS TICKS`: prints million messages a second, after a warm-up of a tenth of the ticks; exit code 3 if a
/// message was lost or repeated. run(threads, ticks, received) plays the whole task, with the actors already there.
template <class Run>
int measure(int argc, char** argv, Run&& run) {
    const int threads = argc == 3 ? std::atoi(argv[1]) : 0;
    const int ticks = argc == 3 ? std::atoi(argv[2]) : 0;
    if (threads < 1 || ticks < 10) {
        std::fprintf(stderr, "usage: %s THREADS TICKS (at least 1 and 10)\n", argv[0]);
        return 2;
    }
    double rate = 0;
    for (const int part : {ticks / 10, ticks}) {
        const auto count = static_cast<std::uint32_t>(part);
        Received received[receivers];
        const std::chrono::duration<double> passed = run(threads, count, received);
        for (const Received& one : received) {
            if (one == expected(count)) continue;
            std::fprintf(stderr, "%s: messages were lost or repeated\n", argv[0]);
            return 3;
        }
        rate = 1e-6 * senders * receivers * part / passed.count();
    }
    std::printf("%.2f\n", rate);
    return 0;
}

}  // namespace crowd

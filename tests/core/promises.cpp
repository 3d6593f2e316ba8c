#include "core/promises.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

using namespace settle;

TEST_CASE("the least of all promises, of any number of speakers, and whether it has risen") {
    for (const int speakers : {1, 2, 15, 16, 17, 300, 600}) {
        CAPTURE(speakers);
        Promises promises(speakers);
        std::vector<Time> plain(static_cast<std::size_t>(speakers), -1);
        CHECK(promises.least() == -1);
        std::mt19937 draw(static_cast<unsigned>(speakers));
        bool right = true;
        for (int step = 0; step < 8 * speakers; ++step) {
            const auto speaker = draw() % plain.size();
            const Time before = *std::min_element(plain.begin(), plain.end());
            const Time more = 1 + static_cast<Time>(draw() % 8);
            plain[speaker] += more;
            const bool risen = promises.raise(static_cast<int>(speaker), plain[speaker]);
            const Time least = *std::min_element(plain.begin(), plain.end());
            right = right && risen == (least > before) && promises.least() == least;
            right = right && promises.of(static_cast<int>(speaker)) == plain[speaker];
        }
        CHECK(right);
    }
}

TEST_CASE("a promise can be taken back while nobody runs") {
    Promises promises(40);
    for (int speaker = 0; speaker < 40; ++speaker) CHECK(promises.raise(speaker, 20) == (speaker == 39));
    CHECK(promises.least() == 20);
    promises.reset(17, 3);
    CHECK(promises.least() == 3);
    CHECK_FALSE(promises.raise(16, 30));
    CHECK(promises.raise(17, 25));
    CHECK(promises.least() == 20);
    for (int speaker = 0; speaker < 40; ++speaker) promises.reset(speaker, Promises::never);
    CHECK(promises.least() == Promises::never);
}

TEST_CASE("promises of many threads: the least is never above any, and comes to be the least of all") {
    constexpr int threads = 4, each = 9;
    constexpr Time last = 20'000;
    Promises promises(threads * each);
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) {
        running.emplace_back([&promises, thread] {
            for (Time time = 0; time <= last; ++time) {
                for (int i = 0; i < each; ++i) promises.raise(i * threads + thread, time);
            }
        });
    }
    Time seen = -1;
    bool holds = true;
    while (seen < last) {
        const Time least = promises.least();
        holds = holds && least >= seen;
        seen = least;
        for (int speaker = 0; speaker < threads * each; ++speaker) holds = holds && promises.of(speaker) >= least;
        std::this_thread::yield();
    }
    for (std::thread& one : running) one.join();
    CHECK(holds);
    CHECK(promises.least() == last);
}

#include "core/promises.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

using namespace settle;

namespace {

const auto nobody = [](int) { FAIL("somebody was woken"); };

}  // namespace

TEST_CASE("the least of all promises, of any number of speakers, and who is woken when it rises") {
    for (const int speakers : {1, 2, 15, 16, 17, 300, 5000}) {
        CAPTURE(speakers);
        Promises promises(speakers, {7, 3});
        std::vector<Time> plain(static_cast<std::size_t>(speakers), -1);
        CHECK(promises.least() == -1);
        std::mt19937 draw(static_cast<unsigned>(speakers));
        Time until = 5;
        REQUIRE(promises.wait(1, until));
        for (int step = 0; step < 20 * speakers; ++step) {
            const auto speaker = draw() % plain.size();
            const Time before = *std::min_element(plain.begin(), plain.end());
            plain[speaker] += draw() % 8;
            std::vector<int> woken;
            promises.raise(static_cast<int>(speaker), plain[speaker], [&](int who) { woken.push_back(who); });
            const Time least = *std::min_element(plain.begin(), plain.end());
            REQUIRE(promises.least() == least);
            REQUIRE(promises.of(static_cast<int>(speaker)) == plain[speaker]);
            // Whoever has been reached stays woken until it waits for more.
            const bool reached = least > before && least >= until;
            if (speakers > 1) REQUIRE(woken == (reached ? std::vector{3} : std::vector<int>()));
            if (least >= until) {
                CHECK_FALSE(promises.wait(1, until));
                until = least + static_cast<Time>(draw() % 9) + 1;
                CHECK(promises.wait(1, until));
            }
        }
    }
}

TEST_CASE("who waits no more is not woken, and a promise can be taken back while nobody runs") {
    Promises promises(40, {1});
    for (int speaker = 0; speaker < 40; ++speaker) promises.raise(speaker, 10, nobody);
    CHECK(promises.least() == 10);
    CHECK(promises.wait(0, 11));
    promises.wait_no_more(0);
    for (int speaker = 0; speaker < 40; ++speaker) promises.raise(speaker, 20, nobody);
    CHECK(promises.least() == 20);
    promises.reset(17, 3);
    CHECK(promises.least() == 3);
    for (int speaker = 0; speaker < 40; ++speaker) promises.reset(speaker, Promises::never);
    CHECK(promises.least() == Promises::never);
}

TEST_CASE("promises of many threads: the least is never above any, and comes to be the least of all") {
    constexpr int threads = 4, each = 9;
    constexpr Time last = 20'000;
    Promises promises(threads * each, {0});
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) {
        running.emplace_back([&promises, thread] {
            for (Time time = 0; time <= last; ++time) {
                for (int i = 0; i < each; ++i) promises.raise(i * threads + thread, time, [](int) {});
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

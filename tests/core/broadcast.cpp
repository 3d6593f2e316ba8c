#include "core/broadcast.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

using namespace settle;

namespace {

struct Remark {
    Time sent;
    std::uint32_t number;
};

constexpr Time nothing = std::numeric_limits<Time>::max();

std::vector<std::uint32_t> heard(const Broadcast<Remark>& log, std::uint32_t& next, Time until, Time later = nothing) {
    std::vector<std::uint32_t> numbers;
    const Time found = log.listen(next, until, nothing, [&](const Remark& one) { numbers.push_back(one.number); });
    CHECK(found == later);
    return numbers;
}

using Numbers = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("what is said once is heard by everybody, in order, up to the time asked for") {
    for (const std::uint32_t capacity : {1u, 2u, 3u, 8u}) {
        Broadcast<Remark> log(capacity);
        CHECK(log.capacity() == 0);
        std::uint32_t first = 0, second = 0;
        CHECK(heard(log, first, 100) == Numbers());
        for (std::uint32_t i = 0; i < 5; ++i) log.say({10 * i, i}, [] { return Time{-1}; });
        CHECK(heard(log, first, 9, 10) == Numbers{0});
        CHECK(heard(log, second, 20, 30) == Numbers{0, 1, 2});
        CHECK(heard(log, second, 29, 30) == Numbers());
        CHECK(heard(log, first, 40) == Numbers{1, 2, 3, 4});
        CHECK(heard(log, second, 1000) == Numbers{3, 4});
        CHECK(log.said() == 5);
    }
}

TEST_CASE("a ring is used again once all have heard it, and grows while somebody has not") {
    Broadcast<Remark> log(4);
    std::uint32_t next = 0, asked = 0;
    Time until = -1;
    const auto all_heard = [&] {
        ++asked;
        return until;
    };
    for (std::uint32_t i = 0; i < 1000; ++i) {
        log.say({i, i}, all_heard);
        CHECK(heard(log, next, i) == Numbers{i});
        until = i;
    }
    CHECK(log.capacity() == 4);
    CHECK(asked == 999 / 4);
    for (std::uint32_t i = 1000; i < 1100; ++i) log.say({i, i}, all_heard);
    CHECK(log.capacity() == 128);
    Numbers all(100);
    for (std::uint32_t i = 0; i < 100; ++i) all[i] = 1000 + i;
    CHECK(heard(log, next, 5000) == all);
    log.clear();
    log.say({7, 1100}, all_heard);  // time may begin anew
    CHECK(heard(log, next, 7) == Numbers{1100});
}

TEST_CASE("one thread says many things into a ring of one, and four others hear each once and in order") {
    constexpr std::uint32_t messages = 20'000;
    constexpr std::size_t listeners = 4;
    Broadcast<Remark> log(1);
    std::atomic<Time> promised{-1}, heard[listeners];
    for (auto& one : heard) one.store(-1);
    std::atomic<int> wrong{0};
    std::vector<std::thread> running;
    for (std::size_t listener = 0; listener < listeners; ++listener) {
        running.emplace_back([&, listener] {
            std::uint32_t next = 0, expected = 0;
            while (expected < messages) {
                const Time until = promised.load();
                log.listen(next, until, nothing, [&](const Remark& remark) {
                    if (remark.number != expected++ || remark.sent > until) ++wrong;
                });
                if (until >= 0 && expected < messages && static_cast<Time>(expected) < 3 * until) ++wrong;
                heard[listener].store(until);
                std::this_thread::yield();
            }
        });
    }
    const auto all_heard = [&] {
        return std::min({heard[0].load(), heard[1].load(), heard[2].load(), heard[3].load()});
    };
    for (std::uint32_t number = 0; number < messages; ++number) {
        const Time now = number / 3;
        log.say({now, number}, all_heard);
        if (number % 3 == 2) promised.store(now);
        while (all_heard() < now - 20) std::this_thread::yield();
    }
    promised.store(nothing - 1);
    for (std::thread& one : running) one.join();
    CHECK(wrong == 0);
    CHECK(log.capacity() <= 256);
}

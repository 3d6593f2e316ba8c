#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "courier.hpp"

using namespace settle;

namespace {

/// Sends about `messages` letters along a graph and checks that each arrived once and in its place.
void deliver(Courier& courier, WorkerPool& workers, std::uint64_t messages) {
    run_phase(workers, courier.work, courier.watchdog, courier.failure, [&] { courier.start(); });
    CHECK(courier.received() == messages);
    CHECK(courier.in_order());
    CHECK(courier.actors.all_idle());
    CHECK(courier.work.units() == 0);
}

void chain(int threads, std::uint32_t capacity, std::uint32_t messages) {
    constexpr int actors = 11;
    WorkerPool workers(threads);
    Links links;
    for (int i = 0; i + 1 < actors; ++i) links.emplace_back(i, i + 1);
    Courier courier(actors, links, capacity, workers);
    courier.order(0, messages / 10, actors - 2);
    deliver(courier, workers, messages);
    CHECK(courier.overflows() > 0);
}

void ring(int threads, std::uint32_t capacity, std::uint32_t messages) {
    constexpr int actors = 10;
    WorkerPool workers(threads);
    Links links;
    for (int i = 0; i < actors; ++i) links.emplace_back(i, (i + 1) % actors);
    Courier courier(actors, links, capacity, workers);
    for (int i = 0; i < actors; ++i) courier.order(i, 4, messages / (4 * actors) - 1);
    deliver(courier, workers, messages);
}

void all_to_all(int threads, std::uint32_t capacity, std::uint32_t messages) {
    constexpr int actors = 10;
    WorkerPool workers(threads);
    Links links;
    for (int i = 0; i < actors; ++i) {
        for (int j = 0; j < actors; ++j) {
            if (i != j) links.emplace_back(i, j);
        }
    }
    Courier courier(actors, links, capacity, workers);
    for (int i = 0; i < actors; ++i) courier.order(i, messages / 100, i % 2 == 0 ? 1 : 0);
    const std::uint64_t first = 90 * std::uint64_t{messages / 100};
    deliver(courier, workers, first + first / 2);
    CHECK(courier.overflows() > 0);
}

void everywhere(std::uint32_t messages) {
    for (const int threads : {1, 2, 4, 8}) {
        CAPTURE(threads);
        chain(threads, 1, messages);
        ring(threads, 2, messages);
        all_to_all(threads, threads % 4 == 0 ? 1 : 2, messages);
    }
}

/// 64 actors each send one-bit messages to each of 32, one message a turn and channel.
void crowd(int threads, std::uint32_t capacity) {
    constexpr std::uint32_t each = 5'000;
    WorkerPool workers(threads);
    Links links;
    for (int i = 0; i < 64; ++i) {
        for (int j = 64; j < 96; ++j) links.emplace_back(i, j);
    }
    Courier courier(96, links, capacity, workers);
    courier.burst = 1;
    for (int i = 0; i < 64; ++i) courier.order(i, each, 0);
    const auto start = std::chrono::steady_clock::now();
    deliver(courier, workers, std::uint64_t{64} * 32 * each);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    MESSAGE(threads << " threads, rings of " << capacity << ": " << 64e-6 * 32 * each / passed.count()
                    << " million messages a second, posts a message "
                    << static_cast<double>(workers.posts()) / (64.0 * 32 * each));
}

}  // namespace

TEST_CASE(
    "chain and ring and all-to-all: a million messages on 1 and 2 and 4 and 8 threads through rings of one and two") {
    everywhere(1'000'000);
}

TEST_SUITE("full") {
    TEST_CASE("chain and ring and all-to-all: ten million messages on 1 and 2 and 4 and 8 threads") {
        everywhere(10'000'000);
    }

    TEST_CASE("how many messages a second 64 actors send to 32") {
        for (const int threads : {1, 2}) {
            for (const std::uint32_t capacity : {2u, 8u}) crowd(threads, capacity);
        }
    }
}

#include "core/phase.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "courier.hpp"
#include "hand_driven.hpp"

using namespace settle;

namespace {

void run(Courier& courier, WorkerPool& workers) {
    run_phase(workers, courier.work, courier.watchdog, courier.failure, [&] { courier.start(); });
}

const Links there_and_back = {{0, 1}, {1, 0}};

}  // namespace

TEST_CASE("a phase without work ends at once; one phase follows another") {
    for (const int threads : {1, 2, 4}) {
        WorkerPool workers(threads);
        Courier courier(2, there_and_back, 1, workers);
        run(courier, workers);
        for (std::uint64_t phase = 1; phase <= 500; ++phase) {
            courier.order(0, 3, 1);
            run(courier, workers);
            REQUIRE(courier.received() == 6 * phase);
        }
        CHECK(courier.in_order());
    }
}

TEST_CASE("with one thread everything runs on the caller, as worker 0, in the order of the posts") {
    struct Seen {
        WorkerPool workers{1};
        std::vector<int> order;
        bool all_here = true;
        std::thread::id caller = std::this_thread::get_id();
    } seen;
    const auto note = [](void* context, int index, int worker) {
        Seen& self = *static_cast<Seen*>(context);
        self.order.push_back(index);
        self.all_here = self.all_here && worker == 0 && std::this_thread::get_id() == self.caller;
        if (index == 3) self.workers.release();
    };
    for (const int index : {1, 2, 3}) seen.workers.post({note, &seen, index});
    seen.workers.run(std::chrono::seconds(1), [] {});
    CHECK(seen.order == std::vector<int>{1, 2, 3});
    CHECK(seen.all_here);
    CHECK(seen.workers.posts() == 3);
}

TEST_CASE("jobs know which of the workers runs them") {
    for (const int threads : {1, 3}) {
        struct Seen {
            explicit Seen(int threads) : workers(threads), of_worker(static_cast<std::size_t>(threads)) {}
            WorkerPool workers;
            std::vector<std::atomic<int>> of_worker;
            std::atomic<int> left{1000};
        } seen(threads);
        const auto note = [](void* context, int, int worker) {
            Seen& self = *static_cast<Seen*>(context);
            self.of_worker.at(static_cast<std::size_t>(worker)).fetch_add(1);
            if (self.left.fetch_sub(1) == 1) self.workers.release();
        };
        for (int i = 0; i < 1000; ++i) seen.workers.post({note, &seen, i});
        seen.workers.run(std::chrono::seconds(1), [] {});
        int total = 0;
        for (const auto& count : seen.of_worker) total += count.load();
        CHECK(total == 1000);
    }
}

TEST_CASE("an exception in one actor ends the phase with messages still under way, and leaves nothing running") {
    for (const int threads : {1, 2, 4, 8}) {
        WorkerPool workers(threads);
        Courier courier(10, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 8}, {8, 9}}, 1, workers);
        courier.order(0, 100'000, 8);
        std::atomic<int> turns{0};
        courier.in_turn = [&](int actor) {
            if (actor == 6 && turns.fetch_add(1) == 100) throw std::runtime_error("short circuit");
        };
        CHECK_THROWS_WITH_AS(run(courier, workers), "courier 6: short circuit", Error);
        CHECK(courier.actors.all_idle());
        CHECK(courier.work.units() == 0);
        CHECK(courier.received() < 900'000);
        CHECK_FALSE(courier.failure.any());
    }
}

TEST_CASE("an exception while the phase is started is reported as well") {
    WorkerPool workers(2);
    Courier courier(2, there_and_back, 1, workers);
    const auto start = [] { throw std::runtime_error("no chip"); };
    CHECK_THROWS_WITH_AS(run_phase(workers, courier.work, courier.watchdog, courier.failure, start),
                         "couriers: no chip", Error);
}

TEST_CASE("actors that wait for each other are found at once, not after a minute") {
    for (const int threads : {1, 2}) {
        WorkerPool workers(threads);
        Courier courier(2, there_and_back, 1, workers);
        const auto start = [&] {
            courier.work.add(3);  // three shards that nobody will ever poke
            courier.actors.poke(0);
        };
        CHECK_THROWS_WITH_AS(run_phase(workers, courier.work, courier.watchdog, courier.failure, start),
                             "couriers: deadlock: work is left (3) but no actor has a turn", Error);
        courier.order(0, 3, 1);
        run(courier, workers);
        CHECK(courier.received() == 6);
    }
}

TEST_CASE("actors that poke each other for ever but get nowhere are stopped by the watchdog") {
    for (const int threads : {1, 2}) {
        WorkerPool workers(threads);
        Courier courier(2, there_and_back, 1, workers);
        courier.in_turn = [&](int actor) { courier.actors.poke(1 - actor); };
        Watchdog watchdog([] { return std::string("free phase, courier 1"); }, std::chrono::milliseconds(50));
        CHECK_THROWS_WITH_AS(
            run_phase(workers, courier.work, watchdog, courier.failure, [&] { courier.actors.poke(0); }),
            "free phase, courier 1: no progress for 50 ms", Error);
        CHECK(courier.actors.all_idle());
    }
}

TEST_CASE("one message at a time: a letter through three actors by hand") {
    HandDriven hand;
    Courier courier(3, {{0, 1}, {1, 2}}, 1, hand);
    courier.order(0, 1, 1);
    {
        const WorkCount::Hold hold(courier.work);
        courier.start();
    }
    REQUIRE(hand.size() == 1);
    hand.run();  // actor 0 sends
    CHECK(courier.received() == 0);
    REQUIRE(hand.size() == 1);
    CHECK(hand.index(0) == 1);
    hand.run();  // actor 1 passes it on
    CHECK(courier.received() == 1);
    CHECK(courier.work.turns() == 1);
    hand.run();
    CHECK(courier.received() == 2);
    CHECK(hand.size() == 0);
    CHECK(courier.work.turns() == 0);
    CHECK_FALSE(courier.work.stalled());
}

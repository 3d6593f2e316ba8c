#include "core/worker_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <stdexcept>
#include <system_error>
#include <vector>

using namespace settle;

TEST_CASE("every piece runs exactly once, whatever the number of threads") {
    for (const int threads : {1, 2, 3, 8}) {
        WorkerPool workers(threads);
        for (const int pieces : {0, 1, 2, 7, 1000}) {
            std::vector<std::atomic<int>> runs(static_cast<std::size_t>(pieces));
            workers.for_each(pieces, [&](int piece, int worker) {
                CHECK(worker >= 0);
                CHECK(worker < threads);
                ++runs[static_cast<std::size_t>(piece)];
            });
            for (const auto& count : runs) CHECK(count == 1);
        }
    }
}

TEST_CASE("the lowest failing piece is reported after all others have run") {
    WorkerPool workers(3);
    std::atomic<int> ran{0};
    const auto work = [&](int piece, int) {
        ++ran;
        if (piece == 5 || piece == 17) throw std::runtime_error("piece " + std::to_string(piece));
    };
    CHECK_THROWS_WITH(workers.for_each(40, work), "piece 5");
    CHECK(ran == 40);
}

TEST_CASE("ten thousand short rounds in a row neither hang nor lose work") {
    WorkerPool workers(4);
    std::atomic<long> total{0};
    for (int round = 0; round < 10'000; ++round) workers.for_each(5, [&](int, int) { ++total; });
    CHECK(total == 50'000);
}

namespace {

/// A machine that gives so many threads and then none, each time for another reason.
ThreadStarter machine_with(int threads, bool has_memory) {
    return [left = threads, has_memory](const std::function<void()>& body) mutable {
        if (left-- > 0) return std::thread(body);
        if (!has_memory) throw std::bad_alloc();
        throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    };
}

struct Countdown {
    WorkerPool* workers;
    std::atomic<int> left;
    std::atomic<int> greatest_worker{0};

    static void step(void* context, int /*index*/, int worker) {
        auto& self = *static_cast<Countdown*>(context);
        int seen = self.greatest_worker;
        while (worker > seen && !self.greatest_worker.compare_exchange_weak(seen, worker)) {
        }
        if (--self.left == 0) {
            self.workers->release();
        } else {
            self.workers->post({&Countdown::step, context, 0});
        }
    }
};

}  // namespace

TEST_CASE("where threads cannot be started, it goes on with those that can") {
    for (const bool has_memory : {true, false}) {
        for (const int given : {0, 1, 2, 5, 7}) {
            CAPTURE(given);
            WorkerPool workers(8, machine_with(given, has_memory));
            CHECK(workers.wanted() == 8);
            CHECK(workers.threads() == std::max(given, 1));
            std::vector<std::atomic<int>> runs(100);
            std::atomic<bool> in_range{true};
            for (int round = 0; round < 20; ++round) {
                workers.for_each(100, [&](int piece, int worker) {
                    if (worker < 0 || worker >= workers.threads()) in_range = false;
                    ++runs[static_cast<std::size_t>(piece)];
                });
            }
            for (const auto& count : runs) CHECK(count == 20);
            CHECK(in_range);
            Countdown countdown{&workers, 1000};
            workers.post({&Countdown::step, &countdown, 0});
            workers.run(std::chrono::seconds(1), [] {});
            CHECK(countdown.left == 0);
            CHECK(countdown.greatest_worker < workers.threads());
        }
    }
    WorkerPool all(3, machine_with(3, true));
    CHECK(all.threads() == 3);
}

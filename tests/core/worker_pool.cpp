#include "core/worker_pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
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

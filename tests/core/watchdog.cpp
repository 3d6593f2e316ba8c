#include "core/watchdog.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace settle;

namespace {

constexpr WallDuration second = std::chrono::seconds(1);

/// A watchdog whose clock is moved by hand.
struct Kennel {
    Watchdog watchdog{[] { return std::string("nudged phase, shard 4"); }, Watchdog::default_limit,
                      [this] { return now; }};
    Failure failure;
    WallDuration now = 1000 * second;

    Kennel() { watchdog.restart(); }
    bool barks_after(WallDuration passed) {
        now += passed;
        watchdog.check(failure);
        return failure.any();
    }
};

}  // namespace

TEST_CASE("a minute without progress is a failure that names phase and actor") {
    Kennel kennel;
    for (int i = 0; i < 7; ++i) CHECK_FALSE(kennel.barks_after(8 * second));
    CHECK_FALSE(kennel.barks_after(4 * second - WallDuration(1)));
    CHECK(kennel.barks_after(WallDuration(1)));
    CHECK_THROWS_WITH_AS(kennel.failure.rethrow(), "nudged phase, shard 4: no progress for 60 s", Error);
}

TEST_CASE("a machine that is slow but advances is left alone for hours") {
    Kennel kennel;
    for (int i = 0; i < 500; ++i) {
        CHECK_FALSE(kennel.barks_after(14 * second));
        CHECK_FALSE(kennel.barks_after(14 * second));
        CHECK_FALSE(kennel.barks_after(14 * second));
        CHECK_FALSE(kennel.barks_after(14 * second));
        kennel.watchdog.advanced();
    }
}

TEST_CASE("a process that was stopped for a day gets time to go on") {
    Kennel kennel;
    CHECK_FALSE(kennel.barks_after(86'400 * second));
    CHECK_FALSE(kennel.barks_after(10 * second));
    kennel.watchdog.advanced();
    CHECK_FALSE(kennel.barks_after(7 * second));
}

TEST_CASE("a new run begins with a new minute, and an earlier failure is kept") {
    Kennel kennel;
    for (int i = 0; i < 7; ++i) CHECK_FALSE(kennel.barks_after(8 * second));
    kennel.watchdog.restart();
    for (int i = 0; i < 7; ++i) CHECK_FALSE(kennel.barks_after(8 * second));
    kennel.failure.record(runtime_failure("shard 1", "diverged"));
    CHECK(kennel.barks_after(8 * second));
    CHECK_THROWS_WITH_AS(kennel.failure.rethrow(), "shard 1: diverged", Error);
}

#include "core/watchdog.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace settle {

namespace {

Duration steady_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string text_of(Duration wall) {
    if (wall % 1'000'000'000 == 0) return std::to_string(wall / 1'000'000'000) + " s";
    if (wall % 1'000'000 == 0) return std::to_string(wall / 1'000'000) + " ms";
    return std::to_string(wall) + " ns";
}

}  // namespace

Watchdog::Watchdog(std::function<std::string()> describe, Duration limit, std::function<Duration()> clock)
    : describe_(std::move(describe)), limit_(limit), clock_(clock ? std::move(clock) : steady_now) {
    assert(limit > 0);
    restart();
}

void Watchdog::restart() {
    seen_ = progress_.load(std::memory_order_relaxed);
    checked_at_ = clock_();
    quiet_ = 0;
}

void Watchdog::check(Failure& failure) {
    const Duration now = clock_();
    const Duration passed = std::min(now - checked_at_, (limit_ + 3) / 4);
    checked_at_ = now;
    const std::uint64_t progress = progress_.load(std::memory_order_relaxed);
    quiet_ = progress == seen_ ? quiet_ + passed : 0;
    seen_ = progress;
    if (quiet_ < limit_ || failure.any()) return;
    failure.record(runtime_failure(describe_(), "no progress for " + text_of(limit_)));
}

}  // namespace settle

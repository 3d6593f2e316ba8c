#include "core/watchdog.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace settle {

namespace {

using namespace std::chrono_literals;

WallDuration steady_now() {
    return std::chrono::duration_cast<WallDuration>(std::chrono::steady_clock::now().time_since_epoch());
}

std::string text_of(WallDuration wall) {
    if (wall % 1s == 0ns) return std::to_string(wall / 1s) + " s";
    if (wall % 1ms == 0ns) return std::to_string(wall / 1ms) + " ms";
    return std::to_string(wall / 1ns) + " ns";
}

}  // namespace

Watchdog::Watchdog(std::function<std::string()> describe, WallDuration limit, std::function<WallDuration()> clock)
    : describe_(std::move(describe)), limit_(limit), clock_(clock ? std::move(clock) : steady_now) {
    assert(limit > 0ns);
    restart();
}

void Watchdog::restart() {
    seen_ = progress_.load(std::memory_order_relaxed);
    checked_at_ = clock_();
    quiet_ = 0ns;
}

void Watchdog::check(Failure& failure) {
    const WallDuration now = clock_();
    const WallDuration passed = std::min(now - checked_at_, (limit_ + 3ns) / 4);
    checked_at_ = now;
    const std::uint64_t progress = progress_.load(std::memory_order_relaxed);
    quiet_ = progress == seen_ ? quiet_ + passed : 0ns;
    seen_ = progress;
    if (quiet_ < limit_ || failure.any()) return;
    failure.record(runtime_failure(describe_(), "no progress for " + text_of(limit_)));
}

}  // namespace settle

// The watchdog: notices that actors take turns, or one never ends, but nothing gets anywhere. (Actors that all wait for
// each other are found at once by the work count.) It never barks at a machine that is slow but advances, nor after a
// pause of the whole process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/failure.hpp"
#include "core/time.hpp"

namespace settle {

class Watchdog {
public:
    static constexpr WallDuration default_limit = std::chrono::seconds(60);

    /// `describe` names phase and actor that are behind; it is called while others run. Without a
    /// `clock`, std::chrono::steady_clock.
    explicit Watchdog(std::function<std::string()> describe, WallDuration limit = default_limit,
                      std::function<WallDuration()> clock = {});

    /// Any thread: something got further. Once a window or so, not once a message.
    void advanced() { progress_.fetch_add(1, std::memory_order_relaxed); }

    /// One thread, several times within `limit`: records a failure if nothing has advanced for `limit`. A single
    /// interval counts as a quarter of it at most, so a process that was stopped for a while gets time to go on.
    void check(Failure& failure);

    /// How often to check.
    WallDuration interval() const { return limit_ / 8; }

    /// A new run starts now.
    void restart();

    /// Who is behind, and in which phase.
    std::string describe() const { return describe_(); }

private:
    std::function<std::string()> describe_;
    WallDuration limit_;
    std::function<WallDuration()> clock_;
    alignas(64) std::atomic<std::uint64_t> progress_{0};
    alignas(64) std::uint64_t seen_ = 0;
    WallDuration checked_at_{0};
    WallDuration quiet_{0};
};

}  // namespace settle

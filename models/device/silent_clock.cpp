#include "models/device/silent_clock.hpp"

#include <algorithm>
#include <limits>

namespace settle {

/// No tick above it can have happened.
std::int64_t SilentClock::most(Time until) const {
    // No tick is before time 0, however early it is due.
    const Duration early = -draws->least();
    return until < 0 || until + early < offset ? 0 : (until + early - offset) / period + 1;
}

/// All ticks up to it have happened, however they crowd each other.
std::int64_t SilentClock::sure(Time until, std::int64_t most) const {
    const Duration late = std::max<Duration>(draws->greatest(), 0);
    std::int64_t sure = most;
    while (sure > 0 && nominal(sure) + late + (most - sure) > until) --sure;
    return sure;
}

/// The tick that was pending when the branch began is part of what it took over.
std::int64_t SilentClock::taken_over(Time until) const {
    if (!main) return 0;
    if (until <= forked_at) return std::numeric_limits<std::int64_t>::max();
    SilentClock before = *this;
    before.draws = main;
    before.main = nullptr;
    return before.ticks(forked_at) + 1;
}

Duration SilentClock::jitter(std::int64_t tick, std::int64_t taken_over) const {
    return (tick <= taken_over ? *main : *draws).at(neuron, tick);
}

std::int64_t SilentClock::ticks(Time until) const {
    const std::int64_t most = this->most(until);
    if (draws->none()) return most;
    const std::int64_t sure = this->sure(until, most);
    if (sure == most) return most;
    const std::int64_t from_main = taken_over(until);
    Time time = sure - 1;
    for (std::int64_t tick = sure + 1; tick <= most; ++tick) {
        time = std::max(time + 1, nominal(tick) + jitter(tick, from_main));
        if (time > until) return tick - 1;
    }
    return most;
}

SilentClock::Position SilentClock::position(Time until) const {
    if (draws->none()) {
        const std::int64_t ticks = most(until);
        return {ticks, nominal(ticks + 1), nominal(ticks + 1)};
    }
    const std::int64_t from_main = taken_over(until);
    // Tick j can hold up tick k only if (k - j) (period - 1) is less than the width of the jitter: who begins so far
    // before what is sure to have happened is right about all that is not. The first ones also wait for time 0.
    const Duration width = draws->greatest() - draws->least();
    std::int64_t tick = std::max<std::int64_t>(sure(until, most(until)) - width / (period - 1) - 1, 1);
    if (nominal(tick) + draws->least() < tick) tick = 1;
    Time time = std::max<Time>(0, nominal(tick) + jitter(tick, from_main));
    while (time <= until) {
        ++tick;
        time = std::max(time + 1, nominal(tick) + jitter(tick, from_main));
    }
    return {tick - 1, time, nominal(tick)};
}

}  // namespace settle

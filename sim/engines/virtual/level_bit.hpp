// What level and parity links send, on its way and when it arrives.
#pragma once

#include <cstdint>
#include <tuple>

#include "core/time.hpp"
#include "models/device/link.hpp"
#include "sim/engines/virtual/calendar.hpp"

namespace settle {

struct LevelBit {
    Time sent;
    std::int32_t row;
    std::int32_t lane;
    std::uint8_t bit;
    std::uint8_t copy;
    float lambda;  ///< parity links
};

struct LevelArrival {
    Time at;
    LevelBit level;
};

/// The order in which a lane takes what level links send, or a terminal what parity links send: by time; at the same
/// time by source, and of one source by when it was sent. What it holds in the end depends on it.
inline bool arrives_before(const LevelArrival& a, const LevelArrival& b) {
    return std::tie(a.at, a.level.row, a.level.sent, a.level.copy) <
           std::tie(b.at, b.level.row, b.level.sent, b.level.copy);
}

/// Of the calendars of a mailbox: days have 2^shift units. Days so long that the ring, or half of it, holds what is
/// usually in flight: what inputs send ahead, and the longest latency. Every day costs something to take, and a place
/// in it is fetched from memory: with twice as many days pulses took 8 % longer, with half of them, which overflow,
/// 5 %. Level and parity links send at every tick and are sorted, day by day; with half as many days they took 20 %
/// longer.
inline int day_shift(const LinkSettings& link) {
    const Time ahead = 5 * link.period / 2 + link.latency.greatest_time();
    const int days = sends_every_tick(link.kind) ? Timetable::days : Timetable::days / 2;
    int shift = 0;
    while (ahead >> shift >= days && shift < Calendar<LevelBit>::longest_day) ++shift;
    return shift;
}

}  // namespace settle

// The terminal of a parity link: what a target, or all of a population, remembers of one source so that a message which
// is lost makes those before it late and not wrong.
//
// Every tick the source sends the parity of the number of 1s that it has fired. A first-order sigma-delta modulator
// writes a nearly constant a as a balanced word: n ticks in a row hold floor(n a) or ceil(n a) ones, so that after a
// gap one bit decides which.
#pragma once

#include <algorithm>
#include <cstdint>

#include <span>

#include "core/time.hpp"
#include "models/device/conditions.hpp"

namespace settle {

/// How terminals read what they hear.
struct TerminalRule {
    Duration period = 1'000'000;  ///< nominal
    bool counts_ticks = false;    ///< messages have the parity of the tick, too
    bool fills = false;           ///< in a gap the terminal goes on with what it expects
    // Then: tick k after the last one that was heard counts as missed once its message, or any, must have come.
    Duration patience = 500'000;   ///< so long after k periods a message is taken for that of a later tick
    Duration slowest = 1'000'000;  ///< the period of the slowest clock
    Duration spread = 500'000;     ///< so long after k of those the message of tick k comes, at most
};
/// Without what is known of the hardware: a tick counts as missed after the rule's patience.
TerminalRule terminal_rule(const LinkSettings& link);
/// What drift, jitter and jitter of latencies may do to messages, under these conditions and those of the device.
TerminalRule terminal_rule(const DeviceSettings& device, std::span<const Conditions> others = {});

/// What is sent at a tick: bit 0, the parity of the 1s that the source has fired in the presentation, this tick
/// included; bit 1, that of the tick's number 1, 2, …
using ParityBits = std::uint8_t;
constexpr ParityBits parity_bits(bool ones, std::int64_t tick) {
    return static_cast<ParityBits>(static_cast<int>(ones) | static_cast<int>(tick & 1) << 1);
}

/// A pulse in 2^fill_bits parts: what a terminal puts in is a fraction of one. A choice: other numbers of bits have not
/// been tried.
constexpr int fill_bits = 3;
constexpr int pulse_parts = 1 << fill_bits;

struct Terminal {
    Time last = 0;            ///< when it heard last; at first the nominal arrival of tick 0
    float estimate = 0;       ///< of the fraction of ticks that fire
    std::int32_t missed = 0;  ///< ticks that it has put something in for since it heard last
    std::int16_t filled = 0;  ///< parts put in for the first longest_gap of them
    std::uint8_t heard = 0;   ///< where they fill: ticks that are in the estimate, to 255
    ParityBits bits = 0;      ///< heard last

    bool operator==(const Terminal&) const = default;
};

/// What a message adds to the sums of the targets.
struct Reception {
    int pulses = 0;  ///< ones that the source has fired since the last message that was heard
    int parts = 0;   ///< the same in parts, without those that were put in already
};

/// The most ticks that a gap is taken for where the tick's parity does not say more, and that are taken back where they
/// were filled with too much.
constexpr int longest_gap = 15;

/// A message arrives at `at`; messages must come in order of time. `lambda`: of the schedule, at the source's tick.
///
/// b = the change of parity. If it comes less than half a period after the last one and b = 0, it says nothing new.
/// Else n = floor((2 (at - last) + P) / 2P), from 1 to 15, ticks have passed; with the tick's parity, the number of
/// that parity that is nearest to (at - last) / P, the lower of two: if it is 0 the message says nothing new. Of these
/// n, m fired: b if n = 1, else the number in [0, n] of parity b that is nearest to n times the estimate, the lower of
/// two. Then n times: estimate = (1 - r) estimate + r (m / n), in float32, with r = lambda; where terminals fill, with
/// r = max(1/k, lambda/4) for the kth tick in it, k to 255: a mean of all ticks at first, and slower to forget, since
/// the estimate is heard itself.
Reception hear(Terminal& terminal, const TerminalRule& rule, Time at, ParityBits bits, float lambda);

/// When the next tick counts as missed, where terminals fill: once its message cannot come any more on this hardware,
/// and at the latest when one would be taken for that of a later tick, half a period after it was due, or a whole one
/// where the tick's parity is sent. A message that comes at that time is heard first.
inline Time next_fill(const Terminal& terminal, const TerminalRule& rule) {
    const Time k = Time{terminal.missed} + 1;
    return terminal.last + std::min(k * rule.period + rule.patience, k * rule.slowest + rule.spread);
}
/// The next tick counts as missed. Returns the parts that are put in for it: the estimate. So a gap is filled however
/// long it is; but what came after longest_gap ticks of it stays.
int fill(Terminal& terminal);

/// Bits behind the point of an estimate that is no float32: with one that takes in ticks at a rate of 1/32 the variance
/// of what is decoded grows by less than 5 % (tests/models/device/terminal.cpp); a quarter of the rate takes two more.
constexpr int estimate_bits(bool fills) {
    return fills ? 10 : 8;
}
/// What a terminal has to remember in hardware: the parity, that of the tick where it is sent, ticks since it heard
/// last (0 to 15), the estimate, and where it fills what it has put in since and how many ticks are in the estimate.
int terminal_bits(Link kind);

/// Additions that a change by so many parts takes: whole pulses and, once, what is left.
constexpr std::uint64_t additions(int parts) {
    return static_cast<std::uint64_t>((parts < 0 ? -parts : parts) + pulse_parts - 1) / pulse_parts;
}

}  // namespace settle

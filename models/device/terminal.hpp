// The terminal of a parity link: what a target, or all of a population, remembers of one source so that a message which
// is lost makes those before it late and not wrong.
//
// Every tick the source sends the parity of the number of 1s that it has fired. A first-order sigma-delta modulator
// writes a nearly constant a as a balanced word: n ticks in a row hold floor(n a) or ceil(n a) ones, so that after a
// gap one bit decides which.
#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "models/device/link.hpp"

namespace settle {

/// How terminals read what they hear.
struct TerminalRule {
    Duration period = 1'000'000;  ///< nominal
    bool counts_ticks = false;    ///< messages have the parity of the tick, too
    bool fills = false;           ///< in a gap the terminal goes on with what it expects
    Duration patience = 500'000;  ///< then: how long after it was due a tick counts as missed
};
TerminalRule terminal_rule(const LinkSettings& link);

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
    std::int16_t filled = 0;  ///< parts put in since it heard last
    std::uint8_t missed = 0;  ///< ticks that it has put something in for since then
    ParityBits bits = 0;      ///< heard last

    bool operator==(const Terminal&) const = default;
};

/// What a message adds to the sums of the targets.
struct Reception {
    int pulses = 0;  ///< ones that the source has fired since the last message that was heard
    int parts = 0;   ///< the same in parts, without those that were put in already
};

/// The most ticks that a gap is taken for where the tick's parity does not say more, and that are filled.
constexpr int longest_gap = 15;

/// A message arrives at `at`; messages must come in order of time. `lambda`: of the schedule, at the source's tick.
///
/// b = the change of parity. If it comes less than half a period after the last one and b = 0, it says nothing new.
/// Else n = floor((2 (at - last) + P) / 2P), from 1 to 15, ticks have passed; with the tick's parity, the number of
/// that parity that is nearest to (at - last) / P, the lower of two: if it is 0 the message says nothing new. Of these
/// n, m fired: b if n = 1, else the number in [0, n] of parity b that is nearest to n times the estimate, the lower of
/// two. Then n times: estimate = (1 - lambda) estimate + lambda (m / n), in float32.
Reception hear(Terminal& terminal, const TerminalRule& rule, Time at, ParityBits bits, float lambda);

/// When the next tick counts as missed, where terminals fill: once a message would be taken for that of a later tick,
/// half a period after it was due, or a whole one where the tick's parity is sent. A message that comes at that time is
/// heard first. Far away once all are missed.
inline Time next_fill(const Terminal& terminal, const TerminalRule& rule) {
    constexpr Time far = std::int64_t{1} << 62;
    if (terminal.missed >= longest_gap) return far;
    return terminal.last + (terminal.missed + 1) * rule.period + rule.patience;
}
/// The next tick counts as missed. Returns the parts that are put in for it: the estimate.
int fill(Terminal& terminal);

/// What a terminal has to remember in hardware: the parity, that of the tick where it is sent, ticks since it heard
/// last (0 to 15), the estimate, and what it has put in since. That 8 bits do for the estimate, which is a float32
/// here, is assumed and not measured.
constexpr int estimate_bits = 8;
int terminal_bits(Link kind);

/// Additions that a change by so many parts takes: whole pulses and, once, what is left.
constexpr std::uint64_t additions(int parts) {
    return static_cast<std::uint64_t>((parts < 0 ? -parts : parts) + pulse_parts - 1) / pulse_parts;
}

}  // namespace settle

// All terminals of a slice: what they make of the messages of a window, in order of time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/device/terminal.hpp"
#include "sim/engines/virtual/level_bit.hpp"

namespace settle {

/// What a window brings to a mailbox.
struct Opened {
    std::size_t messages = 0;
    std::uint64_t pulses = 0;  ///< additions for each target; level links: not counted here
};

/// What is added to the sums of the targets at a time: pulses, or parts of one where terminals fill.
struct PulseParts {
    Time at;
    std::int32_t row;
    std::int32_t lane;
    std::int32_t parts;
};

class Terminals {
public:
    /// Nothing heard yet, but for the nominal arrivals of ticks 0.
    void start(std::span<const Time> tick_zero, const TerminalRule& rule);

    /// What arrives after `from` and up to `to`, in order of arrives_before(); a message of row r for lane l is heard
    /// by terminal r x width + l (width 1: r). Appends to `out` in order of time. Returns the additions for a target.
    std::uint64_t take(std::span<const LevelArrival> arrived, std::size_t width, const TerminalRule& rule, Time from,
                       Time to, std::vector<PulseParts>& out);

private:
    void fill_until(std::size_t i, Time end, std::size_t width, const TerminalRule& rule, std::vector<PulseParts>& out);

    std::vector<Terminal> terminals_;
    std::vector<Time> next_fill_;  ///< where they fill
};

}  // namespace settle

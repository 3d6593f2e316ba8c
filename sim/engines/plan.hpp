// The plan of a presentation: what the coordinator does and when, compiled once and obeyed by every engine.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace settle {

/// The streams that a presentation can split into. The number is part of the key of every random draw.
enum class Branch : std::uint32_t {
    main = 0,   ///< free phase, then nudged phase
    free = 1,   ///< splitstream: stays free while main is nudged
    minus = 2,  ///< beta_sign = both: nudged with -beta
};
constexpr int branches = 3;

/// One action at the end of a period, after all deliveries and ticks at or before that time.
struct Instant {
    enum class Action {
        fork,    ///< `branch` begins as a copy of everything main has (states, encoders, bits in flight)
        nudge,   ///< later ticks of `branch` are nudged with `beta`; 0 releases
        sample,  ///< s is added to the sums of `slot`
        read,    ///< the mean of the `samples` samples of `slot` is what was read; it enters the fingerprint
        end,     ///< `branch` ends; what is in flight has expired
    };

    std::int64_t period = 0;
    Action action = Action::end;
    Branch branch = Branch::main;  ///< the branch that acts; for fork: the new one
    float beta = 0;
    int slot = 0;
    int samples = 1;

    bool operator==(const Instant&) const = default;
};

/// Where the states of a training presentation are read to.
struct Slots {
    static constexpr int free = 0;    ///< s-
    static constexpr int nudged = 1;  ///< s+
    static constexpr int minus = 2;   ///< s+ of the branch that is nudged with -beta
    static constexpr int answer = 3;  ///< end of the free phase, where splitstream reads s- later
};

/// Instants of one branch are in order of time; a branch's instants follow those of the branch it forks from.
struct Plan {
    Duration period = 1'000'000;  ///< units of time
    std::int64_t free = 0;        ///< periods of the free phase
    std::int64_t periods = 0;     ///< in all
    std::vector<Instant> instants;
    std::vector<bool> slots;        ///< slot i is read
    int answer_slot = Slots::free;  ///< the slot whose output layer is the network's answer

    bool operator==(const Plan&) const = default;
};

}  // namespace settle

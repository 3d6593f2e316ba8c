// The plan of a presentation: what the coordinator does and when, compiled once and obeyed by every engine.
#pragma once

#include <cstdint>
#include <variant>
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

// One action at the end of a period, after all deliveries and ticks at or before that time: a struct for each, with the
// fields that it has.

/// `branch` begins as a copy of everything main has (states, encoders, bits in flight).
struct Fork {
    std::int64_t period = 0;
    Branch branch = Branch::free;

    bool operator==(const Fork&) const = default;
};

/// Later ticks of `branch` are nudged with `beta`; 0 releases.
struct Nudge {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    float beta = 0;

    bool operator==(const Nudge&) const = default;
};

/// s of `branch` is added to the sums of `slot`.
struct Sample {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int slot = 0;

    bool operator==(const Sample&) const = default;
};

/// The mean of the `samples` samples of `slot` is what was read of `branch`; it enters the fingerprint.
struct Reading {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int slot = 0;
    int samples = 1;

    bool operator==(const Reading&) const = default;
};

/// `branch` ends; what is in flight has expired.
struct End {
    std::int64_t period = 0;
    Branch branch = Branch::main;

    bool operator==(const End&) const = default;
};

using Instant = std::variant<Fork, Nudge, Sample, Reading, End>;

inline std::int64_t period_of(const Instant& instant) {
    return std::visit([](const auto& one) { return one.period; }, instant);
}

/// The branch whose time must have come so far: to be forked, main.
inline Branch branch_before(const Instant& instant) {
    if (std::holds_alternative<Fork>(instant)) return Branch::main;
    return std::visit([](const auto& one) { return one.branch; }, instant);
}

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

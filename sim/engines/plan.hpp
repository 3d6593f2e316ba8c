// The plan of a presentation: what the coordinator does and when, compiled once and obeyed by every engine.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "models/device/conditions.hpp"
#include "models/network/network.hpp"
#include "sim/engines/traffic.hpp"

namespace settle {

/// The streams that a presentation can split into. The number is part of the key of every random draw.
enum class Branch : std::uint32_t {
    main = 0,   ///< free phase, then nudged phase
    free = 1,   ///< splitstream: stays free while main is nudged
    minus = 2,  ///< beta_sign = both: nudged with -beta
};
constexpr int branches = 3;

// One action at the end of a period, after all deliveries and ticks at or before that time: a struct for each, with the
// fields that it has. At period 0 it is as if the presentation had begun like that. Instants of one branch and period
// act in the order of the plan: readings; phase changes; what an event's `until` restores; events in the order of the
// file. Whatever is said of a branch holds for the branches that fork from it later.

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

/// What is clamped, and the target, become those of further input number `input` of the presentation (Minibatch::next).
/// Nothing is reset.
struct Present {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int input = 0;

    bool operator==(const Present&) const = default;
};

/// The device is under these conditions of the tables: a tick has the jitter that was in force at the neuron's previous
/// one, a message the fate and latency that are in force when it is sent. Lockstep has no conditions, and passes by.
struct Alter {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int conditions = 0;

    bool operator==(const Alter&) const = default;
};

/// The outputs of these neurons of the tables, and of no others, are stuck at 0; -1: of none. Their states evolve.
/// Those that are stuck on the chip stay so, but for the ones at 1 that are among them.
struct Silence {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int neurons = -1;

    bool operator==(const Silence&) const = default;
};

/// These links of the tables, and no others, are dead, both ways; -1: those that were when the network's images were
/// derived. Which bits a dead link keeps from a sum is decided when they arrive: what has arrived before stays in an
/// open window (pulse), and what a link holds counts as 0 until it lives again (level).
struct Sever {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int links = -1;

    bool operator==(const Sever&) const = default;
};

/// The schedules' counters of a population (-1: of all) go back: its next ticks have t = 1, 2, … Adaptive rules start
/// anew.
struct Restart {
    std::int64_t period = 0;
    Branch branch = Branch::main;
    int population = -1;

    bool operator==(const Restart&) const = default;
};

using Instant = std::variant<Fork, Nudge, Sample, Reading, End, Present, Alter, Silence, Sever, Restart>;

/// What instants refer to by its number. Plans share it, so that they are cheap to copy.
struct PlanTables {
    std::vector<Conditions> conditions;
    std::vector<std::vector<std::int32_t>> silent;  ///< neurons, network-wide, rising; none of the input
    std::vector<DeadLinks> dead;                    ///< all that are dead then, those of the chip included
};

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
    std::vector<bool> slots;                    ///< slot i is read
    int answer_slot = Slots::free;              ///< the slot whose output layer is the network's answer
    std::shared_ptr<const PlanTables> tables;   ///< null: no instant refers to any
    std::shared_ptr<const PacketPlan> packets;  ///< null: nobody asks for the traffic

    bool operator==(const Plan&) const = default;
};

}  // namespace settle

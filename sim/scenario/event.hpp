// One [[events]] of a scenario: what happens when, within each presentation or between minibatches of training.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/formats/value.hpp"

namespace settle {

// When.

/// Within each presentation, at the end of this period: after all deliveries and ticks at or before it. Counted through
/// both phases; 0 is the beginning.
struct AtPeriod {
    std::int64_t period = 0;

    bool operator==(const AtPeriod&) const = default;
};

/// Between minibatches: before the first one that begins at or after so many training presentations.
struct AtPresentation {
    std::int64_t presentation = 0;

    bool operator==(const AtPresentation&) const = default;
};

/// The same, in epochs; fractions count.
struct AtEpoch {
    double epoch = 0;

    bool operator==(const AtEpoch&) const = default;
};

using EventTime = std::variant<AtPeriod, AtPresentation, AtEpoch>;

// What: a struct for each action, with the fields that it has.
/// A key gets another value. `until`: then the value that it had before comes back.
struct SetAction {
    std::string key;  ///< of the table of keys, parts included
    Value value;      ///< checked
    std::optional<EventTime> until;
};

/// A key goes linearly to a value, in steps of one, over so many periods or training presentations. `until` restores at
/// once.
struct RampAction {
    std::string key;
    double value = 0;
    std::int64_t over = 1;
    std::optional<EventTime> until;
};

/// Input and target become those of another sample of the same set; nothing is reset. nullopt: the next one.
struct PresentAction {
    std::optional<std::int64_t> sample;
    Place place = {};  ///< of the number, for messages
};

/// In addition to the phases' own nudging.
struct NudgeAction {
    double beta = 0;
};
struct ReleaseAction {};

/// Outputs of neurons are stuck at 0. `population` empty: all but the input. One of fraction and neurons is given; with
/// none (ReviveAction alone) all that events have taken.
struct KillAction {
    std::string population;
    std::optional<double> fraction;
    std::vector<std::int32_t> neurons;  ///< numbers within the population
    std::optional<EventTime> until;
};
/// Brings back what events have taken, and only that.
struct ReviveAction {
    std::string population;
    std::optional<double> fraction;  ///< of those
    std::vector<std::int32_t> neurons;
};

/// Links are dead both ways. `projection` empty: all.
struct CutAction {
    std::string projection;
    double fraction = 0;
    std::optional<EventTime> until;
};
/// Brings back what events have taken, and only that.
struct RestoreAction {
    std::string projection;
    std::optional<double> fraction;  ///< of those
};

/// The counters of the schedules go back to 1, adaptive rules to their start. `population` empty: all.
struct RestartAnnealingAction {
    std::string population;
};

struct CheckpointAction {};
/// Only names a time.
struct MarkAction {};

using EventAction =
    std::variant<SetAction, RampAction, PresentAction, NudgeAction, ReleaseAction, KillAction, ReviveAction, CutAction,
                 RestoreAction, RestartAnnealingAction, CheckpointAction, MarkAction>;

struct Event {
    std::string name;    ///< in outputs; "event N", N from 1 in the order of the file, where none is given
    bool named = false;  ///< the name was given: draws are keyed by it
    EventTime at;
    EventAction action;
    bool in_training = true, in_validation = true, in_test = true;  ///< `during`
    Place place;                                                    ///< of `at`, for messages

    bool within_presentations() const { return std::holds_alternative<AtPeriod>(at); }
};

}  // namespace settle

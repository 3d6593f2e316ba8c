// What a presentation lives under between two changes: the phases of a plan, and the events in it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/device/device.hpp"
#include "sim/engines/plan.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// From the end of period `from` on, until the next one; the same for all presentations of a minibatch. Entries of the
/// plan's tables are counted as there, -1: none.
struct Stretch {
    std::int64_t from = 0;
    int input = -1;       ///< further input; -1: the presentation's own
    float beta = 0;       ///< of the nudge
    int conditions = -1;  ///< -1: those of the device
    int silent = -1;
    int dead = -1;

    bool operator==(const Stretch&) const = default;
};

/// Of the main branch, in order of time; the first from 0, and no two at one time.
std::vector<Stretch> stretches_of(const Plan& plan);

/// The one in force at the end of a period, 1, 2 …
const Stretch& stretch_at(std::span<const Stretch> stretches, std::int64_t period);

/// What is clamped in a presentation (padded), and its label.
std::span<const float> input_in(const Stretch& stretch, const Minibatch& minibatch, int presentation);
std::int32_t label_in(const Stretch& stretch, const Minibatch& minibatch, int presentation);
/// (batch)
std::vector<std::int32_t> labels_in(const Stretch& stretch, const Minibatch& minibatch);

/// The device as it is then: with its losses, stuck neurons and dead links.
Device device_in(const Stretch& stretch, const Plan& plan, const Device& device);

}  // namespace settle

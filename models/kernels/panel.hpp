// Panels: sixteen neurons of one population side by side, one cache line of weights a source.
#pragma once

#include <bit>
#include <cstdint>

namespace settle {

constexpr int panel_width = 16;

/// Rounded up to whole panels.
constexpr int padded_size(int size) {
    return (size + panel_width - 1) / panel_width * panel_width;
}

/// A set of the sixteen neurons of a panel: bit i is lane i.
using LaneSet = std::uint32_t;

/// How many they are. (std::popcount is a call into a library where the compiler may not use the machine's
/// instruction.)
constexpr int count_of(LaneSet lanes) {
    lanes -= lanes >> 1 & 0x5555;
    lanes = (lanes & 0x3333) + (lanes >> 2 & 0x3333);
    lanes = (lanes + (lanes >> 4)) & 0x0f0f;
    return static_cast<int>((lanes + (lanes >> 8)) & 0x1f);
}

/// Calls visit(lane) for each neuron of the set, in order.
template <class Visit>
void for_each_lane(LaneSet lanes, const Visit& visit) {
    for (; lanes != 0; lanes &= lanes - 1) visit(std::countr_zero(lanes));
}

/// Integer weights are round(w 2^22): sums below 512 fit an int32 (docs/design.md).
constexpr float weight_unit = 0x1p-22f;
constexpr float weight_limit = 512;

}  // namespace settle

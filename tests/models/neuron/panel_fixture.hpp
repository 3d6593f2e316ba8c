// Sixteen neurons with clocks of their own, and what may happen to them, drawn at random.
#pragma once

#include <random>

#include "models/neuron/neuron_panel.hpp"

namespace settle {

/// Arrays of a panel's tick, on cache lines.
struct PanelArrays {
    alignas(64) std::int32_t ticks[panel_width] = {};
    alignas(64) std::int32_t sums[panel_width] = {};
    alignas(64) float noise[panel_width] = {};
    alignas(64) float biases[panel_width] = {};
    alignas(64) float x[panel_width] = {};
    alignas(64) float y[panel_width] = {};
};

/// A third of the sets is everybody, nobody or one; the rest is any.
inline LaneSet random_lanes(std::mt19937& random) {
    switch (random() % 6) {
        case 0:
            return random() % 2 ? 0xffff : 0;
        case 1:
            return LaneSet{1} << random() % panel_width;
        default:
            return random() & 0xffff;
    }
}

/// In [low, high); quarters of it, so that values tie.
inline float random_value(std::mt19937& random, float low, float high) {
    const float part =
        random() % 4 == 0 ? static_cast<float>(random() % 4) / 4 : static_cast<float>(random() % 65536) / 65536;
    return low + (high - low) * part;
}

}  // namespace settle

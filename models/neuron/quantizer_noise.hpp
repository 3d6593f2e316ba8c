// The draws of the stochastic quantizer.
#pragma once

#include <cstdint>

#include "core/draw.hpp"

namespace settle {

/// Of one branch of one presentation: a function of seed, presentation, branch, neuron (network-wide) and tick, the
/// same in every engine.
class QuantizerNoise {
public:
    QuantizerNoise(std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch)
        : stream_(seed, Purpose::quantizer, presentation, branch) {}

    /// Uniform in [0, 1), for tick t = 1, 2, …
    float at(std::uint32_t neuron, std::uint64_t t) const {
        return unit_float(stream_.block(neuron, static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(t >> 32))[0]);
    }

private:
    Stream stream_;
};

}  // namespace settle

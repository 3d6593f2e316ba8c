// Random draws, keyed by what they are and not by when they happen. Only + - x / on the bits, no std:: distribution, so
// that every machine draws the same.
#pragma once

#include <cstdint>

#include "core/philox.hpp"

namespace settle {

/// What a draw is for. The numbers are part of every result: never renumber, only append.
enum class Purpose : std::uint32_t {
    initial_weights = 1,
    random_inputs = 2,
    random_labels = 3,
    shuffle = 4,
    beta_sign = 5,
    quantizer = 6,
    digits = 7,
    clock_phase = 8,
    clock_drift = 9,
    tick_jitter = 10,
    axon_latency = 11,
    synapse_latency = 12,
    axon_message = 13,
    synapse_message = 14,
    stuck_neuron = 15,
    dead_link = 16,
    search_trial = 17,
    bootstrap = 18,
    stream_dwell = 19,
    stream_order = 20,
    link = 25,
    chip_place = 30,
    chip_slow = 31,
    chip_packet = 32,
    chip_loss = 33,
};

/// All draws of one purpose in one context: seed, purpose and up to 96 bits of context (epoch, presentation, branch …).
class Stream {
public:
    Stream(std::uint64_t seed, Purpose purpose, std::uint64_t context = 0, std::uint32_t detail = 0);

    /// Four independent words for one index of up to 128 bits (neuron, tick, copy …).
    PhiloxBlock block(std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0, std::uint32_t d = 0) const {
        return philox({a, b, c, d}, key_);
    }

    /// The key of its blocks, for kernels that compute many of them at once.
    std::uint64_t key() const { return key_; }

    /// One draw for one index; uniform in [0, 1) with 53 bits, or an integer in [0, bound) (bound >= 1).
    double uniform(std::uint64_t index) const;
    std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;

private:
    std::uint64_t key_;
};

/// A word as a float32 in [0, 1), 24 bits.
constexpr float unit_float(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// Two words as a double in [0, 1), 53 bits.
constexpr double unit_double(std::uint32_t high, std::uint32_t low) {
    return static_cast<double>((static_cast<std::uint64_t>(high) << 32 | low) >> 11) * 0x1p-53;
}

}  // namespace settle

// The fingerprint of a run: the sum mod 2^64 of one mixed word per spike and per state that was read (law 8). A sum
// does not depend on order, so threads and shards cannot change it; a single different bit anywhere does.
#pragma once

#include <bit>
#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace settle {

enum class Trace : std::uint64_t { spike = 1, state = 2 };

/// Finalizer of SplitMix64 (Stafford's variant 13): every input bit reaches every output bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// The terms of one branch of one presentation. A term is the product of two mixed words, one of (kind, presentation,
/// branch, time) and an odd one of (neuron, value bits): the spikes of one time may share the first, so that a whole
/// population costs one multiplication, and the second can be tabulated.
class TraceKey {
public:
    constexpr TraceKey(Trace kind, std::uint64_t presentation, std::uint32_t branch)
        : base_(mix64(mix64(static_cast<std::uint64_t>(kind) << 32 | branch) ^ presentation)) {}

    /// The factor of a time.
    constexpr std::uint64_t at(Time time) const {
        return mix64(base_ + static_cast<std::uint64_t>(time) * 0x9e3779b97f4a7c15);
    }

    /// The factor of a neuron's value; a spike has the value bits 1.
    static constexpr std::uint64_t of(std::uint64_t neuron, std::uint64_t value_bits) {
        return mix64(neuron * 0xd1342543de82ef95 + value_bits * 0xaef17502108ef2d9) | 1;
    }

    constexpr std::uint64_t spike(Time time, std::uint64_t neuron) const { return at(time) * of(neuron, 1); }
    constexpr std::uint64_t state(Time time, std::uint64_t neuron, float s) const {
        return at(time) * of(neuron, std::bit_cast<std::uint32_t>(s));
    }

private:
    std::uint64_t base_;
};

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t fingerprint);

}  // namespace settle

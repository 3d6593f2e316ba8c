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

/// The terms of one branch of one presentation: mix64(kind, presentation, branch, neuron, time, value bits). The parts
/// that change with every spike enter as multiples of odd constants, so that a term costs one finalizer.
class TraceKey {
public:
    constexpr TraceKey(Trace kind, std::uint64_t presentation, std::uint32_t branch)
        : base_(mix64(mix64(static_cast<std::uint64_t>(kind) << 32 | branch) ^ presentation)) {}

    constexpr std::uint64_t at(Time time) const {
        return base_ + static_cast<std::uint64_t>(time) * 0x9e3779b97f4a7c15;
    }
    static constexpr std::uint64_t of_neuron(std::uint64_t at_time, std::uint64_t neuron, std::uint64_t value_bits) {
        return mix64(at_time + neuron * 0xd1342543de82ef95 + value_bits * 0xaef17502108ef2d9);
    }
    constexpr std::uint64_t spike(Time time, std::uint64_t neuron) const { return of_neuron(at(time), neuron, 1); }
    constexpr std::uint64_t state(Time time, std::uint64_t neuron, float s) const {
        return of_neuron(at(time), neuron, std::bit_cast<std::uint32_t>(s));
    }

private:
    std::uint64_t base_;
};

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t fingerprint);

}  // namespace settle

// What becomes of the packets of one firing before they enter the fabric of a chip.
#pragma once

#include <cstdint>

#include "core/draw.hpp"
#include "models/device/link.hpp"

namespace settle {

/// Of one branch of one presentation. Latency jitter and duplication are drawn once a firing, by (presentation, branch,
/// source, tick, copy); loss by (…, target core) as well.
class PacketNoise {
public:
    PacketNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch);

    /// No loss, no duplication, no latency jitter.
    bool none() const { return lose_below_ == 0 && duplicate_below_ == 0 && jitter_.none(); }
    bool loses() const { return lose_below_ > 0; }
    bool duplicated(std::uint32_t source, std::int64_t tick) const;
    /// units
    Duration jitter(std::uint32_t source, std::int64_t tick, int copy) const;
    bool lost(std::uint32_t source, std::int64_t tick, int copy, std::uint32_t core) const;

private:
    Stream packets_, losses_;
    Distribution jitter_;
    std::uint64_t lose_below_, duplicate_below_;  ///< a word below it means yes; 2^32: always
};

/// From a neuron to the encoder of its core, by source alone; may be 0.
Duration soma_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source);

}  // namespace settle

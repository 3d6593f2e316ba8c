// What becomes of the packets of one firing before they enter the fabric of a chip.
#pragma once

#include <cstdint>

#include "core/draw.hpp"
#include "models/device/link.hpp"

namespace settle {

/// Of one branch of one presentation. Latency jitter and duplication are drawn once a firing, by (presentation, branch,
/// source, tick, copy); loss by (…, target core) as well. Where losses come in bursts these draws move a chain, one for
/// each source and target core, a step a packet or copy.
class PacketNoise {
public:
    PacketNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch);

    /// No loss, no duplication, no latency jitter.
    bool none() const { return losses_.none() && duplicate_below_ == 0 && jitter_.none(); }
    bool loses() const { return !losses_.none(); }
    bool bursts() const { return losses_.bursts(); }
    bool duplicated(std::uint32_t source, std::int64_t tick) const;
    /// units
    Duration jitter(std::uint32_t source, std::int64_t tick, int copy) const;
    /// `chain`: of this source and core, where losses come in bursts; packets must come in order of ticks and copies.
    bool lost(std::uint32_t source, std::int64_t tick, int copy, std::uint32_t core, LossChain* chain = nullptr) const;

private:
    Stream packets_, fates_;
    Distribution jitter_;
    Losses losses_;
    std::uint64_t duplicate_below_;  ///< a word below it means yes; 2^32: always
};

/// From a neuron to the encoder of its core, by source alone; may be 0.
Duration soma_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source);

}  // namespace settle

// What becomes of sixteen messages at once, with vector instructions: the same draws as MessageNoise::fate() makes one
// by one.
#pragma once

#include <cstdint>

#include "models/device/link.hpp"
#include "models/device/philox_kernel.hpp"

namespace settle {

/// A message is lost where word 0 of its block is below `lose`, and duplicated where word 2 is below `duplicate`: 0 to
/// 2^32. `passed.extra` are times of words 1.
struct MessageOdds {
    std::uint64_t lose, duplicate;
};
void pass_messages(const PhiloxBlocks& blocks, const MessageOdds& odds, const Distribution& jitter,
                   MessagesPassed& passed);

/// delays (16) = max(1, latency + extra) of those that arrive, as arrival_time() has it, else `never`. Latencies are
/// from 1 to 2^29, as are the sums that are above 1. `latencies` and `delays` stand on cache lines.
void delay_messages(const std::int32_t* latencies, const Duration* extra, std::uint32_t arrive, std::int32_t never,
                    std::int32_t* delays);

}  // namespace settle

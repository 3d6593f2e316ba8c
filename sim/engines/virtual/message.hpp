// One bit on its way to a slice: what channels carry and mailboxes hold.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace settle {

struct Message {
    Time at = 0;             ///< when it arrives; where it is said once to wires with a latency each, not before
    Time sent = 0;           ///< the tick that sent it; one a neuron and time
    std::int32_t slice = 0;  ///< where it goes
    std::int32_t row = 0;    ///< its source, as a row of that slice
    std::int32_t lane = -1;  ///< the one target (scope synapse); -1: all lanes of the slice (axon, or said once)
    std::uint8_t bit = 1;    ///< 0 is sent by level links only; parity links: ParityBits
    std::uint8_t copy = 0;   ///< 1: a duplicate made by the link
    float lambda = 0;        ///< parity links: of the schedule, at the source's tick
    std::int32_t tick = 0;   ///< said once to many wires: the source's, 1, 2, …
};

}  // namespace settle

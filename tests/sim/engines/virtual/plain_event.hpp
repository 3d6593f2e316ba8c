// What happens in the plain simulation of virtual time: see plain_virtual.hpp.
#pragma once

#include <cstdint>
#include <tuple>

#include "sim/engines/event_sink.hpp"

namespace settle {

/// Something that happens: a bit arrives, or a neuron ticks.
struct PlainEvent {
    Time at = 0;
    bool tick = false;  ///< law 1: a delivery at time t comes before a tick at time t
    Time sent = 0;      ///< of two bits of one source that arrive at the same time, the later one is the last received
    int source = 0;     ///< tick: who
    int target = 0;     ///< population (scope axon) or neuron (synapse)
    bool bit = true;    ///< parity links: the parity of the ones
    std::int32_t number = 0;  ///< the tick of the source that sent it
    std::uint8_t copy = 0;
    bool odd = false;     ///< parity links: the tick's number
    float lambda = 0;     ///< parity links: at the tick that sent it
    int fill = 0;         ///< not a bit: the terminal of this source and target neuron misses tick 1, 2, … since …
    std::int64_t of = 0;  ///< … it heard message number `of`

    bool operator>(const PlainEvent& other) const {
        return std::tie(at, tick, fill, sent, copy) >
               std::tie(other.at, other.tick, other.fill, other.sent, other.copy);
    }
};

/// What happened to a bit.
struct PlainSpike {
    int presentation = 0;
    Branch branch = Branch::main;
    SpikeRow row;
};
struct PlainMessage {
    int presentation = 0;
    Branch branch = Branch::main;
    MessageRow row;
};

/// What a neuron knows of one source (parity links), by the page of the design.
struct PlainTerminal {
    Time last = 0;
    float estimate = 0;
    bool parity = false, odd = false;
    int filled = 0;          ///< parts of a pulse
    int mean_of = 0;         ///< ticks that are in the estimate
    std::int64_t heard = 0;  ///< messages with news
};

}  // namespace settle

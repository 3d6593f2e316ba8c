// All that a branch of a presentation is in the plain simulation of virtual time: see plain_virtual.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include "models/device/device.hpp"
#include "models/device/link.hpp"
#include "models/neuron/population.hpp"
#include "tests/sim/engines/virtual/plain_event.hpp"

namespace settle {

/// A branch of a presentation; a fork is a copy of all of it. Neurons are counted network-wide.
struct PlainWorld {
    Branch branch = Branch::main;
    float beta = 0;
    DeviceSettings device;     ///< under the conditions in force
    const float* x = nullptr;  ///< clamped
    std::int32_t label = 0;
    std::vector<bool> silenced;  ///< outputs stuck at 0 by an event
    int links = -1;              ///< as Sever numbers them
    std::vector<Population> populations;
    std::vector<Time> next, nominal;
    std::vector<std::int32_t> ticks;          ///< done
    std::vector<std::int32_t> annealed_from;  ///< the tick after which the annealing began
    std::vector<std::int64_t> sums;           ///< integer weights received since the last tick; in parts of pulses
                                              ///< where terminals fill
    std::vector<std::vector<PlainTerminal>> terminals;  ///< parity links: (target x source)
    std::map<std::pair<int, int>, LossChain> chains;    ///< where losses come in bursts
    std::vector<std::vector<std::uint8_t>> holds;       ///< level links: (target x source) the last bit received
    std::vector<std::uint8_t> fired;                    ///< parity links: parity of the bits of value 1 so far
    std::vector<std::uint8_t> sent;                     ///< bits since the last period end
    std::vector<PlainEvent> said;                       ///< on a chip: all messages
    std::priority_queue<PlainEvent, std::vector<PlainEvent>, std::greater<>> queue;
};

}  // namespace settle

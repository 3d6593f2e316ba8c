// What a network can ask of a chip at most, known before anything runs: whether it will be congested.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/chip/service.hpp"
#include "models/device/link.hpp"
#include "models/network/network.hpp"

namespace settle {

/// A packet of every neuron that somebody hears, at every tick.
struct OfferedLoad {
    struct Server {
        int number = -1;  ///< -1: none of the kind has anything to do
        std::int64_t packets = 0;
        Picoseconds busy = 0;
    };
    std::vector<Server> servers;    ///< (Mesh::servers()) in one period
    Server encoder, link, decoder;  ///< the busiest of each kind
    std::int64_t cores = 0;         ///< in use
    double hops = 0;                ///< from a neuron to a core that hears it, mean over all such pairs

    /// The shortest period, in ps, that every server can keep up with.
    Picoseconds least_period() const;
};

/// As the network is when a run begins: links that the device has drawn dead are asked for too.
OfferedLoad offered_load(const Network& network, const ChipSettings& chip, std::uint64_t device_seed);

/// Lines for `settle describe`. `period`: ps. `link`: whether all that can be asked for is.
std::string load_text(const OfferedLoad& load, const ChipSettings& chip, Picoseconds period, Link link);

}  // namespace settle

// What is broken on the chip, drawn once a run: neurons whose output is stuck, links that carry nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "core/draw.hpp"
#include "models/network/network.hpp"

namespace settle {

struct FaultSettings {
    double stuck_at_zero = 0;  ///< fraction of neurons that never fire
    double stuck_at_one = 0;   ///< fraction of neurons that always fire; the two add up to 1 at most
    double dead_links = 0;     ///< fraction of links that carry nothing, in either direction, and do not learn
};

/// A stuck neuron's output is stuck; its state evolves and is read.
enum class Stuck : std::uint8_t { no, at_zero, at_one };

/// Every neuron and every link fails by its own draw, keyed by device seed, purpose and neurons (counted from layer 0
/// on, network-wide): a chip with a larger fraction has the failures of the smaller one, and more.
struct Faults {
    std::vector<Stuck> stuck;  ///< one a neuron; empty: none is stuck
    double dead_links = 0;     ///< fraction
    std::uint64_t device_seed = 0;

    bool none() const { return stuck.empty() && dead_links == 0; }
};

Faults draw_faults(const FaultSettings& settings, int neurons, std::uint64_t device_seed);

/// Whether the link between two neurons is dead, both ways.
bool is_dead(const Faults& faults, std::uint32_t one, std::uint32_t other);

/// The dead links of a network on this chip: a dead link equals a deleted weight (law 7), and its own weight never
/// changes.
DeadLinks draw_dead_links(const Faults& faults, const Network& network);

}  // namespace settle

// The chip that a network lives on: a mesh of tiles with cores, and how fast its routers, links and cores are. Plain
// data, as the scenario's section [chip] has it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/device/distribution.hpp"

namespace settle {

using Picoseconds = std::int64_t;

/// How neurons, in the order of their network-wide numbers, are put on cores. packed fills core 0, 1, …; spread begins
/// a new core with each population and shares it evenly among as many cores as it needs; random shuffles the packed
/// order by device seed; file: as a table says.
enum class PlacementRule { packed, spread, random, file };

/// What becomes of a packet whose next queue is full: it waits where it is, or is lost.
enum class WhenFull { wait, drop };

struct ChipSettings {
    int columns = 1, rows = 1;  ///< of the mesh: tiles
    int cores_per_tile = 1;
    int neurons_per_core = 256;
    PlacementRule placement = PlacementRule::packed;
    std::string file;                  ///< absolute; of PlacementRule::file
    std::vector<std::int32_t> places;  ///< what it says: the core of every neuron
    bool multicast = true;             ///< one copy a link, branching where routes part; else one a target core
    Picoseconds encode = 0;            ///< a packet, in the encoder of a core
    Picoseconds link = 0;              ///< a packet, on a link between two tiles
    Picoseconds hop_x = 0;             ///< from one router to the next, east or west …
    Picoseconds hop_y = 0;             ///< … north or south
    Picoseconds decode = 0;            ///< a packet, in the decoder of a core …
    Picoseconds synapse = 0;           ///< … and for each target that it has there
    int buffer = 0;                    ///< packets in the queue of a link or a decoder; 0: no limit
    WhenFull full = WhenFull::wait;
    Distribution slow;  ///< every server's times x (1 + draw), never below 0.1; by device seed

    int tiles() const { return columns * rows; }
    int cores() const { return tiles() * cores_per_tile; }
    std::int64_t places_in_all() const { return std::int64_t{cores()} * neurons_per_core; }
    int tile_of(int core) const { return core / cores_per_tile; }
    /// Times that are not 0: only virtual time can honour them.
    bool takes_time() const { return encode > 0 || link > 0 || hop_x > 0 || hop_y > 0 || decode > 0 || synapse > 0; }

    bool operator==(const ChipSettings&) const = default;
};

}  // namespace settle

// What the fabric of a chip came to in a run, in a few numbers, and where it is tight.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/chip/mesh.hpp"
#include "sim/engines/chip_figures.hpp"

namespace settle {

/// "encoder of core 5", "decoder of core 20", "link (3,1)→E" (column, row).
std::string server_name(const Mesh& mesh, int server);

/// "W", "E", "N", "S".
const char* direction_letter(Direction direction);

struct ChipSummary {
    std::optional<double> latency_mean, latency_p50, latency_p99, latency_max;  ///< ns from fired to heard
    std::optional<double> hops_mean;  ///< links that a bit to a target core has taken; of those that arrived
    std::uint64_t packets = 0;        ///< that entered the fabric
    double busiest = 0;               ///< fraction of the time that the busiest server is in service
    std::string busiest_server;       ///< server_name(); "" where none has ever been busy
    std::int64_t queue_max = 0;       ///< packets, of any server, the one in service included
    double blocked_seconds = 0;       ///< of all servers, held by packets that found no place
};

ChipSummary summarize(const ChipSettings& chip, const ChipFigures& figures);

/// A part of the whole; 0 of nothing.
double part_of(WideCount part, WideCount whole);

}  // namespace settle

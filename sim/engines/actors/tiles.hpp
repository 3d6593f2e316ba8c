// Tiles: a large population that hears its neighbourhood is simulated in pieces, a slice each, so that what a piece
// works on stays in the nearest caches. Results do not depend on it.
#pragma once

#include <cstdint>
#include <vector>

#include "models/network/wiring.hpp"

namespace settle {

/// Neurons of a tile, where nobody says anything else.
inline constexpr int usual_tile = 4096;

/// (populations) Whether it is cut: it has several tiles of at most `tile` neurons, every projection that it hears by
/// is sparse, and those who send to it reach hardly more than one tile each, since every tile costs them a message. The
/// input, which hears nobody, is if all who hear it are.
std::vector<bool> tiled_populations(const Wiring& wiring, int tile = usual_tile);

/// Neurons first … end - 1 of a population, tile by tile, each rising: those of a rectangle of places, or without a
/// shape as they follow each other.
std::vector<std::vector<std::int32_t>> tiles_of(const PopulationSpec& population, int tile, std::int32_t first,
                                                std::int32_t end);

}  // namespace settle

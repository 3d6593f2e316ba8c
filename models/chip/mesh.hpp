// The mesh of a chip: its servers and the routes between them. A packet goes along the row (x) to the column of its
// target and then along the column (y), which cannot lock up.
#pragma once

#include <cstdint>

#include "models/chip/chip.hpp"

namespace settle {

/// Of a link, as seen from the tile that it leaves. South is the next row.
enum class Direction : std::uint8_t { west = 0, east = 1, north = 2, south = 3 };

enum class ServerKind : std::uint8_t { encoder, decoder, link };

/// Servers have numbers: the encoders of all cores, their decoders, and four links a tile, some of which lead nowhere.
struct Mesh {
    int columns = 1, rows = 1, cores_per_tile = 1;

    explicit Mesh(const ChipSettings& chip)
        : columns(chip.columns), rows(chip.rows), cores_per_tile(chip.cores_per_tile) {}

    int tiles() const { return columns * rows; }
    int cores() const { return tiles() * cores_per_tile; }
    int servers() const { return 2 * cores() + 4 * tiles(); }
    int encoder(int core) const { return core; }
    int decoder(int core) const { return cores() + core; }
    int link(int tile, Direction direction) const { return 2 * cores() + 4 * tile + static_cast<int>(direction); }

    ServerKind kind(int server) const {
        if (server < cores()) return ServerKind::encoder;
        return server < 2 * cores() ? ServerKind::decoder : ServerKind::link;
    }
    /// Of an encoder or a decoder.
    int core(int server) const { return server < cores() ? server : server - cores(); }
    int tile(int server) const {
        return kind(server) == ServerKind::link ? (server - 2 * cores()) / 4 : core(server) / cores_per_tile;
    }
    /// Of a link.
    Direction direction(int server) const { return static_cast<Direction>((server - 2 * cores()) % 4); }
    /// Where a link leads; -1: out of the mesh.
    int neighbour(int tile, Direction direction) const {
        const int column = tile % columns, row = tile / columns;
        switch (direction) {
            case Direction::west:
                return column > 0 ? tile - 1 : -1;
            case Direction::east:
                return column + 1 < columns ? tile + 1 : -1;
            case Direction::north:
                return row > 0 ? tile - columns : -1;
            case Direction::south:
                break;
        }
        return row + 1 < rows ? tile + columns : -1;
    }
    /// An encoder, a decoder or a link that leads somewhere.
    bool exists(int server) const {
        return kind(server) != ServerKind::link || neighbour(tile(server), direction(server)) >= 0;
    }
    /// The server that a packet joins next at a tile, on its way to a core.
    int next(int tile, int target_core) const {
        const int target = target_core / cores_per_tile;
        if (target == tile) return decoder(target_core);
        if (target % columns != tile % columns)
            return link(tile, target % columns > tile % columns ? Direction::east : Direction::west);
        return link(tile, target > tile ? Direction::south : Direction::north);
    }
    /// Links between two cores.
    int hops(int from, int to) const {
        const int a = from / cores_per_tile, b = to / cores_per_tile;
        const int x = a % columns - b % columns, y = a / columns - b / columns;
        return (x < 0 ? -x : x) + (y < 0 ? -y : y);
    }
};

}  // namespace settle

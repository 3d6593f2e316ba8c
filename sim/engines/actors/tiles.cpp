#include "sim/engines/actors/tiles.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

namespace settle {

namespace {

/// Which tile a neuron of a population is in.
class Tiling {
public:
    Tiling(const PopulationSpec& population, int tile) {
        if (population.shape.size() == 3) {
            rows_ = population.shape[1];
            columns_ = population.shape[2];
            const double places = std::max(1.0, static_cast<double>(tile) / population.shape[0]);
            const int side = static_cast<int>(std::sqrt(places));
            down_ = (rows_ + side - 1) / side;
            across_ = (columns_ + side - 1) / side;
        } else {
            columns_ = population.size();
            across_ = (columns_ + tile - 1) / tile;
        }
    }

    int count() const { return down_ * across_; }
    int of(std::int32_t neuron) const {
        const std::int32_t place = neuron % (rows_ * columns_);
        return share(place / columns_, rows_, down_) * across_ + share(place % columns_, columns_, across_);
    }

private:
    /// Of so many places along one axis, in so many even parts.
    static int share(std::int64_t place, int places, int parts) { return static_cast<int>(place * parts / places); }

    int rows_ = 1, columns_ = 1;
    int down_ = 1, across_ = 1;  ///< tiles
};

/// Tiles that a source reaches, in the mean of some of them, over a sparse projection one way.
double tiles_reached(const Links& links, bool way_back, const Tiling& tiling) {
    // Of many some will do: in steps that no row of places is made of.
    constexpr int many = 100'000, step = 17;
    const int sources = way_back ? links.targets : links.sources, every = sources < many ? 1 : step;
    std::vector<int> last(static_cast<std::size_t>(tiling.count()), -1);
    double reached = 0;
    int looked_at = 0;
    for (int i = 0; i < sources; i += every) {
        const auto see = [&](std::int32_t target) {
            int& seen = last[static_cast<std::size_t>(tiling.of(target))];
            reached += seen != i ? 1 : 0;
            seen = i;
        };
        const auto at = static_cast<std::size_t>(i);
        if (!way_back)
            std::for_each(links.post.begin() + links.first[at], links.post.begin() + links.first[at + 1], see);
        if (way_back || links.lateral)
            std::for_each(links.back_pre.begin() + links.back[at], links.back_pre.begin() + links.back[at + 1], see);
        ++looked_at;
    }
    return reached / std::max(looked_at, 1);
}

bool hears_nearby(const Wiring& wiring, int population, int tile) {
    constexpr double hardly_more = 1.5;
    const Tiling tiling(wiring.population(population), tile);
    if (tiling.count() < 2) return false;
    for (const int number : wiring.incoming(population)) {
        const Pathway& pathway = wiring.pathway(number);
        const auto* sparse = std::get_if<SparseSpec>(&wiring.projection(pathway.projection).kind);
        if (!sparse || !sparse->links) return false;
        if (tiles_reached(*sparse->links, pathway.transposed, tiling) > hardly_more) return false;
    }
    return true;
}

}  // namespace

std::vector<bool> tiled_populations(const Wiring& wiring, int tile) {
    std::vector<bool> tiled(static_cast<std::size_t>(wiring.populations()));
    for (const int p : wiring.unclamped()) tiled[static_cast<std::size_t>(p)] = hears_nearby(wiring, p, tile);
    const std::vector<int>& hearers = wiring.hearers_of(wiring.input());
    tiled[static_cast<std::size_t>(wiring.input())] =
        std::all_of(hearers.begin(), hearers.end(), [&](int p) { return tiled[static_cast<std::size_t>(p)]; });
    return tiled;
}

std::vector<std::vector<std::int32_t>> tiles_of(const PopulationSpec& population, int tile, std::int32_t first,
                                                std::int32_t end) {
    const Tiling tiling(population, tile);
    std::vector<std::vector<std::int32_t>> tiles(static_cast<std::size_t>(tiling.count()));
    for (std::int32_t i = first; i < end; ++i) tiles[static_cast<std::size_t>(tiling.of(i))].push_back(i);
    std::erase_if(tiles, [](const auto& cells) { return cells.empty(); });
    return tiles;
}

}  // namespace settle

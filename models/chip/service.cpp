#include "models/chip/service.hpp"

#include <algorithm>
#include <cmath>

#include "core/draw.hpp"

namespace settle {

namespace {

Picoseconds scaled(Picoseconds time, double factor) {
    return static_cast<Picoseconds>(std::floor(static_cast<double>(time) * factor + 0.5));
}

}  // namespace

Services::Services(const ChipSettings& chip, std::uint64_t device_seed) : chip_(chip), mesh_(chip) {
    const auto servers = static_cast<std::size_t>(mesh_.servers());
    factors_.assign(servers, 1.0);
    fixed_.assign(servers, 0);
    hops_.assign(servers, 0);
    const Stream draws(device_seed, Purpose::chip_slow);
    for (std::size_t server = 0; server < servers; ++server) {
        const auto number = static_cast<int>(server);
        if (!chip.slow.none())
            factors_[server] = std::max(0.1, 1 + chip.slow.fraction(draws.block(static_cast<std::uint32_t>(number))));
        const ServerKind kind = mesh_.kind(number);
        if (kind == ServerKind::encoder) fixed_[server] = scaled(chip.encode, factors_[server]);
        if (kind != ServerKind::link) continue;
        fixed_[server] = scaled(chip.link, factors_[server]);
        const Direction direction = mesh_.direction(number);
        const bool along_row = direction == Direction::west || direction == Direction::east;
        hops_[server] = scaled(along_row ? chip.hop_x : chip.hop_y, factors_[server]);
    }
}

Picoseconds Services::decode(int core, std::int64_t targets) const {
    return scaled(chip_.decode + chip_.synapse * targets, factors_[static_cast<std::size_t>(mesh_.decoder(core))]);
}

}  // namespace settle

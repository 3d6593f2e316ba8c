#include "sim/runs/session/chip_tables.hpp"

#include "models/chip/placement.hpp"
#include "sim/measures/server_table.hpp"
#include "sim/runs/session/energy.hpp"

namespace settle {

std::optional<ChipTables> chip_tables(const Scenario& scenario, const ChipFigures& figures,
                                      std::int64_t branch_periods) {
    if (!scenario.chip || figures.empty()) return std::nullopt;
    const ChipSettings& chip = *scenario.chip;
    const std::uint64_t seed = scenario.timing.device_seed;
    std::optional<ChipPrices> prices;
    if (scenario.energy.on) prices = ChipPrices{scenario.energy.costs, core_time(scenario, branch_periods)};
    return ChipTables{server_table(Services(chip, seed), Mesh(chip), figures, prices,
                                   place(chip, scenario.network.sizes(), seed).used()),
                      latency_table(figures.latencies)};
}

}  // namespace settle

#include "sim/runs/session/chip_tables.hpp"

#include "models/chip/placement.hpp"
#include "sim/measures/server_table.hpp"
#include "sim/runs/session/energy.hpp"

namespace settle {

std::optional<ChipTables> chip_tables(const Scenario& scenario, const RunTotals& totals) {
    if (!scenario.chip || totals.chip.empty()) return std::nullopt;
    const ChipSettings& chip = *scenario.chip;
    const std::uint64_t seed = scenario.timing.device_seed;
    std::optional<ChipPrices> prices;
    if (scenario.energy.on) prices = ChipPrices{scenario.energy.costs, core_time(scenario, totals.branch_periods)};
    return ChipTables{server_table(Services(chip, seed), Mesh(chip), totals.chip, prices,
                                   place(chip, scenario.network.sizes(), seed).used()),
                      latency_table(totals.chip.latencies)};
}

}  // namespace settle

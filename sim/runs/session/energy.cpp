#include "sim/runs/session/energy.hpp"

#include <cmath>
#include <numeric>

#include "models/chip/placement.hpp"
#include "sim/scenario/energy_form.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

/// Of presentations that have settled.
struct SettledPart {
    Effort effort;
    std::int64_t periods = 0, presentations = 0;
    std::optional<double> median;  ///< periods
};

std::optional<SettledPart> settled_part(const RunTotals& totals) {
    if (totals.convergence)
        return SettledPart{totals.convergence->settled_effort, totals.convergence->settled_periods,
                           totals.convergence->presentations - totals.convergence->unsettled,
                           totals.convergence->settling_median};
    const auto& settling = totals.test ? totals.test : totals.train;
    if (!settling || settling->presentations == 0) return std::nullopt;
    SettledPart part{settling->settled_effort, 0, settling->presentations, median_period(settling->settled_at)};
    for (std::size_t k = 0; k < settling->settled_at.size(); ++k)
        part.periods += static_cast<std::int64_t>(k + 1) * settling->settled_at[k];
    return part;
}

}  // namespace

std::int64_t cores_in_use(const Scenario& scenario) {
    if (!scenario.chip) return 1;
    return std::ssize(place(*scenario.chip, scenario.network.sizes(), scenario.timing.device_seed).used());
}

CoreTime core_time(const Scenario& scenario, std::int64_t periods) {
    Femtojoules picoseconds = static_cast<Femtojoules>(periods) * scenario.timing.period;
    for (int exponent = scenario.timing.unit.exponent; exponent > TimeUnit::finest; --exponent) picoseconds *= 10;
    return {cores_in_use(scenario), picoseconds};
}

std::optional<EnergyFigures> energy_figures(const Scenario& scenario, const RunTotals& totals) {
    if (!scenario.energy.on) return std::nullopt;
    const UnitCosts& costs = scenario.energy.costs;
    EnergyFigures figures;
    figures.bill = make_bill(costs, totals.counters, totals.traffic, core_time(scenario, totals.branch_periods));
    figures.populations = population_names(scenario.network);
    figures.presentations = totals.presentations;
    figures.free_of_charge = free_of_charge(costs);
    const auto settled = settled_part(totals);
    if (!settled || settled->presentations == 0) return figures;
    const Femtojoules until =
        price(costs, settled->effort) + static_energy(costs, core_time(scenario, settled->periods));
    figures.to_settle = to_joules(until) / static_cast<double>(settled->presentations);
    if (settled->median) {
        const double period = static_cast<double>(core_time(scenario, 1).picoseconds) / 1e12;
        figures.settling_seconds = *settled->median * period;
    }
    return figures;
}

}  // namespace settle

// The bill of a run in joules: what was counted, at what it costs. Whole femtojoules, so that parts add up to the
// whole exactly, in whatever order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/engines/traffic.hpp"
#include "sim/measures/unit_costs.hpp"

namespace settle {

/// Room for 10^19 things at a joule each.
__extension__ typedef __int128 Femtojoules;

/// The nearest double.
double to_joules(Femtojoules energy);

/// Cores in use, and for how long: picoseconds of all branches of all presentations.
struct CoreTime {
    std::int64_t cores = 1;
    Femtojoules picoseconds = 0;
};

/// For the whole time, rounded once a core.
Femtojoules static_energy(const UnitCosts& costs, const CoreTime& time);

/// What was done costs; without static energy.
Femtojoules price(const UnitCosts& costs, const Effort& effort);

struct EnergyBill {
    std::array<Femtojoules, unit_cost_count> by_cause = {};  ///< as unit_costs has them
    /// Updates and spikes are the neuron's own population's, packets that of their source, synapses that of the target.
    /// The sum of all and of the static energy, which is nobody's, is the whole.
    std::vector<Femtojoules> by_population;

    Femtojoules total() const;
};

EnergyBill make_bill(const UnitCosts& costs, const PopulationCounters& counters, const PopulationTraffic& traffic,
                     const CoreTime& time);

/// What summary.json says of it.
struct EnergyFigures {
    EnergyBill bill;
    std::vector<std::string> populations;  ///< names
    std::int64_t presentations = 0;        ///< that it is shared among
    std::optional<double> to_settle;       ///< joules until the answer is final, mean of the presentations that settle
    std::optional<double> settling_seconds;   ///< until half of them have settled
    std::vector<std::string> free_of_charge;  ///< what costs 0

    double joules() const { return to_joules(bill.total()); }
    std::optional<double> per_presentation() const;
    /// Joule seconds of an answer.
    std::optional<double> delay() const;
};

}  // namespace settle

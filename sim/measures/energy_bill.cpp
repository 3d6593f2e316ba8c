#include "sim/measures/energy_bill.hpp"

namespace settle {

double to_joules(Femtojoules energy) {
    constexpr double a_joule = 1e15;
    return static_cast<double>(energy) / a_joule;
}

Femtojoules static_energy(const UnitCosts& costs, const CoreTime& time) {
    // Picowatts times picoseconds are 10^-24 joules.
    constexpr Femtojoules parts = 1'000'000'000;
    return time.cores * ((costs.idle * time.picoseconds + parts / 2) / parts);
}

Femtojoules price(const UnitCosts& costs, const Effort& effort) {
    const auto of = [](std::int64_t cost, std::uint64_t count) {
        return static_cast<Femtojoules>(cost) * static_cast<Femtojoules>(count);
    };
    return of(costs.update, effort.ticks) + of(costs.spike, effort.spikes) + of(costs.encode, effort.traffic.encodes) +
           of(costs.hop_x, effort.traffic.hops_x) + of(costs.hop_y, effort.traffic.hops_y) +
           of(costs.decode, effort.traffic.decodes) + of(costs.synapse, effort.synaptic_operations);
}

Femtojoules EnergyBill::total() const {
    Femtojoules sum = 0;
    for (const Femtojoules part : by_cause) sum += part;
    return sum;
}

EnergyBill make_bill(const UnitCosts& costs, const PopulationCounters& counters, const PopulationTraffic& traffic,
                     const CoreTime& time) {
    EnergyBill bill;
    for (std::size_t p = 0; p < counters.size(); ++p) {
        const Effort effort{counters[p].ticks, counters[p].spikes, counters[p].synaptic_operations,
                            p < traffic.size() ? traffic[p] : Traffic()};
        Femtojoules& own = bill.by_population.emplace_back(0);
        for (std::size_t i = 0; i < unit_cost_count; ++i) {
            UnitCosts alone;
            alone.*unit_costs[i].value = costs.*unit_costs[i].value;
            const Femtojoules part = price(alone, effort);
            bill.by_cause[i] += part;
            own += part;
        }
    }
    bill.by_cause.back() = static_energy(costs, time);
    return bill;
}

std::optional<double> EnergyFigures::per_presentation() const {
    if (presentations == 0) return std::nullopt;
    return joules() / static_cast<double>(presentations);
}

std::optional<double> EnergyFigures::delay() const {
    if (!to_settle || !settling_seconds) return std::nullopt;
    return *to_settle * *settling_seconds;
}

}  // namespace settle

// Bills in joules: parts add up to the whole, exactly, and the published costs give what others make of the same
// counts.
#include "sim/measures/energy_bill.hpp"

#include <doctest/doctest.h>

#include "core/draw.hpp"
#include "tests/sim/measures/sana_fe.hpp"

using namespace settle;

namespace {

const UnitCosts& loihi = cost_presets[0].costs;

}  // namespace

TEST_CASE("the counts of SANA-FE 2.2.1 on 784-500-10 give its joules") {
    PopulationTraffic traffic;
    for (const std::uint64_t spikes : sana_fe_spikes) traffic.push_back({spikes, spikes, spikes, spikes});
    const EnergyBill bill = make_bill(loihi, sana_fe_counters(), traffic, {33, 150'000'000});
    check_joules_of_sana_fe(bill);
}

TEST_CASE("parts of a bill add up to the whole, however large they are") {
    const Stream draws(3, Purpose::random_inputs);
    std::uint64_t drawn = 0;
    const auto count = [&] { return draws.below(drawn++, std::uint64_t{1} << 62); };
    UnitCosts costs;
    for (const UnitCost& cost : unit_costs)
        costs.*cost.value = static_cast<std::int64_t>(draws.below(drawn++, 1'000'000'000'000'000));
    PopulationCounters counters(4);
    PopulationTraffic traffic(4);
    for (std::size_t p = 0; p < counters.size(); ++p) {
        counters[p].ticks = count();
        counters[p].spikes = count();
        counters[p].synaptic_operations = count();
        traffic[p] = {count(), count(), count(), count()};
    }
    const EnergyBill bill = make_bill(costs, counters, traffic, {7, static_cast<Femtojoules>(count()) * 1000});
    Femtojoules of_populations = bill.by_cause.back(), of_efforts = bill.by_cause.back();
    for (std::size_t p = 0; p < counters.size(); ++p) {
        of_populations += bill.by_population[p];
        const Counters& c = counters[p];
        of_efforts += price(costs, {c.ticks, c.spikes, c.synaptic_operations, traffic[p]});
    }
    CHECK((of_populations == bill.total()));
    CHECK((of_efforts == bill.total()));
    CHECK((bill.total() > Femtojoules{1} << 100));
}

TEST_CASE("static energy is power times time, rounded once a core") {
    UnitCosts costs;
    costs.idle = 1;
    // 1 pW for 0.5 s is 500 fJ, and for 1.5 ns nothing.
    CHECK((static_energy(costs, {3, 500'000'000'000}) == 1500));
    CHECK((static_energy(costs, {3, 1'500}) == 0));
    CHECK((static_energy(costs, {3, 500'000'000}) == 3));
    costs.idle = 1'000'000'000;  // 1 mW: a femtojoule a picosecond
    CHECK((static_energy(costs, {2, 123}) == 246));
}

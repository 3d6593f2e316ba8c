// What SANA-FE 2.2.1 counted and billed on 784-500-10 in 150 steps: 14,928 + 9,362 + 118 spikes, 76,500 updates above
// layer 0, 7,616,620 synaptic operations, and 24,408 packets over a hop east or west and one north or south each;
// updates and spikes of inputs are free there.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <initializer_list>

#include "sim/measures/energy_bill.hpp"

namespace settle {

inline constexpr std::array<std::uint64_t, 3> sana_fe_spikes = {14'928, 9'362, 118};

inline PopulationCounters sana_fe_counters() {
    PopulationCounters counters(3);
    counters[1].ticks = 75'000;
    counters[2].ticks = 1'500;
    counters[1].spikes = sana_fe_spikes[1];
    counters[2].spikes = sana_fe_spikes[2];
    counters[1].synaptic_operations = 7'616'620;
    return counters;
}

/// Synapses, somas, axons and hops, and all.
inline void check_joules_of_sana_fe(const EnergyBill& bill) {
    const auto microjoules = [&](std::initializer_list<std::size_t> causes) {
        Femtojoules sum = 0;
        for (const std::size_t cause : causes) sum += bill.by_cause[cause];
        return 1e6 * to_joules(sum);
    };
    CHECK(microjoules({6}) == doctest::Approx(270.390).epsilon(2e-6));
    CHECK(microjoules({0, 1}) == doctest::Approx(6.226).epsilon(1e-4));
    CHECK(microjoules({2, 3, 4, 5}) == doctest::Approx(2.885).epsilon(1e-4));
    CHECK(1e6 * to_joules(bill.total()) == doctest::Approx(279.501).epsilon(2e-6));
}

}  // namespace settle

// What each thing that a chip does costs.
#pragma once

#include <array>
#include <cstdint>

namespace settle {

/// Femtojoules each, but for the power of a core in use. 0: it costs nothing, or nobody knows.
struct UnitCosts {
    std::int64_t update = 0;   ///< a tick
    std::int64_t spike = 0;    ///< a bit of value 1
    std::int64_t encode = 0;   ///< a packet, in the encoder of its source
    std::int64_t hop_x = 0;    ///< a packet, to the next router east or west
    std::int64_t hop_y = 0;    ///< a packet, to the next router north or south
    std::int64_t decode = 0;   ///< a packet, in the decoder of a target
    std::int64_t synapse = 0;  ///< a weight that is added to a target
    std::int64_t idle = 0;     ///< a core in use, for the whole time: picowatts

    bool operator==(const UnitCosts&) const = default;
};

struct UnitCost {
    const char* name;  ///< its entry in energy_by_cause
    const char* key;   ///< of the scenario
    const char* help;
    std::int64_t UnitCosts::*value;
};

constexpr std::size_t unit_cost_count = 8;
/// In the order of energy_by_cause.
constexpr std::array<UnitCost, unit_cost_count> unit_costs = {{
    {"update", "energy.update", "of a tick", &UnitCosts::update},
    {"spike", "energy.spike", "of a bit of value 1", &UnitCosts::spike},
    {"encode", "energy.encode", "of a packet in its source's encoder", &UnitCosts::encode},
    {"hop_x", "energy.hop_x", "of a packet, to the next router east or west", &UnitCosts::hop_x},
    {"hop_y", "energy.hop_y", "of a packet, to the next router north or south", &UnitCosts::hop_y},
    {"decode", "energy.decode", "of a packet in a target's decoder", &UnitCosts::decode},
    {"synapse", "energy.synapse", "of a synaptic operation", &UnitCosts::synapse},
    {"static", "energy.static", "power of a core in use, for the whole time; without a chip everything is one core",
     &UnitCosts::idle},
}};

/// Published costs.
struct CostPreset {
    const char* name;
    const char* source;  ///< with its date
    UnitCosts costs;
};

constexpr std::array<CostPreset, 1> cost_presets = {{
    // Soma access 51.2 pJ and update 21.6 pJ, spike 69.3 pJ, axon out 111 pJ, hop 3.0 pJ east or west and 4.2 pJ north
    // or
    // south, axon in 0 pJ, dense synapse 35.5 pJ.
    {"loihi",
     "Loihi as SANA-FE 2.2.1 publishes it (Boyle et al., 2025), from the SPICE figures of Davies et al., IEEE Micro "
     "38(1), 2018",
     {72'800, 69'300, 111'000, 3'000, 4'200, 0, 35'500, 0}},
}};

}  // namespace settle

// chip.csv: what every server of a chip has done, what it cost, and what the cores cost besides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/chip/service.hpp"
#include "sim/engines/chip_figures.hpp"
#include "sim/measures/energy_bill.hpp"

namespace settle {

/// What a chip's bill is made of.
struct ChipPrices {
    UnitCosts costs;
    CoreTime time;  ///< of one core in use; `cores` is not looked at
};

/// What the packets that a server has served cost.
Femtojoules server_energy(const UnitCosts& costs, const Mesh& mesh, int server, const ServerFigures& figures);

/// What the neurons of a core cost where they are: updates, spikes, synapses, and a core in use for the whole time.
Femtojoules core_energy(const ChipPrices& prices, const CoreFigures& figures);

/// Energy as decimal joules, every femtojoule of it.
std::string exact_joules(Femtojoules energy);

/// A line for every encoder, decoder and link that leads somewhere; with prices also one for every core in use, and
/// then the column of joules adds up to the whole bill, exactly. `used`: cores in use.
std::string server_table(const Services& services, const Mesh& mesh, const ChipFigures& figures,
                         const std::optional<ChipPrices>& prices, const std::vector<std::int32_t>& used);

/// latencies.csv: how many bits were heard so many nanoseconds after they were fired.
std::string latency_table(const LogHistogram& latencies);

}  // namespace settle

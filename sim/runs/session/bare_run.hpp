// A bare run: a scenario for its numbers alone; nothing is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/session/summary.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct BareRun {
    Metrics metrics;                 ///< the numbers of summary.json
    std::string fingerprint;         ///< 16 hexadecimal digits; "" for the free engine
    std::vector<std::string> lines;  ///< of metrics.jsonl
    Summary summary;
    RunTotals totals;
    Wiring wiring;          ///< of the network
    NetworkArrays weights;  ///< as in weights.h5
};

/// Runs the scenario's task on `data`, which must be what load_dataset gives for it, with scenario.threads workers. Of
/// the observer, progress and stop are asked, and those who record told: presented, records, ticks and events.
/// `trained` has the networks that others have trained first, and takes that of this run; null: it trains its own.
/// nullopt: stopped. Throws Error (runtime) when the run itself fails.
std::optional<BareRun> run_bare(const Scenario& scenario, const Dataset& data, const Observer& observer,
                                TrainedNetworks* trained = nullptr);

}  // namespace settle

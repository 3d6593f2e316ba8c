// A bare run: a scenario for its numbers alone; nothing is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct BareRun {
    Metrics metrics;                 ///< the numbers of summary.json
    std::string fingerprint;         ///< 16 hexadecimal digits; "" for the free engine
    std::vector<std::string> lines;  ///< of metrics.jsonl
};

/// Runs the scenario's task on `data`, which must be what load_dataset gives for it, with scenario.threads workers. Of
/// the observer, progress and stop are asked. nullopt: stopped. Throws Error (runtime) when the run itself fails.
std::optional<BareRun> run_bare(const Scenario& scenario, const Dataset& data, const Observer& observer);

}  // namespace settle

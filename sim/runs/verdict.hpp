// The verdict on a run: its scenario's expectations, judged by the numbers of its summary.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/runs/session.hpp"
#include "sim/runs/summary.hpp"
#include "sim/scenario/expectation.hpp"

namespace settle {

/// What the scenarios named by `than` have come to, by that name.
using OtherMetrics = std::map<std::string, Metrics>;

/// Judges all expectations but those about a point of a sweep, in their order.
std::vector<Verdict> judge_run(const std::vector<Expectation>& expectations, const Metrics& run,
                               const OtherMetrics& others);

/// Writes the counts of the verdicts into the summary.
void count_verdicts(const std::vector<Verdict>& verdicts, Summary& summary);

/// Runs a scenario for its numbers alone: nothing is written. nullopt: the observer stopped it.
std::optional<Metrics> metrics_of_run(const Scenario& scenario, const Observer& observer);

}  // namespace settle

// The verdict on a run: its scenario's expectations, judged by the numbers of its summary.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/runs/session/session.hpp"
#include "sim/runs/session/summary.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/scenario/expectation.hpp"

namespace settle {

/// What a scenario named by `than` has come to.
struct OtherRun {
    Metrics metrics;
    Absences absences;
};
using OtherRuns = std::map<std::string, OtherRun>;  ///< by that name

/// Judges all expectations of the scenario but those about a point of a sweep, in their order.
std::vector<Verdict> judge_run(const Scenario& scenario, const Metrics& run, const OtherRuns& others);

/// Writes the counts of the verdicts into the summary.
void count_verdicts(const std::vector<Verdict>& verdicts, Summary& summary);

/// Runs the scenarios that expectations compare with, one after the other, for their numbers alone: nothing is written.
/// `beginning` (may be empty) is told the name of each. `trained`: as run_bare() has it. nullopt: the observer stopped
/// it.
std::optional<OtherRuns> run_others(const std::map<std::string, Scenario>& others, const Observer& observer,
                                    const std::function<void(const std::string& name)>& beginning,
                                    TrainedNetworks* trained = nullptr);

}  // namespace settle

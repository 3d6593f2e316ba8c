// The summary of a run: summary.json, flat, and the same as a table for people.
#pragma once

#include <map>
#include <string>

#include "sim/measures/summary.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

Summary summarize(const Scenario& scenario, const RunTotals& totals, int threads, double wall_seconds);

/// The content of summary.json.
std::string to_json(const Summary& summary);

/// The numbers of summary.json, by key.
std::map<std::string, double> metrics_of(const Summary& summary);

/// A line of metrics.jsonl, without the line's end.
std::string to_json(const EpochMetrics& metrics, const Scenario& scenario);
std::string to_json(const SettlingSample& sample);
std::string to_json(const TrackingSample& sample);

/// The content of changes.jsonl: a line for every change of the input of a stream.
std::string change_lines(const StreamFigures& figures);

/// The content of settling.jsonl: {"period": k, "error": fraction wrong if the answer is read at the end of period k}.
std::string settling_lines(const Evaluation& evaluation);

}  // namespace settle

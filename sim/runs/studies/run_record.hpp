// What a sweep or a search keeps of each finished run: the lines of points.jsonl and trials.jsonl.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/axis.hpp"
#include "sim/scenario/expectation.hpp"

namespace settle {

/// The seeds of one run.
struct Seeds {
    std::uint64_t network = 0;  ///< network.seed
    std::uint64_t device = 0;   ///< timing.device_seed
    std::uint64_t noise = 0;    ///< scenario.seed
};

struct RunRecord {
    std::int64_t number = 0;                                  ///< of the point or of the trial, from 0
    std::string label;                                        ///< of the point
    std::vector<Setting> values;                              ///< what is laid over the scenario
    std::vector<std::pair<std::string, std::string>> labels;  ///< by axis, of the point
    int repeat = 0;                                           ///< of the point, from 0
    Seeds seeds;                                              ///< of the point
    std::optional<double> objective;                          ///< of the trial
    Metrics metrics;                                          ///< kept_metrics() of summary.json
    std::string fingerprint;
    std::string failure;   ///< what stopped it; "" for a good run
    bool invalid = false;  ///< of a trial: its values make no scenario
};

/// Those that are kept: finite numbers, without the counts of expectations.
Metrics kept_metrics(const Metrics& metrics);

/// One line, without its end.
std::string point_line(const RunRecord& record);
std::string trial_line(const RunRecord& record);

/// What is needed to go on: number, repeat, objective, metrics, fingerprint, failure. `place` names file and line.
/// Throws Error (input).
RunRecord read_point_line(const std::string& line, const std::string& place);
RunRecord read_trial_line(const std::string& line, const std::string& place);

}  // namespace settle

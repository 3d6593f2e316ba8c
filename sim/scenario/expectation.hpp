// Expectations: [[expect]] of a scenario, from its text to its verdict.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/formats/value.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The numbers of summary.json, by key. Those that do not apply to a run are not in its summary.
const std::vector<std::string>& metric_names();

/// The numbers that the summary of a finished run of the scenario has, whatever its search draws; with update_cosine_N
/// for all its projections. What a search can minimise. Some runs lack those about what may not happen, such as
/// settling_p99.
std::vector<std::string> reported_metrics(const Scenario& scenario);

/// The points that expectations may be about.
struct ExpectedPoints {
    std::vector<std::string> labels;  ///< of the scenario's sweep
    bool judged = false;              ///< whether a point without one of these labels is wrong: a sweep judges it
};

/// Reads `expect`, an array of tables. `than` of an expectation about a point may be the label of another point, which
/// wins over the name of a scenario; its paths are relative to `folder`. What is wrong goes to `problems`.
std::vector<Expectation> read_expectations(const Value& content, const std::string& folder,
                                           const ExpectedPoints& points, Problems& problems);
/// One of them, or update_cosine_N for a projection N.
bool is_metric_name(const std::string& name);

/// The [[expect]] tables as TOML; "" without any.
std::string expectations_as_toml(const std::vector<Expectation>& expectations);

/// What is expected: "test_error below 0.05", "test_error minus that of mnist below 0.002", "settled by period 40".
std::string expectation_text(const Expectation& expectation);

/// Numbers of a summary by key.
using Metrics = std::map<std::string, double>;

struct Verdict {
    bool passed = false;
    std::string expected;  ///< expectation_text()
    std::string seen;      ///< "0.0435"; with `than`, the difference and both numbers
};

/// `settled_by = T` holds when settling_p99 is at most T periods and no presentation is unsettled: 99 of 100
/// presentations must have settled by then. A metric that the run does not have fails. `other`: the numbers of the
/// scenario that `than` names; not looked at without.
Verdict judge(const Expectation& expectation, const Metrics& run, const Metrics& other = {});

}  // namespace settle

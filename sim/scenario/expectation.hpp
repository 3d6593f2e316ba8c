// Expectations: [[expect]] of a scenario, from its text to its verdict.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/formats/value.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// The points that expectations may be about.
struct ExpectedPoints {
    std::vector<std::string> labels;  ///< of the scenario's sweep
    bool judged = false;              ///< whether a point without one of these labels is wrong: a sweep judges it
};

/// The runs that expectations are about: the scenario as its file has it, and as options have changed it.
struct ExpectedRuns {
    const Scenario& written;
    const Scenario& now;
};

/// Reads `expect`, an array of tables. A metric that no run of the scenario as written has is wrong, unless options
/// have made one that has it. `than` of an expectation about a point may be the label of another point, which wins over
/// the name of a scenario; its paths are relative to `folder`. What is wrong goes to `problems`.
std::vector<Expectation> read_expectations(const Value& content, const std::string& folder,
                                           const ExpectedPoints& points, const ExpectedRuns& runs, Problems& problems);

/// Why the scenario cannot fulfil the expectation: no run of it has the metric ("data.test is 0"); "" if one may.
std::string why_hopeless(const Expectation& expectation, const Scenario& scenario);

/// The [[expect]] tables as TOML; "" without any.
std::string expectations_as_toml(const std::vector<Expectation>& expectations);

/// What is expected: "test_error below 0.05", "test_error minus 1.5 times that of mnist below 0.002", "settled by
/// period 40".
std::string expectation_text(const Expectation& expectation);

/// Numbers of a summary by key.
using Metrics = std::map<std::string, double>;

struct Verdict {
    bool passed = false;
    std::string expected;  ///< expectation_text()
    std::string seen;  ///< "0.0435"; with `than`, the difference and both numbers. Four digits, where they decide it
    std::optional<double> value = {};  ///< what was compared with the bounds, with all digits
};

/// Of metrics that are not there, what is said instead: "not settled (3 of 20)".
using Absences = std::map<std::string, std::string>;

/// What is known of metrics that a run of the scenario does not have.
Absences absences_of(const Scenario& scenario, const Metrics& run);

/// `settled_by = T` holds when settling_p99 is at most T periods and no presentation is unsettled: 99 of 100
/// presentations must have settled by then. `recovered_by = T` with `after = "NAME"` asks the same of recovery_p99.NAME
/// and unrecovered.NAME. A metric that the run does not have fails, and what is seen is what
/// `absences` say of it. `other`: the numbers of the scenario that `than` names; not looked at without.
Verdict judge(const Expectation& expectation, const Metrics& run, const Metrics& other = {},
              const Absences& absences = {}, const Absences& others_absences = {});

}  // namespace settle

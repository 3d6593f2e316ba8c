// The table of metrics, which exists once: summary.json, expectations, the objective of a search, sweep tables,
// compare, reports, `settle metrics` and the documentation all come from it. To add one: measure it (sim/measures), and
// give it a row.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/measures/summary.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// As summary.json writes it: counts without a point, also beyond 2^53.
using Number = std::variant<std::int64_t, std::uint64_t, double>;

double to_double(const Number& number);

/// What a scenario must ask for so that its runs have a metric.
struct MetricNeed {
    std::string key;                    ///< of the scenario
    std::string wanted;                 ///< "phases.nudged above 0"
    std::string missing;                ///< "phases.nudged is 0"
    bool (*met)(const Scenario&) = {};  ///< given its other keys
};

struct Metric {
    enum class Form {
        number,
        by_population,  ///< an array over the populations 0..L
        by_projection,  ///< a number of its own for every projection 0..L-1, numbered behind the name
        by_event,       ///< a number of its own for every event within presentations, whose name stands behind it
        by_name,        ///< an object of named numbers
        text,
    };
    enum class Kind {
        result,        ///< what is found: the same every time where runs are reproducible
        setting,       ///< what was asked for
        circumstance,  ///< time, threads, resumption, verdicts: may differ between equal runs
    };

    std::string name;  ///< key of summary.json; by_projection, by_event: what stands before the number or the name
    std::string unit;  ///< "fraction", "periods"; empty: a plain number or a count
    std::string help;
    Form form = Form::number;
    Kind kind = Kind::result;
    std::vector<Task> tasks = {};          ///< whose runs have it; empty: all
    std::vector<EngineKind> engines = {};  ///< that measure it; empty: all
    std::vector<MetricNeed> needs = {};
    bool of_counters = false;       ///< counted all along: the lines of an epoch have it too
    bool judged = true;             ///< whether expectations and searches may be about it
    bool can_be_found = true;       ///< false: only of what has happened to a run (resumed_at), so not to be searched
    std::string title = {};         ///< on an axis; empty: the name
    bool positive = false;          ///< above 0 by nature, as a distance is and a count is not: a logarithm can show it
    std::string without = {};       ///< what it is called that a run of which it could be said has none: "not settled"
    int headline = 0, plotted = 0;  ///< place among what stands first in a report of a run, of a sweep; 0: not there

    /// From the summary: one number (by_population: one a population, by_projection: one a projection, by_event: one an
    /// event of Summary::recoveries), or one absence where the run has none. Of a text, `text`.
    std::function<std::vector<std::optional<Number>>(const Summary&)> read = {};
    std::function<std::string(const Summary&)> text = {};
    std::function<std::vector<std::string>(const Summary&)> names = {};  ///< by_name: those of what is read
};

/// All, in the order of summary.json.
const std::vector<Metric>& metrics();

/// The row of a name; of "update_cosine_3" that of "update_cosine_", of "recovery_p99.bits get lost" that of
/// "recovery_p99.". Null if there is none.
const Metric* find_metric(const std::string& name);

/// The keys of summary.json that a row stands for, with their numbers: one, or one for each projection or event. None
/// of a text or an array.
std::vector<std::pair<std::string, std::optional<Number>>> numbers_of(const Metric& metric, const Summary& summary);

/// The numbers that expectations may be about; of those by projection the first, of those by event that of one called
/// NAME. is_metric_name() takes all of them.
const std::vector<std::string>& metric_names();
bool is_metric_name(const std::string& name);

/// Whether a key is varied, so that what the scenario says of it decides nothing.
using IsVaried = std::function<bool(const std::string& key)>;
IsVaried varied_by(const Value::Table& over);

/// Why no run of the scenario has the metric: "a run of the task train has none", "phases.nudged is 0"; "" if one may.
std::string why_absent(const Metric& metric, const Scenario& scenario, const IsVaried& is_varied = {});

/// The same of a name, which may say an event: "no event has this name".
std::string why_absent(const std::string& name, const Scenario& scenario, const IsVaried& is_varied = {});

/// To the names of metrics that runs have, adds those that such runs could have had: settling_p99, and recovery_p99 of
/// every event.
void add_expectable(std::set<std::string>& names);

/// What is said in place of a mean over repeats, `have` of `all` having the metric and `failed` of them having failed:
/// "failed (1 of 5)", "not settled (2 of 5)", "absent (1 of 5)"; "" where there is a mean, or nothing that any repeat
/// could have.
std::string absence_over_repeats(const std::string& name, int have, int all, int failed);

/// The numbers that the summary of a finished run of the scenario has, whatever its search draws; with update_cosine_N
/// for all its projections, and those by event for all its events. What a search can minimise. Some runs lack those
/// about what may not happen, such as settling_p99.
std::vector<std::string> reported_metrics(const Scenario& scenario);

/// Names in the order of `headline` or `plotted`.
std::vector<std::string> ranked_metrics(int Metric::*rank);

/// The table of docs/outputs.md.
std::string metrics_as_markdown();

}  // namespace settle

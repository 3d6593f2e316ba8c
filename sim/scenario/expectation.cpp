#include "sim/scenario/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<std::string> parts = {"metric", "below", "above", "within", "equals", "settled_by", "than", "point"};
constexpr const char* bounds = "below, above, within or equals";

/// The name of a built-in scenario as it is, a file as an absolute path.
std::optional<std::string> find_other(const std::string& name, const std::string& folder) {
    std::error_code ignored;
    const fs::path path = fs::absolute(fs::path(folder) / name, ignored).lexically_normal();
    if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) return path.string();
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        if (builtin.name == name) return name;
    }
    return std::nullopt;
}

/// Reads one table. Everything that is wrong is noted, and then the expectation is of no use.
class ExpectationReader {
public:
    ExpectationReader(const Value& table, const std::string& folder, const ExpectedPoints& points, Problems& problems)
        : table_(table), folder_(folder), points_(points), reader_("expect", folder, problems) {}

    Expectation read() {
        reader_.only(table_, parts);
        read_metric();
        read_number("below", expectation_.below);
        read_number("above", expectation_.above);
        read_number("equals", expectation_.equals);
        read_within();
        if (const Value* value = table_.find("settled_by")) {
            expectation_.settled_by = reader_.number(*value, 0, 1e12, "settled_by");
        }
        read_point();
        read_than();
        check_together();
        return expectation_;
    }

private:
    void read_metric() {
        const Value* value = table_.find("metric");
        if (!value) return;
        const std::string expected = "a number of summary.json: " + joined(metric_names());
        const auto name = reader_.text(*value, expected, "metric");
        if (!name) return;
        if (!is_metric_name(*name)) reader_.complain_about_name(*value, *name, metric_names(), expected, "metric");
        expectation_.metric = *name;
    }

    void read_number(const char* part, std::optional<double>& field) {
        if (const Value* value = table_.find(part)) field = reader_.number(*value, -infinity, infinity, part);
    }

    void read_within() {
        const Value* value = table_.find("within");
        if (!value) return;
        const std::string form = "[low, high]";
        if (!value->array() || value->array()->size() != 2) {
            return reader_.complain(*value, value->array() ? "has not two items" : "is not an array", form, "within");
        }
        const auto low = reader_.number(value->array()->at(0), -infinity, infinity, "within");
        const auto high = reader_.number(value->array()->at(1), -infinity, infinity, "within");
        if (!low || !high) return;
        if (*low > *high) return reader_.complain(*value, fmt::format("{} is above {}", *low, *high), form, "within");
        expectation_.within = {*low, *high};
    }

    bool is_point(const std::string& label) const {
        return std::find(points_.labels.begin(), points_.labels.end(), label) != points_.labels.end();
    }

    void read_point() {
        const Value* value = table_.find("point");
        if (!value) return;
        const auto label = reader_.text(*value, "the label of a point of the sweep", "point");
        if (!label) return;
        if (label->empty()) return reader_.complain(*value, "is empty", "the label of a point", "point");
        if (points_.judged && !is_point(*label)) {
            return reader_.complain_about_name(*value, *label, points_.labels, "the label of a point of the sweep",
                                               "point");
        }
        expectation_.point = *label;
    }

    void read_than() {
        const Value* value = table_.find("than");
        if (!value) return;
        const std::string expected = "a path, or a name of `settle list`";
        const auto name = reader_.text(*value, expected, "than");
        if (!name) return;
        if (table_.find("point") && is_point(*name)) {
            expectation_.than = *name;
            expectation_.than_point = true;
            return;
        }
        const bool is_path = !name->empty() && name->find('\0') == std::string::npos;
        const auto other = is_path ? find_other(*name, folder_) : std::nullopt;
        if (!other || !is_utf8(*other)) {
            std::vector<std::string> names;
            for (const BuiltinScenario& builtin : builtin_scenarios()) names.emplace_back(builtin.name);
            if (table_.find("point")) names.insert(names.begin(), points_.labels.begin(), points_.labels.end());
            return reader_.complain_about_name(*value, *name, names, expected, "than");
        }
        expectation_.than = *other;
    }

    /// Looks at what the table holds, not at what could be read, so that a wrong value is not called missing.
    void check_together() {
        const auto has = [&](const char* part) { return table_.find(part) != nullptr; };
        const bool bounded = has("below") || has("above") || has("within") || has("equals");
        if (has("settled_by")) {
            for (const char* part : {"metric", "below", "above", "within", "equals", "than"}) {
                if (has(part)) reader_.complain(*table_.find(part), "does not go with settled_by", "one of them", part);
            }
        } else if (!has("metric")) {
            reader_.complain(table_, "says nothing to look at",
                             std::string("metric, with ") + bounds + ", or settled_by");
        } else if (!bounded) {
            reader_.complain(*table_.find("metric"), "has nothing to be compared with",
                             has("than") ? std::string(bounds) + ", of the difference" : bounds, "metric");
        }
        const auto& e = expectation_;
        if (e.below && e.above && *e.below <= *e.above) {
            reader_.complain(*table_.find("below"), fmt::format("nothing is below {} and above {}", *e.below, *e.above),
                             "below larger than above", "below");
        }
    }

    const Value& table_;
    const std::string& folder_;
    const ExpectedPoints& points_;
    KeyReader reader_;
    Expectation expectation_;
};

std::string bounds_text(const Expectation& e) {
    std::string text;
    const auto add = [&](const std::string& bound) { text += (text.empty() ? "" : " and ") + bound; };
    if (e.above) add(fmt::format("above {}", *e.above));
    if (e.below) add(fmt::format("below {}", *e.below));
    if (e.within) add(fmt::format("within {} to {}", e.within->first, e.within->second));
    if (e.equals) add(fmt::format("equal to {}", *e.equals));
    return text;
}

/// Written so that a nan fulfils nothing.
bool holds(const Expectation& e, double value) {
    return (!e.below || value < *e.below) && (!e.above || value > *e.above) && (!e.equals || value == *e.equals) &&
           (!e.within || (value >= e.within->first && value <= e.within->second));
}

std::optional<double> find(const Metrics& metrics, const std::string& name) {
    const auto found = metrics.find(name);
    if (found == metrics.end()) return std::nullopt;
    return found->second;
}

void judge_settling(double limit, const Metrics& run, Verdict& verdict) {
    const auto settled = find(run, "settling_p99");
    const double unsettled = find(run, "unsettled").value_or(0);
    if (!settled) {
        verdict.seen = unsettled > 0 ? fmt::format("nothing settled ({} unsettled)", unsettled)
                                     : std::string("no settling_p99 in the summary of this run");
        return;
    }
    verdict.passed = *settled <= limit && unsettled == 0;
    verdict.seen = fmt::format("period {}", *settled);
    if (unsettled > 0) verdict.seen += fmt::format(", {} unsettled", unsettled);
}

Value table_of(const Expectation& e) {
    Value::Table table;
    const auto add_number = [&](const char* part, const std::optional<double>& number) {
        if (number) table.emplace_back(part, make_value(*number));
    };
    const auto add_text = [&](const char* part, const std::string& text) {
        if (!text.empty()) table.emplace_back(part, make_value(text));
    };
    add_text("metric", e.metric);
    add_number("below", e.below);
    add_number("above", e.above);
    if (e.within) table.emplace_back("within", make_array(std::vector<double>{e.within->first, e.within->second}));
    add_number("equals", e.equals);
    add_number("settled_by", e.settled_by);
    add_text("than", e.than);
    add_text("point", e.point);
    return make_table(std::move(table));
}

}  // namespace

const std::vector<std::string>& metric_names() {
    static const std::vector<std::string> names = {"test_error",
                                                   "train_error",
                                                   "validation_error",
                                                   "threads",
                                                   "seed",
                                                   "epochs",
                                                   "presentations",
                                                   "ticks",
                                                   "samples_per_second",
                                                   "wall_seconds",
                                                   "spikes",
                                                   "messages",
                                                   "deliveries",
                                                   "lost",
                                                   "duplicated",
                                                   "expired",
                                                   "synaptic_operations",
                                                   "posts",
                                                   "settling_median",
                                                   "settling_p99",
                                                   "unsettled",
                                                   "final_distance",
                                                   "mean_distance",
                                                   "free_distance",
                                                   "late_fall",
                                                   "nudged_distance",
                                                   "distance_effective",
                                                   "free_distance_effective",
                                                   "nudged_distance_effective",
                                                   "bias",
                                                   "fluctuation",
                                                   "update_cosine",
                                                   "update_cosine_0",
                                                   "mean_update_cosine",
                                                   "update_bias",
                                                   "update_variance",
                                                   "reference_residual",
                                                   "elsewhere",
                                                   "energy",
                                                   "lead_mean",
                                                   "lead_max",
                                                   "lag_mean",
                                                   "lag_max",
                                                   "window_bits_mean",
                                                   "window_bits_max",
                                                   "source_bits_max",
                                                   "in_flight_mean",
                                                   "in_flight_max",
                                                   "blocked",
                                                   "late_ticks",
                                                   "resumed_at"};
    return names;
}

namespace {

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a run of the task has it, its phases, data and engine apart.
bool is_of_task(const std::string& name, Task task) {
    // What only one of the tasks has; the rest is counted or timed in every run.
    static const std::vector<std::string> of_answers = {"test_error", "train_error", "validation_error"};
    static const std::vector<std::string> of_training = {"samples_per_second", "epochs", "validation_error"};
    static const std::vector<std::string> of_convergence = {
        "final_distance", "mean_distance",   "free_distance", "late_fall", "nudged_distance",    "energy",
        "bias",           "fluctuation",     "elsewhere",     "unsettled", "mean_update_cosine", "reference_residual",
        "update_bias",    "update_variance",
    };
    const bool converges = is_one_of(name, of_convergence) || name.find("distance_effective") != std::string::npos ||
                           name.rfind("update_cosine", 0) == 0;
    if (converges) return task == Task::converge;
    if (is_one_of(name, of_answers) && task == Task::converge) return false;
    return task == Task::train || !is_one_of(name, of_training);
}

}  // namespace

std::vector<std::string> reported_metrics(const Scenario& scenario) {
    static const std::vector<std::string> of_machine = {
        "lead_mean",       "lead_max",       "lag_mean",      "lag_max", "window_bits_mean", "window_bits_max",
        "source_bits_max", "in_flight_mean", "in_flight_max", "blocked", "late_ticks"};
    static const std::vector<std::string> of_repeats = {"mean_update_cosine", "update_bias", "update_variance"};
    const auto is_searched = [&](const std::string& key) {
        const auto& over = scenario.search.over;
        return std::any_of(over.begin(), over.end(),
                           [&](const auto& axis) { return key == axis.first || key.rfind(axis.first + ".", 0) == 0; });
    };
    const bool any_engine = is_searched("scenario.engine");
    const bool free = any_engine || scenario.engine == EngineKind::free_running;
    const bool nudged = scenario.phases.nudged > 0 || is_searched("phases.nudged");
    const bool repeated = nudged && (scenario.data.repeats > 1 || is_searched("data.repeats"));
    const bool tested = scenario.data.test != 0 || is_searched("data.test");
    const bool validated = scenario.data.validation > 0 || is_searched("data.validation");
    std::vector<std::string> names;
    for (const std::string& name : metric_names()) {
        if (!is_of_task(name, scenario.task) || name == "resumed_at") continue;
        if (is_one_of(name, of_machine) && !free) continue;
        if (name == "late_ticks" && !scenario.free.pace && !is_searched("free.pace")) continue;
        if (name == "posts" && scenario.engine == EngineKind::lockstep && !any_engine) continue;
        if ((name.rfind("nudged_", 0) == 0 || name.rfind("update_", 0) == 0) && !nudged) continue;
        if (is_one_of(name, of_repeats) && !repeated) continue;
        if (name == "test_error" && !tested) continue;
        if (name == "validation_error" && !validated) continue;
        names.push_back(name);
        if (name != "update_cosine_0") continue;
        for (std::size_t l = 1; l + 1 < scenario.network.layers.size(); ++l)
            names.push_back("update_cosine_" + std::to_string(l));
    }
    return names;
}

bool is_metric_name(const std::string& name) {
    const std::string by_projection = "update_cosine_";
    const auto& names = metric_names();
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    // 0, 1, 2 …: as many as a network can have, and no leading 0.
    const std::string number = name.rfind(by_projection, 0) == 0 ? name.substr(by_projection.size()) : "";
    return !number.empty() && number.size() <= 4 && number.front() != '0' &&
           number.find_first_not_of("0123456789") == std::string::npos;
}

std::vector<Expectation> read_expectations(const Value& content, const std::string& folder,
                                           const ExpectedPoints& points, Problems& problems) {
    std::vector<Expectation> expectations;
    if (!content.array()) {
        problems.wrong.push_back(problem_at(content.place, "expect", "is not an array of tables", "[[expect]]"));
        return expectations;
    }
    for (const Value& item : *content.array()) {
        if (item.is_table()) {
            expectations.push_back(ExpectationReader(item, folder, points, problems).read());
        } else {
            problems.wrong.push_back(problem_at(item.place, "expect", "is not a table", "[[expect]]"));
        }
    }
    return expectations;
}

std::string expectations_as_toml(const std::vector<Expectation>& expectations) {
    std::string text;
    for (const Expectation& expectation : expectations) {
        text += "\n[[expect]]\n";
        const Value table = table_of(expectation);
        for (const auto& [part, value] : *table.table()) text += part + " = " + to_toml(value) + "\n";
    }
    return text;
}

std::string expectation_text(const Expectation& e) {
    const std::string point = e.point.empty() ? "" : " at point " + quoted(e.point);
    if (e.settled_by) return fmt::format("99 of 100 presentations settled by period {}{}", *e.settled_by, point);
    const std::string other = e.than_point ? "point " + quoted(e.than) : printable(e.than, 1000);
    const std::string than = e.than.empty() ? "" : " minus that of " + other;
    return e.metric + than + " " + bounds_text(e) + point;
}

Verdict judge(const Expectation& e, const Metrics& run, const Metrics& other) {
    Verdict verdict;
    verdict.expected = expectation_text(e);
    if (e.settled_by) {
        judge_settling(*e.settled_by, run, verdict);
        return verdict;
    }
    const auto value = find(run, e.metric);
    if (!value) {
        verdict.seen = "no " + e.metric + " in the summary of this run";
    } else if (e.than.empty()) {
        verdict.passed = holds(e, *value);
        verdict.seen = fmt::format("{}", *value);
    } else if (const auto others = find(other, e.metric)) {
        verdict.passed = holds(e, *value - *others);
        verdict.seen = fmt::format("{} ({} here, {} there)", *value - *others, *value, *others);
    } else {
        verdict.seen = "no " + e.metric + " in the summary of " + printable(e.than, 1000);
    }
    return verdict;
}

}  // namespace settle

#include "sim/scenario/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/event_window.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> parts = {"metric",       "below", "above", "within", "equals", "settled_by",
                                        "recovered_by", "after", "than",  "times",  "point"};
constexpr const char* bounds = "below, above, within or equals";

/// The name of a built-in scenario as it is, whatever the folder holds; a file as an absolute path.
std::optional<std::string> find_other(const std::string& name, const std::string& folder) {
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        if (builtin.name == name) return name;
    }
    std::error_code ignored;
    const fs::path path = fs::absolute(fs::path(folder) / name, ignored).lexically_normal();
    if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) return path.string();
    return std::nullopt;
}

/// Reads one table. Everything that is wrong is noted, and then the expectation is of no use.
class ExpectationReader {
public:
    ExpectationReader(const Value& table, const std::string& folder, const ExpectedPoints& points,
                      const ExpectedRuns& runs, Problems& problems)
        : table_(table),
          folder_(folder),
          points_(points),
          runs_(runs),
          problems_(problems),
          reader_("expect", folder, problems) {}

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
        if (const Value* value = table_.find("recovered_by")) {
            expectation_.recovered_by = reader_.number(*value, 0, 1e12, "recovered_by");
        }
        read_after();
        read_point();
        read_than();
        read_times();
        check_together();
        check_presence();
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

    void read_after() {
        const Value* value = table_.find("after");
        if (!value) return;
        const auto name = reader_.text(*value, "the name of an event within presentations", "after");
        if (name) expectation_.after = *name;
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
            reader_.complain(*value, settle::quoted(*label) + " is unknown", "the label of a point of the sweep",
                             "point");
            problems_.wrong.back().suggestion = nearest_label(*label, points_.labels);
            return;
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

    void read_times() {
        const Value* value = table_.find("times");
        if (!value) return;
        if (!table_.find("than")) return reader_.complain(*value, "multiplies what `than` has", "than", "times");
        const auto factor = reader_.number(*value, -infinity, infinity, "times");
        if (factor && *factor <= 0) return reader_.complain(*value, "is not above 0", "a factor above 0", "times");
        if (factor) expectation_.times = *factor;
    }

    /// Looks at what the table holds, not at what could be read, so that a wrong value is not called missing.
    void check_together() {
        const auto has = [&](const char* part) { return table_.find(part) != nullptr; };
        const bool bounded = has("below") || has("above") || has("within") || has("equals");
        const bool recovers = has("recovered_by") || has("after");
        if (has("settled_by") || recovers) {
            const char* with = recovers ? "recovered_by" : "settled_by";
            for (const char* part : {"metric", "below", "above", "within", "equals", "than", "times"}) {
                if (has(part))
                    reader_.complain(*table_.find(part), std::string("does not go with ") + with, "one of them", part);
            }
            if (has("settled_by") && recovers)
                reader_.complain(*table_.find("settled_by"), "does not go with recovered_by", "one of them",
                                 "settled_by");
            if (recovers && !has("after"))
                reader_.complain(*table_.find("recovered_by"), "does not say after which event",
                                 "after = \"NAME\", an event within presentations", "recovered_by");
            if (recovers && !has("recovered_by"))
                reader_.complain(*table_.find("after"), "does not say by when", "recovered_by = PERIODS", "after");
        } else if (!has("metric")) {
            reader_.complain(table_, "says nothing to look at",
                             std::string("metric, with ") + bounds + ", or settled_by, or recovered_by with after");
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

    /// Looks at a scenario that is sound so far: what is wrong with it would be blamed on the metric.
    void check_presence() {
        if (!problems_.in_order().empty()) return;
        const std::string reason = why_hopeless(expectation_, runs_.written);
        if (reason.empty() || why_hopeless(expectation_, runs_.now).empty()) return;
        if (const Value* value = table_.find("after")) return complain_about_event(*value, reason);
        const Value* value = table_.find("metric");
        if (!value || !is_metric_name(expectation_.metric)) return;
        std::vector<std::string> names;
        for (const std::string& name : metric_names()) {
            if (why_absent(name, runs_.written).empty()) names.push_back(name);
        }
        const std::vector<std::string> by_event = names_by_event();
        names.insert(names.end(), by_event.begin(), by_event.end());
        reader_.complain(*value, settle::quoted(expectation_.metric) + " is in no summary of this scenario: " + reason,
                         "one of " + joined(names), "metric");
        problems_.wrong.back().suggestion = nearest_label(expectation_.metric, by_event);
    }

    void complain_about_event(const Value& value, const std::string& reason) {
        const std::vector<std::string> names = measured_events(runs_.written);
        const std::string expected =
            names.empty() ? "an event within presentations, of which there is none" : "one of " + joined(names);
        reader_.complain(value, settle::quoted(expectation_.after) + ": " + reason, expected, "after");
        problems_.wrong.back().suggestion = nearest_label(expectation_.after, names);
    }

    /// Of the events that there are.
    std::vector<std::string> names_by_event() const {
        std::vector<std::string> names;
        for (const Metric& metric : metrics()) {
            if (metric.form != Metric::Form::by_event) continue;
            for (const std::string& event : measured_events(runs_.written)) names.push_back(metric.name + event);
        }
        return names;
    }

    const Value& table_;
    const std::string& folder_;
    const ExpectedPoints& points_;
    const ExpectedRuns& runs_;
    Problems& problems_;
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

/// As few digits as say on which side of the bounds it is, four at least.
std::string seen_text(const Expectation& e, double value) {
    if (holds(e, to_four_digits(value)) == holds(e, value)) return short_number(value);
    for (int digits = 5; digits < 17; ++digits) {
        const std::string text = fmt::format("{:.{}g}", value, digits);
        if (holds(e, std::strtod(text.c_str(), nullptr)) == holds(e, value)) return text;
    }
    return fmt::format("{}", value);
}

std::optional<double> find(const Metrics& metrics, const std::string& name) {
    const auto found = metrics.find(name);
    if (found == metrics.end()) return std::nullopt;
    return found->second;
}

/// "not settled (3 of 20)", "no test_error in the summary of this run: data.test is 0".
std::string absence_text(const std::string& metric, const Absences& absences, const std::string& whose) {
    const auto known = absences.find(metric);
    if (known != absences.end() && !find_metric(metric)->without.empty()) return known->second;
    const std::string text = "no " + metric + " in the summary of " + whose;
    return known == absences.end() ? text : text + ": " + known->second;
}

/// What settled_by and recovered_by look at: when 99 of 100 presentations have settled, and whether any has not.
struct SettlingNames {
    std::string quantile, missing;
    bool fraction = false;  ///< of the presentations; else `missing` counts them
};

SettlingNames settling_names(const Expectation& e) {
    if (e.settled_by) return {"settling_p99", "unsettled"};
    return {"recovery_p99." + e.after, "unrecovered." + e.after, true};
}

void judge_settling(const Expectation& e, const Metrics& run, const Absences& absences, Verdict& verdict) {
    const SettlingNames names = settling_names(e);
    const double limit = e.settled_by ? *e.settled_by : *e.recovered_by;
    const auto settled = find(run, names.quantile);
    const double missing = find(run, names.missing).value_or(0);
    if (!settled) {
        verdict.seen = absence_text(names.quantile, absences, "this run");
        return;
    }
    verdict.passed = *settled <= limit && missing == 0;
    verdict.value = *settled;
    const bool clear = (to_four_digits(*settled) <= limit) == (*settled <= limit);
    verdict.seen = "period " + (clear ? short_number(*settled) : fmt::format("{}", *settled));
    if (missing == 0) return;
    verdict.seen += names.fraction ? ", " + short_percent(missing) + " not settled"
                                   : fmt::format(", {} unsettled", short_number(missing));
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
    add_number("recovered_by", e.recovered_by);
    add_text("after", e.after);
    add_text("than", e.than);
    if (e.times != 1) add_number("times", e.times);
    add_text("point", e.point);
    return make_table(std::move(table));
}

}  // namespace

std::vector<Expectation> read_expectations(const Value& content, const std::string& folder,
                                           const ExpectedPoints& points, const ExpectedRuns& runs, Problems& problems) {
    std::vector<Expectation> expectations;
    if (!content.array()) {
        problems.wrong.push_back(problem_at(content.place, "expect", "is not an array of tables", "[[expect]]"));
        return expectations;
    }
    for (const Value& item : *content.array()) {
        if (item.is_table()) {
            expectations.push_back(ExpectationReader(item, folder, points, runs, problems).read());
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
    if (e.recovered_by)
        return fmt::format("99 of 100 presentations settled again by period {} after {}{}", *e.recovered_by,
                           quoted(e.after), point);
    const std::string other = e.than_point ? "point " + quoted(e.than) : printable(e.than, 1000);
    const std::string times = e.times == 1 ? "" : fmt::format("{} times ", e.times);
    const std::string than = e.than.empty() ? "" : " minus " + times + "that of " + other;
    return e.metric + than + " " + bounds_text(e) + point;
}

std::string why_hopeless(const Expectation& e, const Scenario& scenario) {
    const std::string metric = e.after.empty() ? e.metric : settling_names(e).quantile;
    const auto& sweep = scenario.sweep.over;
    // What the points of a sweep vary is not known without it.
    if (!find_metric(metric) || (!e.point.empty() && sweep.empty())) return "";
    const IsVaried swept = varied_by(sweep), searched = varied_by(scenario.search.over);
    return why_absent(metric, scenario,
                      [&](const std::string& key) { return searched(key) || (!e.point.empty() && swept(key)); });
}

namespace {

/// "not settled (3 of 20)" where presentations are counted that make a quantile absent; "" without any.
std::string unsettled_text(const Metric& metric, double unsettled, double all) {
    return unsettled > 0 ? fmt::format("{} ({} of {})", metric.without, unsettled, all) : "";
}

/// How many presentations a recovery is measured in, where the summary says so; a run that trains counts others, too,
/// and a stream may have ended before.
std::optional<double> recovering_presentations(const Scenario& scenario, const Metrics& run) {
    if (scenario.task == Task::train || scenario.task == Task::stream) return std::nullopt;
    return find(run, "presentations").value_or(0) / scenario.data.repeats;
}

void add_absences_by_event(const Metric& metric, const Scenario& scenario, const Metrics& run, Absences& absences) {
    for (const std::string& event : measured_events(scenario)) {
        const std::string name = metric.name + event;
        const double fraction = find(run, "unrecovered." + event).value_or(0);
        if (run.count(name) > 0 || fraction == 0) continue;
        const auto all = recovering_presentations(scenario, run);
        absences.emplace(name, all ? unsettled_text(metric, std::round(fraction * *all), *all)
                                   : metric.without + " (" + short_percent(fraction) + " of the presentations)");
    }
}

}  // namespace

Absences absences_of(const Scenario& scenario, const Metrics& run) {
    Absences absences;
    for (const Metric& metric : metrics()) {
        if (metric.form == Metric::Form::by_event) add_absences_by_event(metric, scenario, run, absences);
        if (!metric.judged || metric.form != Metric::Form::number || run.count(metric.name) > 0) continue;
        std::string reason = why_absent(metric, scenario);
        if (reason.empty() && !metric.without.empty()) {
            const double all = find(run, "presentations").value_or(0) / scenario.data.repeats;
            reason = unsettled_text(metric, find(run, "unsettled").value_or(0), all);
        }
        if (!reason.empty()) absences.emplace(metric.name, std::move(reason));
    }
    return absences;
}

Verdict judge(const Expectation& e, const Metrics& run, const Metrics& other, const Absences& absences,
              const Absences& others_absences) {
    Verdict verdict;
    verdict.expected = expectation_text(e);
    if (e.settled_by || e.recovered_by) {
        judge_settling(e, run, absences, verdict);
        return verdict;
    }
    const auto value = find(run, e.metric);
    if (!value) {
        verdict.seen = absence_text(e.metric, absences, "this run");
    } else if (e.than.empty()) {
        verdict.passed = holds(e, *value);
        verdict.value = *value;
        verdict.seen = seen_text(e, *value);
    } else if (const auto others = find(other, e.metric)) {
        const double difference = *value - e.times * *others;
        verdict.passed = holds(e, difference);
        verdict.value = difference;
        verdict.seen = fmt::format("{} ({} here, {} there)", seen_text(e, difference), short_number(*value),
                                   short_number(*others));
    } else {
        verdict.seen = absence_text(e.metric, others_absences, printable(e.than, 1000));
    }
    return verdict;
}

}  // namespace settle

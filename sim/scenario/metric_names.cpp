// Which rows of the table of metrics a name, a scenario or a report means.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/scenario/event_window.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

/// 0, 1, 2 …: as many as a network can have, and no leading 0.
bool is_index(const std::string& number) {
    return !number.empty() && number.size() <= 4 && (number.size() == 1 || number.front() != '0') &&
           number.find_first_not_of("0123456789") == std::string::npos;
}

template <class T>
std::string words(const std::vector<T>& choices) {
    std::vector<std::string> names;
    for (const T& choice : choices) names.push_back(to_word(choice));
    return joined(names);
}

/// What stands behind the name of the first of several.
const char* behind_first(const Metric& metric) {
    return metric.form == Metric::Form::by_projection ? "0" : metric.form == Metric::Form::by_event ? "NAME" : "";
}

template <class T>
bool is_among(const std::vector<T>& choices, const T& choice) {
    return choices.empty() || std::find(choices.begin(), choices.end(), choice) != choices.end();
}

}  // namespace

const Metric* find_metric(const std::string& name) {
    static const std::map<std::string, const Metric*> by_name = [] {
        std::map<std::string, const Metric*> found;
        for (const Metric& metric : metrics()) found.emplace(metric.name, &metric);
        return found;
    }();
    using Form = Metric::Form;
    const auto find = [&](const std::string& key) -> const Metric* {
        const auto found = by_name.find(key);
        return found == by_name.end() ? nullptr : found->second;
    };
    const Metric* whole = find(name);
    if (whole && whole->form != Form::by_projection && whole->form != Form::by_event) return whole;
    const std::size_t dot = name.find('.') + 1, digits = name.find_last_not_of("0123456789") + 1;
    if (dot > 0 && dot < name.size()) {
        const Metric* of_events = find(name.substr(0, dot));
        return of_events && of_events->form == Form::by_event ? of_events : nullptr;
    }
    const Metric* of_projections = is_index(name.substr(digits)) ? find(name.substr(0, digits)) : nullptr;
    return of_projections && of_projections->form == Form::by_projection ? of_projections : nullptr;
}

std::vector<std::pair<std::string, std::optional<Number>>> numbers_of(const Metric& metric, const Summary& summary) {
    using Form = Metric::Form;
    std::vector<std::pair<std::string, std::optional<Number>>> numbers;
    if (metric.form == Form::text || metric.form == Form::by_population || metric.form == Form::by_name) return numbers;
    const auto read = metric.read(summary);
    for (std::size_t i = 0; i < read.size(); ++i) {
        const std::string behind = metric.form == Form::by_projection ? std::to_string(i)
                                   : metric.form == Form::by_event    ? summary.recoveries[i].event
                                                                      : "";
        numbers.emplace_back(metric.name + behind, read[i]);
    }
    return numbers;
}

const std::vector<std::string>& metric_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Metric& metric : metrics()) {
            if (metric.judged) all.push_back(metric.name + behind_first(metric));
        }
        return all;
    }();
    return names;
}

bool is_metric_name(const std::string& name) {
    const Metric* metric = find_metric(name);
    return metric && metric->judged;
}

IsVaried varied_by(const Value::Table& over) {
    return [&over](const std::string& key) {
        return std::any_of(over.begin(), over.end(),
                           [&](const auto& axis) { return key == axis.first || key.rfind(axis.first + ".", 0) == 0; });
    };
}

std::string why_absent(const Metric& metric, const Scenario& scenario, const IsVaried& is_varied) {
    const auto fixed = [&](const std::string& key) { return !is_varied || !is_varied(key); };
    if (!is_among(metric.tasks, scenario.task)) return "a run of the task " + to_word(scenario.task) + " has none";
    if (!is_among(metric.engines, scenario.engine) && fixed("scenario.engine"))
        return "the " + to_word(scenario.engine) + " engine has none";
    for (const MetricNeed& need : metric.needs) {
        if (!need.met(scenario) && fixed(need.key)) return need.missing;
    }
    return "";
}

std::string why_absent(const std::string& name, const Scenario& scenario, const IsVaried& is_varied) {
    const Metric* metric = find_metric(name);
    if (!metric) return "";
    // Of an event that is there its own reason says more than that there is none within presentations.
    const bool of_event = metric->form == Metric::Form::by_event && !scenario.events.empty();
    const std::string own = of_event ? why_not_measured(name.substr(metric->name.size()), scenario) : "";
    return own.empty() ? why_absent(*metric, scenario, is_varied) : own;
}

namespace {

/// Whether runs that have these metrics are of a task whose runs have the other one too, and have a bill if that needs
/// one.
bool goes_with(const Metric& metric, const std::set<std::string>& names) {
    const bool billed = std::any_of(metric.needs.begin(), metric.needs.end(),
                                    [](const MetricNeed& need) { return need.key == "energy"; });
    if (billed && !names.contains("energy_joules")) return false;
    const auto has = [&](Task task) { return is_among(metric.tasks, task); };
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        const Metric* known = find_metric(name);
        return !known || known->tasks.empty() || metric.tasks.empty() ||
               std::any_of(known->tasks.begin(), known->tasks.end(), has);
    });
}

}  // namespace

void add_expectable(std::set<std::string>& names) {
    static const std::string every = "unrecovered.";  // of every event, whatever came of it
    std::vector<std::string> events;
    for (const std::string& name : names) {
        if (name.rfind(every, 0) == 0) events.push_back(name.substr(every.size()));
    }
    for (const Metric& metric : metrics()) {
        if (metric.without.empty() || !goes_with(metric, names)) continue;
        if (metric.form != Metric::Form::by_event) {
            names.insert(metric.name);
            continue;
        }
        for (const std::string& event : events) names.insert(metric.name + event);
    }
}

std::string absence_over_repeats(const std::string& name, int have, int all, int failed) {
    if (all == 0 || have == all) return "";
    if (failed > 0) return fmt::format("failed ({} of {})", failed, all);
    const Metric* metric = find_metric(name);
    const std::string without = metric ? metric->without : "";
    if (without.empty() && have == 0) return "";
    return fmt::format("{} ({} of {})", without.empty() ? "absent" : without, all - have, all);
}

std::vector<std::string> reported_metrics(const Scenario& scenario) {
    const IsVaried is_searched = varied_by(scenario.search.over);
    std::vector<std::string> names;
    for (const Metric& metric : metrics()) {
        if (!metric.judged || !metric.can_be_found || !why_absent(metric, scenario, is_searched).empty()) continue;
        if (metric.form == Metric::Form::by_projection) {
            const int projections = scenario.network.projection_count();
            for (int k = 0; k < projections; ++k) names.push_back(metric.name + std::to_string(k));
        } else if (metric.form == Metric::Form::by_event) {
            for (const std::string& event : measured_events(scenario)) names.push_back(metric.name + event);
        } else {
            names.push_back(metric.name);
        }
    }
    return names;
}

std::vector<std::string> ranked_metrics(int Metric::*rank) {
    std::map<int, std::string> names;
    for (const Metric& metric : metrics()) {
        if (metric.*rank > 0) names.emplace(metric.*rank, metric.name);
    }
    std::vector<std::string> sorted;
    for (const auto& [place, name] : names) sorted.push_back(name);
    return sorted;
}

std::string metrics_as_markdown() {
    std::string text = "| metric | unit | tasks | engines | needs | what it is |\n|---|---|---|---|---|---|\n";
    for (const Metric& metric : metrics()) {
        std::vector<std::string> needs;
        for (const MetricNeed& need : metric.needs) needs.push_back(need.wanted);
        const bool indexed = metric.form == Metric::Form::by_projection, named = metric.form == Metric::Form::by_event;
        std::string help = metric.help;
        for (std::size_t at = 0; (at = help.find('|', at)) != std::string::npos; at += 2) help.insert(at, "\\");
        text += fmt::format("| `{}{}` | {} | {} | {} | {} | {} |\n", metric.name,
                            indexed ? "N"
                            : named ? "NAME"
                                    : "",
                            metric.unit, words(metric.tasks), words(metric.engines), joined(needs), help);
    }
    return text;
}

}  // namespace settle

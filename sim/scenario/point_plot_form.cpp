#include "sim/scenario/point_plot_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

constexpr const char* plot_form = "{ x = \"METRIC\", y = \"METRIC\", size = \"METRIC\", within = [\"AXIS\"] }";

std::optional<std::string> read_metric(KeyReader& reader, const Value& value, const std::string& part) {
    const std::string expected = "a number of summary.json: " + joined(metric_names());
    const auto name = reader.text(value, expected, part);
    if (!name || is_metric_name(*name)) return name;
    reader.complain_about_name(value, *name, metric_names(), expected, part);
    return std::nullopt;
}

std::optional<std::vector<std::string>> read_axes(KeyReader& reader, const Value& value) {
    const std::string expected = "a list of axes of sweep.over, such as [\"timing.loss\"]";
    if (!value.array()) {
        reader.complain(value, "is not an array", expected, "within");
        return std::nullopt;
    }
    std::vector<std::string> axes;
    for (const Value& item : *value.array()) {
        const auto name = reader.text(item, expected, "within");
        if (!name) return std::nullopt;
        axes.push_back(*name);
    }
    return axes;
}

std::optional<PointPlot> read_plot(KeyReader& reader, const Value& value) {
    if (!value.is_table()) {
        reader.complain(value, "is not a table", plot_form);
        return std::nullopt;
    }
    reader.only(value, {"x", "y", "size", "within"});
    PointPlot plot;
    bool good = true;
    const std::pair<const char*, std::string*> fields[] = {{"x", &plot.x}, {"y", &plot.y}, {"size", &plot.size}};
    for (const auto& [part, field] : fields) {
        const Value* given = value.find(part);
        if (!given && field != &plot.size) {
            reader.complain(value, fmt::format("the table has no {}", part), plot_form);
            good = false;
        }
        const auto name = given ? read_metric(reader, *given, part) : std::nullopt;
        good = good && (!given || name);
        if (name) *field = *name;
    }
    if (const Value* within = value.find("within")) {
        const auto axes = read_axes(reader, *within);
        good = good && axes;
        if (axes) plot.within = *axes;
    }
    if (!good) return std::nullopt;
    return plot;
}

Value texts_of(const std::vector<std::string>& texts) {
    Value::Array items;
    for (const std::string& text : texts) items.push_back(make_value(text));
    return {std::move(items), {}};
}

/// A metric that no run of any point has; at the place of the key.
void check_metric(const std::string& metric, const Scenario& scenario, const char* key, const Place& place,
                  Problems& problems) {
    const std::string reason = why_absent(metric, scenario, varied_by(scenario.sweep.over));
    if (reason.empty()) return;
    std::vector<std::string> there;
    for (const std::string& name : metric_names()) {
        if (why_absent(name, scenario, varied_by(scenario.sweep.over)).empty()) there.push_back(name);
    }
    problems.wrong.push_back(problem_at(place, key, quoted(metric) + " is in no summary of this sweep: " + reason,
                                        "one of " + joined(there)));
}

}  // namespace

std::optional<std::vector<std::string>> read_shown(KeyReader& reader, const Value& value) {
    if (!value.array() || value.array()->empty()) {
        reader.complain(value, value.array() ? "is empty" : "is not an array",
                        "a list of metrics, such as [\"final_distance\", \"spikes\"]");
        return std::nullopt;
    }
    std::vector<std::string> metrics;
    bool good = true;
    for (const Value& item : *value.array()) {
        const auto name = read_metric(reader, item, "");
        good = good && name;
        if (name && std::find(metrics.begin(), metrics.end(), *name) != metrics.end()) {
            reader.complain(item, quoted(*name) + " stands there twice", "each metric once");
            good = false;
        }
        if (name) metrics.push_back(*name);
    }
    if (!good) return std::nullopt;
    return metrics;
}

Value write_shown(const std::vector<std::string>& metrics) {
    return texts_of(metrics);
}

std::optional<std::vector<PointPlot>> read_point_plots(KeyReader& reader, const Value& value) {
    std::vector<PointPlot> plots;
    const Value::Array alone = {value};
    bool good = true;
    for (const Value& item : value.array() ? *value.array() : alone) {
        const auto plot = read_plot(reader, item);
        good = good && plot;
        if (plot) plots.push_back(*plot);
    }
    if (!good) return std::nullopt;
    return plots;
}

Value write_point_plots(const std::vector<PointPlot>& plots) {
    Value::Array items;
    for (const PointPlot& plot : plots) {
        Value::Table table = {{"x", make_value(plot.x)}, {"y", make_value(plot.y)}};
        if (!plot.size.empty()) table.emplace_back("size", make_value(plot.size));
        if (!plot.within.empty()) table.emplace_back("within", texts_of(plot.within));
        items.push_back(make_table(std::move(table)));
    }
    return {std::move(items), {}};
}

std::vector<std::string> shown_metrics(const Scenario& scenario) {
    if (!scenario.sweep.show.empty()) return scenario.sweep.show;
    std::vector<std::string> metrics;
    for (const PointPlot& plot : scenario.sweep.plot) {
        for (const std::string& name : plot.metrics()) {
            if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.push_back(name);
        }
    }
    return metrics;
}

void check_shown(Scenario& scenario, const GivenValues& given, std::vector<std::string>& notes, Problems& problems) {
    auto& sweep = scenario.sweep;
    if (problems.about("sweep.over")) return;
    const auto place_of = [&](const char* key) { return given.count(key) > 0 ? given.at(key).place : Place{}; };
    for (const std::string& metric : sweep.show)
        check_metric(metric, scenario, "sweep.show", place_of("sweep.show"), problems);
    const bool replaced = place_of("sweep.over").line == 0 && place_of("sweep.plot").line > 0;
    std::vector<std::string> axes;
    for (const auto& axis : sweep.over) axes.push_back(axis.first);
    for (PointPlot& plot : sweep.plot) {
        for (const std::string& metric : plot.metrics())
            check_metric(metric, scenario, "sweep.plot", place_of("sweep.plot"), problems);
        const std::vector<std::string> wanted = plot.within;
        plot.within.clear();
        for (const std::string& axis : wanted) {
            if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
                plot.within.push_back(axis);
            } else if (replaced) {
                notes.push_back(fmt::format("sweep.plot goes without {}, which is no axis of this grid", axis));
            } else {
                Problem problem = problem_at(place_of("sweep.plot"), "sweep.plot.within",
                                             quoted(axis) + " is no axis of the sweep", "one of " + joined(axes));
                problem.suggestion = nearest_name(axis.substr(0, 60), axes);
                problems.wrong.push_back(problem);
            }
        }
    }
}

}  // namespace settle

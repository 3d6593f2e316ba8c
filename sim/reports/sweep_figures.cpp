#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "sim/reports/figures.hpp"

namespace settle {

namespace {

constexpr std::size_t most_bands = 5;
constexpr std::size_t most_metrics = 7;

/// What the curves of a sweep show.
struct CurveField {
    const char* x;
    const char* y;
    double factor;
};

struct Spread3 {
    double sum = 0, low = 0, high = 0;
    int count = 0;
};

/// Mean over the repeats of a point at every x, from the lowest to the highest of them.
Series mean_curve(const RunFiles& run, const MeasuredPoint& point, const CurveField& field, bool positive) {
    std::map<double, Spread3> at;
    for (const std::int64_t repeat : point.repeats) {
        for (const Record& line : read_sweep_curve(run, point.index, repeat)) {
            const auto x = line.number(field.x), y = line.number(field.y);
            if (!x || !y || (positive && (*x <= 0 || *y <= 0))) continue;
            Spread3& spread = at[*x];
            const double value = field.factor * *y;
            spread.low = spread.count == 0 ? value : std::min(spread.low, value);
            spread.high = spread.count == 0 ? value : std::max(spread.high, value);
            spread.sum += value;
            ++spread.count;
        }
    }
    Series series;
    for (const auto& [x, spread] : at) {
        series.x.push_back(x);
        series.y.push_back(spread.sum / spread.count);
        series.low.push_back(spread.low);
        series.high.push_back(spread.high);
    }
    return series;
}

/// The last free sample of a point's first run; 0 without a nudge.
double free_end_of(const RunFiles& run, const MeasuredPoint& point) {
    double last = 0;
    if (point.repeats.empty()) return last;
    for (const Record& line : read_sweep_curve(run, point.index, point.repeats.front())) {
        if (line.text("phase") == "nudged") return last;
        last = line.number("period").value_or(last);
    }
    return 0;
}

/// Where the nudge begins in the curves of a sweep, if that is at the same time in all of them.
std::vector<Mark> nudge_of(const RunFiles& run, const MeasuredSweep& sweep) {
    std::set<double> ends;
    for (const MeasuredPoint& point : sweep.points) {
        if (const double end = free_end_of(run, point); end > 0) ends.insert(end);
    }
    if (ends.size() != 1) return {};
    return {{*ends.begin(), "nudge"}};
}

Plot curves_figure(const RunFiles& run, const MeasuredSweep& sweep, const CurveField& field, bool converging) {
    Plot plot{"curves",
              converging ? "Distance to the fixed point, all points" : "Test error, all points",
              "",
              {converging ? "time t (periods)" : "epoch", converging, {}, {}, !converging},
              {converging ? "distance, mean |s − s*|" : "test error (%)", converging, {}, {}}};
    bool repeated = false;
    for (std::size_t i = 0; i < sweep.points.size(); ++i) {
        const MeasuredPoint& point = sweep.points[i];
        Series series = mean_curve(run, point, field, converging);
        if (series.x.empty()) continue;
        series.label = point.label.empty() ? fmt::format("point {}", point.index) : point.label;
        series.colour = static_cast<int>(i);
        repeated = repeated || point.repeats.size() > 1;
        if (sweep.points.size() > most_bands || point.repeats.size() < 2) series.low.clear(), series.high.clear();
        plot.series.push_back(std::move(series));
    }
    const bool banded =
        std::any_of(plot.series.begin(), plot.series.end(), [](const Series& s) { return !s.low.empty(); });
    plot.caption = repeated ? "A line for every point: the mean over its repeats" : "A line for every point";
    plot.caption += banded ? "; bands reach from the lowest to the highest of them." : ".";
    if (converging) {
        plot.marks = nudge_of(run, sweep);
        add_time_references(plot);
    }
    if (!has_legend(plot)) plot.caption += " Too many for a legend.";
    return plot;
}

double shown(const std::string& metric, double value) {
    return metric.ends_with("_error") ? 100 * value : value;
}

std::string metric_axis(const std::string& metric) {
    if (metric.ends_with("_error")) return metric + " (%)";
    return metric.rfind("settling_", 0) == 0 ? metric + " (periods)" : metric;
}

void add_mean(Series& series, const std::string& metric, double position, const MetricMean& mean, bool sideways) {
    const double value = shown(metric, mean.mean);
    series.x.push_back(sideways ? value : position);
    series.y.push_back(sideways ? position : value);
    series.low.push_back(shown(metric, mean.low.value_or(mean.mean)));
    series.high.push_back(shown(metric, mean.high.value_or(mean.mean)));
}

/// The metric against the first numeric axis, a line for every combination of the others.
Plot against_axis(const MeasuredSweep& sweep, const std::string& metric, std::size_t axis) {
    std::map<std::string, std::map<double, const MeasuredPoint*>> lines;
    std::vector<std::string> order;
    for (const MeasuredPoint& point : sweep.points) {
        std::string others;
        for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
            if (i == axis) continue;
            // A number alone says nothing in a legend; words do.
            const std::string key = sweep.axes[i].substr(sweep.axes[i].rfind('.') + 1);
            const std::string& label = point.labels[i];
            others += (others.empty() ? "" : ", ") + (point.numbers[i] ? key + " = " + label : label);
        }
        if (!lines.contains(others)) order.push_back(others);
        lines[others].emplace(*point.numbers[axis], &point);
    }
    Plot plot{"", "", "", {sweep.axes[axis], false, {}, {}}, {metric_axis(metric), false, {}, {}}};
    int colour = 0;
    for (const std::string& others : order) {
        Series series;
        series.label = others;
        series.style = Series::Style::line_points;
        series.error_bars = true;
        series.colour = colour++;  // also for a line without values: the next plot may have them
        for (const auto& [x, point] : lines[others]) {
            const auto mean = point->metrics.find(metric);
            if (mean != point->metrics.end()) add_mean(series, metric, x, mean->second, false);
        }
        if (!series.x.empty()) plot.series.push_back(std::move(series));
    }
    return plot;
}

/// Without a numeric axis: the points one below the other, the metric to the right.
Plot by_label(const MeasuredSweep& sweep, const std::string& metric) {
    Plot plot{"", "", "", {metric_axis(metric), false, {}, {}}, {"", false, -0.7, {}}};
    Series series;
    series.style = Series::Style::points;
    series.error_bars = series.sideways = true;
    const auto count = static_cast<double>(sweep.points.size());
    for (std::size_t i = 0; i < sweep.points.size(); ++i) {
        const double position = count - 1 - static_cast<double>(i);
        plot.y.names.emplace_back(sweep.points[i].label, position);
        const auto mean = sweep.points[i].metrics.find(metric);
        if (mean != sweep.points[i].metrics.end()) add_mean(series, metric, position, mean->second, true);
    }
    plot.y.high = count - 0.3;
    plot.height = 130 + 26 * static_cast<int>(sweep.points.size());
    plot.series = {std::move(series)};
    return plot;
}

/// Values of more than a factor of twenty are seen on a logarithmic axis.
bool wants_logarithm(const Plot& plot, bool of_x) {
    const auto range = range_of(plot, of_x);
    return range && range->first > 0 && range->second > 20 * range->first;
}

Plot metric_figure(const MeasuredSweep& sweep, const std::string& metric) {
    const int axis = sweep.numeric_axis();
    Plot plot = axis >= 0 ? against_axis(sweep, metric, static_cast<std::size_t>(axis)) : by_label(sweep, metric);
    plot.name = "metric-" + metric;
    std::replace(plot.name.begin(), plot.name.end(), '_', '-');
    plot.title = metric + (axis >= 0 ? " against " + sweep.axes[static_cast<std::size_t>(axis)] : " of every point");
    plot.x.logarithmic = wants_logarithm(plot, true);
    if (axis >= 0) plot.y.logarithmic = wants_logarithm(plot, false);
    if (!sweep.has_intervals) {
        for (Series& series : plot.series) series.low.clear(), series.high.clear();
    }
    plot.caption = !sweep.has_intervals ? "Means over the repeats so far; intervals come when the sweep is finished."
                   : sweep.intervals_are_ranges() ? "Means over the repeats, from the least to the greatest of them."
                                                  : "Means over the repeats with their 95 % intervals.";
    return plot;
}

}  // namespace

std::vector<Plot> sweep_figures(const RunFiles& run, const MeasuredSweep& sweep) {
    std::vector<Plot> figures;
    Plot curves = curves_figure(run, sweep, {"period", "distance", 1}, true);
    if (curves.series.empty()) curves = curves_figure(run, sweep, {"epoch", "test_error", 100}, false);
    const bool drawn =
        std::any_of(curves.series.begin(), curves.series.end(), [](const Series& s) { return s.x.size() > 1; });
    if (drawn) figures.push_back(std::move(curves));
    std::vector<std::string> metrics = main_metrics(sweep);
    if (metrics.size() > most_metrics) metrics.resize(most_metrics);
    for (const std::string& metric : metrics) {
        Plot plot = metric_figure(sweep, metric);
        if (!plot.series.empty() && !plot.series.front().x.empty()) figures.push_back(std::move(plot));
    }
    return figures;
}

}  // namespace settle

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "sim/reports/event_marks.hpp"
#include "sim/reports/figures.hpp"
#include "sim/reports/metric_axis.hpp"

namespace settle {

namespace {

constexpr std::size_t most_bands = 8;
constexpr std::size_t most_metrics = 7;
constexpr std::size_t most_intervals = 200;  // side by side in one plot

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
    int left_out = 0;
    for (const std::int64_t repeat : point.repeats) {
        for (const Record& line : read_sweep_curve(run, point.index, repeat)) {
            const auto x = line.number(field.x), y = line.number(field.y);
            if (!x || !y) continue;
            if (positive && (*x <= 0 || *y <= 0)) {
                ++left_out;
                continue;
            }
            Spread3& spread = at[*x];
            const double value = field.factor * *y;
            spread.low = spread.count == 0 ? value : std::min(spread.low, value);
            spread.high = spread.count == 0 ? value : std::max(spread.high, value);
            spread.sum += value;
            ++spread.count;
        }
    }
    Series series;
    series.left_out = left_out;
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

/// Where the nudge begins in the curves of sweeps, if that is at the same time in all of them.
std::vector<PlotMark> nudge_of(const std::vector<SweepOfRun>& sweeps) {
    std::set<double> ends;
    for (const SweepOfRun& of : sweeps) {
        for (const MeasuredPoint& point : of.sweep.points) {
            if (const double end = free_end_of(*of.run, point); end > 0) ends.insert(end);
        }
    }
    if (ends.size() != 1) return {};
    return {{*ends.begin(), "nudge"}};
}

/// Colours by what is compared: where a sweep has one line, the sweeps; else its lines, and the sweeps by dashes.
struct LineLooks {
    const std::vector<SweepOfRun>& sweeps;
    std::vector<std::string> lines = {};  ///< of all sweeps, in the order they came

    std::size_t position(const std::string& line) {
        const auto at = std::find(lines.begin(), lines.end(), line);
        if (at == lines.end()) return lines.push_back(line), lines.size() - 1;
        return static_cast<std::size_t>(at - lines.begin());
    }

    void dress(Series& series, std::size_t sweep, const std::string& line) {
        const std::size_t at = position(line);
        series.label = line;
        series.colour = static_cast<int>(at);
        if (sweeps.size() == 1) return;
        const std::string& name = sweeps[sweep].run->label;
        series.label = lines.size() == 1 || line.empty() ? name : name + ": " + line;
        if (lines.size() == 1) {
            series.colour = static_cast<int>(sweep);
        } else if (lines.size() <= palette().size()) {
            series.dash = static_cast<int>(1 + sweep % 5);
        } else {
            series.colour = static_cast<int>(sweep * lines.size() + at);
        }
    }
};

std::string line_of(const MeasuredSweep& sweep, const MeasuredPoint& point) {
    std::vector<std::size_t> axes(sweep.axes.size());
    std::iota(axes.begin(), axes.end(), std::size_t{0});
    const std::string text = values_text(sweep, point, axes);
    return !text.empty() ? text : point.label.empty() ? fmt::format("point {}", point.index) : point.label;
}

/// A line for every point of every sweep.
std::vector<Series> curves_of(const std::vector<SweepOfRun>& sweeps, const CurveField& field, bool converging) {
    std::vector<Series> all;
    LineLooks looks{sweeps};
    for (const SweepOfRun& of : sweeps) {
        for (const MeasuredPoint& point : of.sweep.points) looks.position(line_of(of.sweep, point));
    }
    for (std::size_t i = 0; i < sweeps.size(); ++i) {
        for (const MeasuredPoint& point : sweeps[i].sweep.points) {
            Series series = mean_curve(*sweeps[i].run, point, field, converging);
            if (series.x.empty()) continue;
            looks.dress(series, i, line_of(sweeps[i].sweep, point));
            if (point.repeats.size() < 2) series.low.clear(), series.high.clear();
            all.push_back(std::move(series));
        }
    }
    return all;
}

/// What lines and bands are; bands of more lines than can be told apart are left out, which is said.
std::string curves_caption(std::vector<Series>& series) {
    const bool repeated = std::any_of(series.begin(), series.end(), [](const Series& s) { return !s.low.empty(); });
    if (!repeated) return "A line for every point.";
    std::string caption = "A line for every point: the mean over its repeats";
    if (series.size() <= most_bands) return caption + "; bands reach from the lowest to the highest of them.";
    for (Series& s : series) s.low.clear(), s.high.clear();
    return caption +
           fmt::format(
               ". Bands from the lowest to the highest are left out: those of more than {} lines hide each other.",
               most_bands);
}

/// Which points there are stands in the table, which line is which in the data of the plot.
std::string crowd_caption(const Plot& plot) {
    const std::size_t unnamed = unnamed_lines(plot);
    return unnamed == 0 ? "" : fmt::format(" {} are too many for a legend: the points are in the table.", unnamed);
}

/// The axis of a metric that no point has: it has no numbers, and an edge at which the triangles are.
void show_nothing_measured(PlotAxis& axis) {
    axis.low = 0;
    axis.high = 1;
    axis.names = {{"0", 0}, {"none", 0.98}};
}

Plot curves_figure(const std::vector<SweepOfRun>& sweeps, const CurveField& field, bool converging) {
    Plot plot{"curves",
              converging ? "Distance to the fixed point, all points" : "Test error, all points",
              "",
              {converging ? "time t (periods)" : "epoch", converging, {}, {}, !converging},
              {converging ? "distance, mean |s − s*|" : "test error (%)", converging, {}, {}}};
    plot.series = curves_of(sweeps, field, converging);
    plot.caption = curves_caption(plot.series);
    std::vector<const RunFiles*> runs;
    for (const SweepOfRun& of : sweeps) runs.push_back(of.run);
    if (converging) {
        const auto events = marks_within(runs, &Event::in_training, std::numeric_limits<std::int64_t>::max());
        plot.marks = nudge_of(sweeps);
        add_marks(events, plot.marks);
        plot.x.logarithmic = events.empty();
        add_time_references(plot);
    } else {
        add_marks(marks_of_training(runs), plot.marks);
    }
    plot.caption += crowd_caption(plot);
    return plot;
}

void add_mean(Series& series, const std::string& metric, double position, const MetricMean& mean, bool sideways) {
    const double value = metric_on_axis(metric, mean.mean);
    series.x.push_back(sideways ? value : position);
    series.y.push_back(sideways ? position : value);
    series.low.push_back(metric_on_axis(metric, mean.low.value_or(mean.mean)));
    series.high.push_back(metric_on_axis(metric, mean.high.value_or(mean.mean)));
}

/// The axes of a sweep in the order of the first one's; the sweep may have them in another.
std::vector<std::size_t> order_of_axes(const MeasuredSweep& first, const MeasuredSweep& sweep) {
    std::vector<std::size_t> order;
    for (const std::string& axis : first.axes) {
        const auto at = std::find(sweep.axes.begin(), sweep.axes.end(), axis) - sweep.axes.begin();
        order.push_back(static_cast<std::size_t>(at));
    }
    return order;
}

/// The first axis with plain numbers in all sweeps, at least two of them different; absent without one.
std::optional<std::size_t> common_numeric_axis(const std::vector<SweepOfRun>& sweeps) {
    const MeasuredSweep& first = sweeps.front().sweep;
    for (std::size_t axis = 0; axis < first.axes.size(); ++axis) {
        std::set<double> values;
        bool all = true;
        for (const SweepOfRun& of : sweeps) {
            const std::size_t at = order_of_axes(first, of.sweep)[axis];
            for (const MeasuredPoint& point : of.sweep.points) {
                all = all && at < point.numbers.size() && point.numbers[at];
                if (all) values.insert(*point.numbers[at]);
            }
        }
        if (all && values.size() > 1) return axis;
    }
    return std::nullopt;
}

/// The values of the axes other than `axis`, in the order of the first sweep.
std::string others_of(const MeasuredSweep& sweep, std::vector<std::size_t> order, const MeasuredPoint& point,
                      std::size_t axis) {
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(axis));
    return values_text(sweep, point, order);
}

/// The metric against an axis of numbers, a line for every combination of the others.
Plot against_axis(const std::vector<SweepOfRun>& sweeps, const std::string& metric, std::size_t axis) {
    const MeasuredSweep& first = sweeps.front().sweep;
    LineLooks looks{sweeps};
    for (const SweepOfRun& of : sweeps) {
        const auto order = order_of_axes(first, of.sweep);
        for (const MeasuredPoint& point : of.sweep.points) looks.position(others_of(of.sweep, order, point, axis));
    }
    Plot plot{
        "", "", "", {key_axis_label(first.axes[axis]), false, {}, {}}, {metric_axis_label(metric), false, {}, {}}};
    for (std::size_t i = 0; i < sweeps.size(); ++i) {
        const auto order = order_of_axes(first, sweeps[i].sweep);
        std::map<std::size_t, std::map<double, const MeasuredPoint*>> lines;
        for (const MeasuredPoint& point : sweeps[i].sweep.points) {
            lines[looks.position(others_of(sweeps[i].sweep, order, point, axis))].emplace(*point.numbers[order[axis]],
                                                                                          &point);
        }
        for (const auto& [line, points] : lines) {
            Series series;
            series.style = Series::Style::line_points;
            series.error_bars = true;
            looks.dress(series, i, looks.lines[line]);
            for (const auto& [x, point] : points) {
                const auto mean = point->metrics.find(metric);
                if (mean != point->metrics.end()) add_mean(series, metric, x, mean->second, false);
                if (point->absent.contains(metric)) plot.censored.push_back({x, series.colour, false});
            }
            plot.series.push_back(std::move(series));
        }
    }
    return plot;
}

/// Without an axis of numbers: the points one below the other, the metric to the right. Empty for one point alone,
/// whose numbers are in the table.
Plot by_label(const std::vector<SweepOfRun>& sweeps, const std::string& metric) {
    Plot plot{"", "", "", {metric_axis_label(metric), false, {}, {}}, {"", false, -0.7, {}}};
    LineLooks names{sweeps};
    for (const SweepOfRun& of : sweeps) {
        for (const MeasuredPoint& point : of.sweep.points) names.position(line_of(of.sweep, point));
    }
    if (names.lines.size() < 2) return plot;
    const auto count = static_cast<double>(names.lines.size());
    for (std::size_t i = 0; i < names.lines.size(); ++i) {
        plot.y.names.emplace_back(names.lines[i], count - 1 - static_cast<double>(i));
    }
    for (std::size_t i = 0; i < sweeps.size(); ++i) {
        Series series;
        series.style = Series::Style::points;
        series.error_bars = series.sideways = true;
        series.colour = static_cast<int>(i);
        if (sweeps.size() > 1) series.label = sweeps[i].run->label;
        for (const MeasuredPoint& point : sweeps[i].sweep.points) {
            const auto mean = point.metrics.find(metric);
            const double position = count - 1 - static_cast<double>(names.position(line_of(sweeps[i].sweep, point)));
            if (mean != point.metrics.end()) add_mean(series, metric, position, mean->second, true);
            if (point.absent.contains(metric)) plot.censored.push_back({position, series.colour, true});
        }
        plot.series.push_back(std::move(series));
    }
    plot.y.high = count - 0.3;
    plot.height = 130 + 26 * static_cast<int>(names.lines.size());
    return plot;
}

/// Values of more than a factor of twenty are seen on a logarithmic axis, if they are such that it can show.
bool wants_logarithm(const Plot& plot, bool of_x) {
    const auto range = range_of(plot, of_x);
    return range && range->first > 0 && range->second > 20 * range->first;
}

/// Whether all means are positive: intervals may reach further down.
bool means_are_positive(const Plot& plot, bool of_x) {
    return std::all_of(plot.series.begin(), plot.series.end(), [&](const Series& series) {
        const auto& values = of_x ? series.x : series.y;
        return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
    });
}

bool wants_logarithm_of_metric(Plot plot, const std::string& metric, bool of_x) {
    if (!may_be_logarithmic(metric) || !means_are_positive(plot, of_x)) return false;
    for (Series& series : plot.series) series.low.clear(), series.high.clear();
    return wants_logarithm(plot, of_x);
}

std::string means_caption(const std::vector<SweepOfRun>& sweeps) {
    const bool intervals =
        std::all_of(sweeps.begin(), sweeps.end(), [](const auto& of) { return of.sweep.has_intervals; });
    return intervals ? "Means over the repeats with their 95 % intervals (Student)."
                     : "Means over the repeats so far; intervals come when the sweep is finished.";
}

/// Intervals of more lines than have a legend, or of more than can stand side by side, are left out, which is said.
std::string interval_caption(Plot& plot) {
    std::set<double> places;
    std::size_t bars = 0;
    for (const Series& series : plot.series) {
        bars += series.low.size();
        places.insert(series.x.begin(), series.x.end());
    }
    const std::size_t lines = drawn_series(plot).size();
    const bool level = !plot.series.empty() && plot.series.front().sideways;
    if (level || bars == 0 || (unnamed_lines(plot) == 0 && lines * places.size() <= most_intervals)) return "";
    for (Series& series : plot.series) {
        series.low.clear();
        series.high.clear();
        series.error_bars = false;
    }
    return fmt::format(" The intervals of {} lines hide each other and are left out: they are in means.csv.", lines);
}

Plot metric_figure(const std::vector<SweepOfRun>& sweeps, const std::string& metric) {
    const auto axis = common_numeric_axis(sweeps);
    Plot plot = axis ? against_axis(sweeps, metric, *axis) : by_label(sweeps, metric);
    plot.name = "metric-" + metric;
    std::replace(plot.name.begin(), plot.name.end(), '_', '-');
    plot.title = metric + (axis ? " against " + sweeps.front().sweep.axes[*axis] : " of every point");
    // Values of the axis are what the user chose; those of the metric may be 0 next time.
    if (axis) plot.x.logarithmic = wants_logarithm(plot, true);
    (axis ? plot.y : plot.x).logarithmic = wants_logarithm_of_metric(plot, metric, !axis);
    for (const SweepOfRun& of : sweeps) {
        if (of.sweep.has_intervals) continue;
        for (Series& series : plot.series) series.low.clear(), series.high.clear();
    }
    plot.caption = means_caption(sweeps);
    const std::string left_out = interval_caption(plot);
    plot.caption += left_out;
    const auto lines = drawn_series(plot).size();
    if (lines > 1 && left_out.empty()) plot.caption += " What stands at equal values is moved a little apart.";
    plot.caption += crowd_caption(plot);
    if (!plot.censored.empty() && lines == 0) show_nothing_measured(axis ? plot.y : plot.x);
    if (!plot.censored.empty())
        plot.caption += " A triangle at the edge: a repeat has none, such as one that has not settled; see the table.";
    return plot;
}

std::string axes_text(const MeasuredSweep& sweep) {
    std::string text;
    for (const std::string& axis : sweep.axes) text += (text.empty() ? "" : ", ") + axis;
    return text;
}

/// The main metrics of all sweeps, those of the first one first.
std::vector<std::string> metrics_of(const std::vector<SweepOfRun>& sweeps) {
    std::vector<std::string> metrics;
    for (const SweepOfRun& of : sweeps) {
        for (const std::string& metric : main_metrics(of.sweep)) {
            if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
        }
    }
    if (metrics.size() > most_metrics) metrics.resize(most_metrics);
    return metrics;
}

/// What is not laid over each other: the plots of every sweep, with names of their own where there are several.
template <class Draw>
void add_of_each(const std::vector<SweepOfRun>& sweeps, const Draw& draw, std::vector<Plot>& figures) {
    for (std::size_t i = 0; i < sweeps.size(); ++i) {
        for (Plot& plot : draw(sweeps[i])) {
            if (sweeps.size() > 1) {
                plot.title += " of " + sweeps[i].run->label;
                plot.name += fmt::format("-of-sweep-{}", i + 1);
            }
            figures.push_back(std::move(plot));
        }
    }
}

}  // namespace

void check_axes(const std::vector<SweepOfRun>& sweeps) {
    const SweepOfRun* first = nullptr;
    for (const SweepOfRun& of : sweeps) {
        if (of.sweep.axes.empty()) continue;  // nothing is finished yet
        if (!first) first = &of;
        const std::set axes(of.sweep.axes.begin(), of.sweep.axes.end());
        if (axes == std::set(first->sweep.axes.begin(), first->sweep.axes.end())) continue;
        throw input_error(of.run->directory, "", "is a sweep over " + axes_text(of.sweep),
                          fmt::format("a sweep over the same as {}, {}, to be laid over it; else a report of its own",
                                      first->run->directory, axes_text(first->sweep)));
    }
}

std::vector<Plot> sweep_figures(const std::vector<SweepOfRun>& all) {
    std::vector<Plot> figures;
    std::vector<SweepOfRun> sweeps;
    std::copy_if(all.begin(), all.end(), std::back_inserter(sweeps),
                 [](const auto& of) { return !of.sweep.points.empty(); });
    if (sweeps.empty()) return figures;
    Plot curves = curves_figure(sweeps, {"period", "distance", 1}, true);
    if (curves.series.empty()) curves = curves_figure(sweeps, {"epoch", "test_error", 100}, false);
    const bool drawn =
        std::any_of(curves.series.begin(), curves.series.end(), [](const Series& s) { return s.x.size() > 1; });
    if (drawn) figures.push_back(std::move(curves));
    add_of_each(sweeps, point_figures, figures);
    for (const std::string& metric : metrics_of(sweeps)) {
        Plot plot = metric_figure(sweeps, metric);
        const bool measured = !drawn_series(plot).empty();
        if (measured || !plot.censored.empty()) figures.push_back(std::move(plot));
        if (!measured) continue;
        add_of_each(
            sweeps, [&](const SweepOfRun& of) { return heat_maps(of, metric); }, figures);
    }
    return figures;
}

}  // namespace settle

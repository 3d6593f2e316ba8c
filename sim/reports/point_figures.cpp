#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "sim/measures/number_text.hpp"
#include "sim/measures/pareto.hpp"
#include "sim/reports/figures.hpp"
#include "sim/reports/metric_axis.hpp"

namespace settle {

namespace {

std::optional<double> mean_of(const MeasuredPoint& point, const std::string& metric) {
    const auto found = point.metrics.find(metric);
    if (found == point.metrics.end()) return std::nullopt;
    return metric_on_axis(metric, found->second.mean);
}

/// The axes that are in a list, or those that are not.
std::vector<std::size_t> axes_in(const MeasuredSweep& sweep, const std::vector<std::string>& names, bool in) {
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
        if ((std::find(names.begin(), names.end(), sweep.axes[axis]) != names.end()) == in) axes.push_back(axis);
    }
    return axes;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

/// Colours by what competes, marks with the numbers of the points.
std::vector<Series> marks_of_points(const MeasuredSweep& sweep, const PointPlot& wanted) {
    std::vector<std::size_t> axes = axes_in(sweep, wanted.within, false);
    if (wanted.within.empty() && axes.size() > 1) axes = {axes.front()};
    double largest = 0;
    for (const MeasuredPoint& point : sweep.points)
        largest = std::max(largest, std::abs(mean_of(point, wanted.size).value_or(0)));
    std::vector<Series> all;
    for (const MeasuredPoint& point : sweep.points) {
        const std::string label = values_text(sweep, point, axes);
        auto at = std::find_if(all.begin(), all.end(), [&](const Series& series) { return series.label == label; });
        if (at == all.end()) {
            at = all.insert(all.end(), Series{label, {}, {}, {}, {}, Series::Style::points});
            at->colour = static_cast<int>(at - all.begin());
        }
        const auto x = mean_of(point, wanted.x), y = mean_of(point, wanted.y), size = mean_of(point, wanted.size);
        if (!x || !y || (!wanted.size.empty() && !size)) continue;
        at->x.push_back(*x);
        at->y.push_back(*y);
        if (!wanted.size.empty()) at->areas.push_back(largest > 0 ? std::abs(*size) / largest : 1);
        at->names.push_back(fmt::format("{}", point.index));
    }
    return all;
}

/// A line through each front, in grey.
std::vector<Series> fronts(const MeasuredSweep& sweep, const PointPlot& wanted) {
    const auto axes = axes_in(sweep, wanted.within, true);
    std::vector<Contender> contenders;
    for (const MeasuredPoint& point : sweep.points) {
        Contender& one = contenders.emplace_back();
        for (const std::size_t axis : axes) one.group += point.labels[axis] + '\n';
        for (const std::string& metric : wanted.metrics()) one.values.push_back(mean_of(point, metric));
    }
    const std::vector<bool> front = pareto_front(contenders);
    std::map<std::string, std::map<double, double>> lines;
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        if (front[i]) lines[contenders[i].group].emplace(*contenders[i].values[0], *contenders[i].values[1]);
    }
    std::vector<Series> all;
    for (const auto& [group, points] : lines) {
        if (points.size() < 2) continue;
        Series& series = all.emplace_back();
        series.colour = -1;
        for (const auto& [x, y] : points) series.x.push_back(x), series.y.push_back(y);
    }
    return all;
}

/// Of values that are all positive and span more than a factor of twenty.
bool wants_logarithm(const std::vector<Series>& all, bool of_x) {
    double low = 0, high = 0;
    for (const Series& series : all) {
        for (const double value : of_x ? series.x : series.y) {
            if (value <= 0) return false;
            low = low == 0 ? value : std::min(low, value);
            high = std::max(high, value);
        }
    }
    return high > 20 * low;
}

std::string caption_of(const MeasuredSweep& sweep, const PointPlot& wanted, std::size_t drawn, bool joined) {
    std::string caption =
        "A mark for every point: means over the repeats, with the number of the point in the table "
        "where there is room for it.";
    if (!wanted.size.empty()) {
        const MeasuredPoint* largest = nullptr;
        for (const MeasuredPoint& point : sweep.points) {
            if (mean_of(point, wanted.size) &&
                (!largest || std::abs(*mean_of(point, wanted.size)) > std::abs(*mean_of(*largest, wanted.size))))
                largest = &point;
        }
        if (largest)
            caption += fmt::format(" The area of a mark is its {}, {} of the largest (point {}).", wanted.size,
                                   number_text(*mean_of(*largest, wanted.size)), largest->index);
    }
    if (joined)
        caption +=
            fmt::format(" Grey lines join what no other point{} beats: none is as good in {}.",
                        wanted.within.empty() ? "" : " of the same " + listed(wanted.within), listed(wanted.metrics()));
    if (drawn < sweep.points.size())
        caption += fmt::format(" Without a mean, and not drawn: {}.", sweep.points.size() - drawn);
    return caption;
}

}  // namespace

std::vector<Plot> point_figures(const SweepOfRun& of) {
    std::vector<Plot> figures;
    if (!of.run->scenario) return figures;
    for (const PointPlot& wanted : of.run->scenario->sweep.plot) {
        std::vector<Series> marks = marks_of_points(of.sweep, wanted), lines = fronts(of.sweep, wanted);
        std::size_t drawn = 0;
        for (const Series& series : marks) drawn += series.x.size();
        if (drawn == 0) continue;
        Plot plot{fmt::format("points-{}", figures.size() + 1),
                  wanted.y + " against " + wanted.x,
                  "",
                  {metric_axis_label(wanted.x), wants_logarithm(marks, true), {}, {}},
                  {metric_axis_label(wanted.y), wants_logarithm(marks, false), {}, {}}};
        plot.caption = caption_of(of.sweep, wanted, drawn, !lines.empty());
        plot.series = std::move(lines);  // below the marks
        plot.series.insert(plot.series.end(), std::make_move_iterator(marks.begin()),
                           std::make_move_iterator(marks.end()));
        figures.push_back(std::move(plot));
    }
    return figures;
}

}  // namespace settle

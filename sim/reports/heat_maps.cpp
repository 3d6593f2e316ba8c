#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "sim/reports/figures.hpp"
#include "sim/reports/metric_axis.hpp"

namespace settle {

namespace {

/// More are no help, nor are numbers in cells that they do not fit into.
constexpr std::size_t most_maps = 6, most_columns = 14;
constexpr int pixels_of_a_row = 30, least_height = 300, most_high_rows = 20;

/// The values of one axis, rising, with their labels.
using AxisValues = std::map<double, std::string>;

std::optional<AxisValues> numbers_of(const MeasuredSweep& sweep, std::size_t axis) {
    AxisValues values;
    for (const MeasuredPoint& point : sweep.points) {
        if (!point.numbers[axis]) return std::nullopt;
        values.emplace(*point.numbers[axis], point.labels[axis]);
    }
    if (values.size() < 2) return std::nullopt;
    return values;
}

/// The columns and rows of a map.
struct MapAxes {
    std::size_t x, y;
    AxisValues columns, rows;
};

/// The two axes of numbers that have the most values; the longer one lies.
std::optional<MapAxes> map_axes(const MeasuredSweep& sweep) {
    std::vector<std::pair<std::size_t, AxisValues>> axes;
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
        if (auto values = numbers_of(sweep, axis)) axes.emplace_back(axis, *std::move(values));
    }
    if (axes.size() < 2) return std::nullopt;
    std::stable_sort(axes.begin(), axes.end(),
                     [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    return MapAxes{axes[0].first, axes[1].first, axes[0].second, axes[1].second};
}

std::string other_labels(const MeasuredSweep& sweep, const MeasuredPoint& point, const MapAxes& axes) {
    std::string others;
    for (std::size_t i = 0; i < sweep.axes.size(); ++i) {
        if (i == axes.x || i == axes.y) continue;
        others += fmt::format("{}{} = {}", others.empty() ? "" : ", ", sweep.axes[i], point.labels[i]);
    }
    return others;
}

HeatMap empty_map(const MapAxes& axes, const std::string& metric) {
    HeatMap map;
    for (const auto& [value, label] : axes.columns) map.columns.push_back(label);
    for (const auto& [value, label] : axes.rows) map.rows.push_back(label);
    map.values.resize(map.columns.size() * map.rows.size());
    map.label = metric_axis_label(metric);
    return map;
}

std::size_t cell_of(const MeasuredPoint& point, const MapAxes& axes) {
    const auto column = std::distance(axes.columns.begin(), axes.columns.find(*point.numbers[axes.x]));
    const auto row = std::distance(axes.rows.begin(), axes.rows.find(*point.numbers[axes.y]));
    return static_cast<std::size_t>(row) * axes.columns.size() + static_cast<std::size_t>(column);
}

/// As for lines: of what is positive by nature and spans more than a factor of twenty.
bool wants_logarithm(const HeatMap& map, const std::string& metric) {
    double low = 0, high = 0;
    for (const auto& value : map.values) {
        if (!value) continue;
        low = high == 0 ? *value : std::min(low, *value);
        high = std::max(high, *value);
    }
    return may_be_logarithmic(metric) && low > 0 && high > 20 * low;
}

Plot map_figure(const SweepOfRun& of, const MapAxes& axes, const std::string& metric, HeatMap map) {
    const auto names_of = [](const std::vector<std::string>& texts) {
        std::vector<std::pair<std::string, double>> names;
        for (std::size_t i = 0; i < texts.size(); ++i) names.emplace_back(texts[i], static_cast<double>(i));
        return names;
    };
    Plot plot{
        "map-" + metric, "", "", {key_axis_label(of.sweep.axes[axes.x])}, {key_axis_label(of.sweep.axes[axes.y])}};
    plot.x.low = plot.y.low = -0.5;
    plot.x.names = names_of(map.columns);
    plot.y.names = names_of(map.rows);
    plot.x.high = static_cast<double>(map.columns.size()) - 0.5;
    plot.y.high = static_cast<double>(map.rows.size()) - 0.5;
    const int high_rows = std::min(static_cast<int>(map.rows.size()), most_high_rows);  // more become lower
    plot.height = std::max(least_height, 75 + pixels_of_a_row * high_rows);
    map.logarithmic = wants_logarithm(map, metric);
    map.numbered = map.columns.size() <= most_columns;
    plot.caption = "Means over the repeats at every pair of values";
    plot.caption += map.numbered ? "." : "; too many columns for numbers, which are in the table.";
    const auto missing = std::count(map.values.begin(), map.values.end(), std::nullopt);
    if (missing > 0) plot.caption += fmt::format(" Without a value: {}.", missing);
    plot.map = std::move(map);
    std::replace(plot.name.begin(), plot.name.end(), '_', '-');
    return plot;
}

}  // namespace

std::vector<Plot> heat_maps(const SweepOfRun& of, const std::string& metric) {
    const auto axes = map_axes(of.sweep);
    if (!axes) return {};
    std::vector<std::pair<std::string, HeatMap>> maps;
    for (const MeasuredPoint& point : of.sweep.points) {
        const auto mean = point.metrics.find(metric);
        if (mean == point.metrics.end()) continue;
        const std::string others = other_labels(of.sweep, point, *axes);
        auto at = std::find_if(maps.begin(), maps.end(), [&](const auto& map) { return map.first == others; });
        if (at == maps.end()) at = maps.insert(maps.end(), {others, empty_map(*axes, metric)});
        at->second.values[cell_of(point, *axes)] = metric_on_axis(metric, mean->second.mean);
    }
    std::vector<Plot> figures;
    if (maps.size() > most_maps) return figures;
    for (auto& [others, map] : maps) {
        Plot plot = map_figure(of, *axes, metric, std::move(map));
        plot.title = fmt::format("{} over {} and {}", metric, of.sweep.axes[axes->x], of.sweep.axes[axes->y]);
        if (!others.empty()) plot.title += ", " + others;
        if (maps.size() > 1) plot.name += fmt::format("-{}", figures.size() + 1);
        figures.push_back(std::move(plot));
    }
    return figures;
}

}  // namespace settle

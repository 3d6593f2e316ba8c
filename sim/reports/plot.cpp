#include "sim/reports/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/formats/utf8.hpp"
#include "sim/reports/interval_dodge.hpp"

namespace settle {

namespace {

constexpr std::size_t most_in_legend = 24;
constexpr double room_for_points = 0.03;

bool has_points(const Series& series) {
    return series.style == Series::Style::points || series.style == Series::Style::line_points;
}

std::string map_data(const HeatMap& map) {
    std::string text = "# column row value\n";
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        if (!map.values[i]) continue;
        text += fmt::format("{} {} {:.9g}\n", i % map.columns.size(), i / map.columns.size(), *map.values[i]);
    }
    return text;
}

}  // namespace

const std::vector<std::string>& palette() {
    static const std::vector<std::string> colours = {"#0072b2", "#d55e00", "#008a64", "#a8509c",
                                                     "#a87700", "#2f93cf", "#8a2846", "#555555"};
    return colours;
}

double mark_diameter(double area) {
    return std::max(0.35, 1.8 * std::sqrt(area));
}

std::vector<const Series*> drawn_series(const Plot& plot) {
    std::vector<const Series*> drawn;
    for (const Series& series : plot.series) {
        if (!series.x.empty()) drawn.push_back(&series);
    }
    return drawn;
}

std::vector<const Series*> named_series(const Plot& plot) {
    std::vector<const Series*> named;
    for (const Series& series : plot.series) {
        const bool marked = std::any_of(plot.censored.begin(), plot.censored.end(),
                                        [&](const Censored& mark) { return mark.colour == series.colour; });
        if (!series.label.empty() && (!series.x.empty() || marked)) named.push_back(&series);
    }
    return named;
}

bool has_legend(const Plot& plot) {
    const std::size_t count = named_series(plot).size();
    return plot.legend && count > 0 && count <= most_in_legend;
}

std::size_t unnamed_lines(const Plot& plot) {
    const std::size_t count = named_series(plot).size();
    return plot.legend && count > most_in_legend ? count : 0;
}

std::optional<std::pair<double, double>> range_of(const Plot& plot, bool of_x) {
    const bool logarithmic = of_x ? plot.x.logarithmic : plot.y.logarithmic;
    std::optional<std::pair<double, double>> range;
    const auto add = [&](const std::vector<double>& values) {
        for (const double value : values) {
            if (logarithmic && value <= 0) continue;
            if (!range) range = {value, value};
            range = {std::min(range->first, value), std::max(range->second, value)};
        }
    };
    for (const Series& series : plot.series) {
        if (series.colour < 0) continue;  // references follow what is measured
        add(of_x ? series.x : series.y);
        if (of_x == series.sideways) add(series.low), add(series.high);
    }
    for (const Censored& mark : plot.censored) {
        if (of_x != mark.sideways) add({mark.at});
    }
    return range;
}

AxisMarks marks_of(const Plot& plot, bool of_x, double most_width) {
    const PlotAxis& axis = of_x ? plot.x : plot.y;
    const bool sideways = !plot.series.empty() && plot.series.front().sideways;
    AxisDemand demand{range_of(plot, of_x), axis.low, axis.high, axis.logarithmic, axis.whole};
    demand.snug = of_x && !sideways;
    demand.room = std::any_of(plot.series.begin(), plot.series.end(), has_points) ? room_for_points : 0;
    const auto bars = std::count_if(plot.series.begin(), plot.series.end(),
                                    [](const auto& s) { return s.error_bars && !s.x.empty(); });
    if (bars > 1) demand.room += interval_distance(static_cast<double>(bars)) * static_cast<double>(bars - 1) / 2;
    demand.most_width = most_width;
    AxisMarks marks = axis_marks(demand);
    if (!axis.names.empty()) {
        marks.labelled = axis.names;
        marks.small.clear();
    }
    return marks;
}

void say_what_is_left_out(Plot& plot) {
    int count = 0;
    for (const Series& series : plot.series) count += series.left_out;
    if (count == 0) return;
    plot.caption += fmt::format(" {} of 0 or below cannot be shown on a logarithmic axis.",
                                count == 1 ? "One value" : fmt::format("{} values", count));
}

std::string gnuplot_data(const Plot& plot) {
    if (plot.map) return map_data(*plot.map);
    std::string text;
    if (drawn_series(plot).empty() && !plot.censored.empty()) {
        text = "# no value at";
        for (const Censored& mark : plot.censored)
            text += fmt::format("{}{:.9g}", &mark == &plot.censored.front() ? " " : ", ", mark.at);
        return text + "\n";
    }
    for (const Series* series : drawn_series(plot)) {
        const bool ticks = series->style == Series::Style::ticks;
        text += fmt::format("# {}: {}\n", printable(series->label, 200),
                            ticks                    ? "x y, two lines a tick"
                            : !series->low.empty()   ? "x y low high"
                            : !series->areas.empty() ? "x y diameter"
                                                     : "x y");
        for (std::size_t i = 0; i < series->x.size(); ++i) {
            const double x = series->x[i];
            if (ticks) {
                text += fmt::format("{0:.9g} {1:.9g}\n{0:.9g} {2:.9g}\n\n", x, series->low[i], series->high[i]);
                continue;
            }
            text += fmt::format("{:.9g} {:.9g}", x, series->y[i]);
            if (!series->low.empty()) text += fmt::format(" {:.9g} {:.9g}", series->low[i], series->high[i]);
            if (!series->areas.empty()) text += fmt::format(" {:.4g}", mark_diameter(series->areas[i]));
            text += '\n';
        }
        text += "\n\n";
    }
    return text;
}

}  // namespace settle

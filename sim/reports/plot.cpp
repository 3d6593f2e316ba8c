#include "sim/reports/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "sim/formats/utf8.hpp"

namespace settle {

namespace {

constexpr int width = 500;
constexpr int legend_row = 26;  // 1.15 times the line of a font of 15

/// A text for gnuplot: in single quotes, where nothing is replaced or run.
std::string quoted(const std::string& text, std::size_t limit = 120) {
    std::string inside = printable(text, limit);
    for (std::size_t at = 0; (at = inside.find('\'', at)) != std::string::npos; at += 2) inside.insert(at, "'");
    return "'" + inside + "'";
}

/// The nearest of 1, 2, 5, 10, 20 … below (or above) a positive value.
double round_to_decade(double value, bool up) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    double best = up ? 10 * decade : decade;
    for (const double step : {1.0, 2.0, 5.0}) {
        const double candidate = step * decade;
        if (up && candidate >= value * (1 - 1e-9)) best = std::min(best, candidate);
        if (!up && candidate <= value * (1 + 1e-9)) best = std::max(best, candidate);
    }
    return best;
}

std::string range_text(const std::optional<double>& low, const std::optional<double>& high) {
    const auto bound = [](const std::optional<double>& value) { return value ? fmt::format("{:.9g}", *value) : "*"; };
    return fmt::format("[{}:{}]", bound(low), bound(high));
}

/// The least of 1, 2, 5, 10 … that gives at most ten marks.
std::int64_t whole_step(double extent) {
    std::int64_t step = 1;
    for (int i = 0; static_cast<double>(step) * 10 < extent && i < 48; ++i) step = step * (i % 3 == 1 ? 5 : 4) / 2;
    return step;
}

std::string axis_commands(const Plot& plot, bool of_x) {
    const PlotAxis& axis = of_x ? plot.x : plot.y;
    const char* letter = of_x ? "x" : "y";
    std::string text = fmt::format("unset {}label\n", letter);
    if (!axis.label.empty()) {
        text = fmt::format("set {}label {}{}\n", letter, quoted(axis.label), of_x ? " offset 0, character 0.6" : "");
    }
    auto low = axis.low, high = axis.high;
    if (axis.logarithmic) {
        text += fmt::format("set logscale {}\n", letter);
        if (const auto range = range_of(plot, of_x)) {
            low = low ? low : range->first;
            high = high ? high : range->second;
        }
    }
    text += fmt::format("set {0}range {1}\nset format {0} '{2}'\n", letter, range_text(low, high), axis.format);
    const auto range = range_of(plot, of_x);
    if (axis.whole && !axis.logarithmic) {
        text += fmt::format("set {}tics {}\n", letter, range ? whole_step(range->second - range->first) : 1);
    } else if (of_x && !axis.logarithmic && range && range->second > range->first) {
        // gnuplot knows how high its numbers are, but not how wide.
        text += fmt::format("set xtics {:.9g}\n", round_to_decade((range->second - range->first) / 6, true));
    }
    if (axis.names.empty()) return text;
    std::string marks;
    for (const auto& [name, value] : axis.names) {
        marks += fmt::format("{}{} {:.9g}", marks.empty() ? "" : ", ", quoted(name, 40), value);
    }
    return text + fmt::format("set {}tics scale 0 ({})\n", letter, marks);
}

std::string mark_commands(const Plot& plot) {
    std::string text;
    for (const Mark& mark : plot.marks) {
        text += fmt::format("set arrow from {0:.9g}, graph 0 to {0:.9g}, graph 1 nohead lw 1.2 dt 2 lc rgb '{1}'\n",
                            mark.x, reference_grey);
        text += fmt::format("set label {} at {:.9g}, graph 1 center offset 0, character 0.6 tc rgb '{}'\n",
                            quoted(mark.text), mark.x, reference_grey);
    }
    return text;
}

std::string colour_of(const Series& series) {
    const auto& colours = palette();
    return series.colour < 0 ? reference_grey : colours[static_cast<std::size_t>(series.colour) % colours.size()];
}

/// Eight colours are not told apart at a glance, nor in print: each half of the palette has dashes of its own, and
/// others when it comes again, so that two dozen lines differ.
int dash_of(const Series& series) {
    static constexpr int dashes[] = {1, 2, 3, 4, 5, 1};
    if (series.dash > 1 || series.colour < 0) return series.dash;
    const auto half = static_cast<std::size_t>(series.colour) / (palette().size() / 2);
    return dashes[half % std::size(dashes)];
}

/// What is drawn of one series: its band first, so that lines lie upon it.
std::vector<std::string> plot_clauses(const std::string& data, const Series& series, std::size_t index) {
    static constexpr int shapes[] = {7, 5, 9, 13, 11, 4, 6, 8};
    const std::string from = fmt::format("{} index {}", data, index), colour = colour_of(series);
    const int shape = shapes[static_cast<std::size_t>(std::max(series.colour, 0)) % std::size(shapes)];
    const std::string title = series.label.empty() ? "notitle" : "title " + quoted(series.label, 60);
    std::vector<std::string> clauses;
    if (!series.low.empty() && series.style != Series::Style::ticks) {
        clauses.push_back(series.error_bars
                              ? fmt::format("{} using 1:2:3:4 with {}errorbars lw 1.6 pt 0 lc rgb '{}' notitle", from,
                                            series.sideways ? "x" : "y", colour)
                              : fmt::format("{} using 1:3:4 with filledcurves fc rgb '{}' fs transparent solid 0.15 "
                                            "noborder notitle",
                                            from, colour));
    }
    const std::string line =
        fmt::format("lw {} dt {} lc rgb '{}' {}", series.colour < 0 ? 1.3 : 2.2, dash_of(series), colour, title);
    switch (series.style) {
        case Series::Style::line:
        case Series::Style::ticks:
            clauses.push_back(from + " using 1:2 with lines " + line);
            break;
        case Series::Style::steps:
            clauses.push_back(from + " using 1:2 with steps " + line);
            break;
        case Series::Style::line_points:
            clauses.push_back(fmt::format("{} using 1:2 with linespoints pt {} ps 0.7 {}", from, shape, line));
            break;
        case Series::Style::points:
            clauses.push_back(
                fmt::format("{} using 1:2 with points pt {} ps 0.7 lc rgb '{}' {}", from, shape, colour, title));
            break;
    }
    return clauses;
}

std::string plot_command(const Plot& plot) {
    std::string text;
    std::vector<std::string> all;
    const std::string data = "'" + plot.name + ".dat'";
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
        if (plot.series[i].x.empty()) continue;
        for (std::string& clause : plot_clauses(data, plot.series[i], i)) all.push_back(std::move(clause));
    }
    for (const std::string& clause : all) text += (text.empty() ? "plot " : ", \\\n     ") + clause;
    return text + "\n";
}

/// Rows and columns of the legend below a plot; no rows: there is none.
struct Legend {
    int columns = 1, rows = 0, width = 0;
};

/// gnuplot takes 10.5 of the 500 for a character of the legend, and 42 for the line before it; `narrower` characters
/// less for a text of `length` come close to a real font.
int narrower(std::size_t length) {
    return static_cast<int>(length / 4);
}

constexpr std::size_t most_in_legend = 24;

bool is_in_legend(const Series& series) {
    return !series.label.empty() && !series.x.empty();
}

/// As many columns as gnuplot will make for the longest text: a row too many would be taken from the plot.
Legend legend_of(const Plot& plot) {
    if (!has_legend(plot)) return {};
    std::size_t count = 0, longest = 1;
    for (const Series& series : plot.series) {
        if (!is_in_legend(series)) continue;
        ++count;
        longest = std::max(longest, std::min<std::size_t>(series.label.size(), 60));
    }
    if (count == 0) return {};
    Legend legend;
    legend.columns =
        std::clamp(static_cast<int>(460 / (10.5 * (static_cast<double>(longest) + 1 - narrower(longest)) + 45)), 1, 4);
    legend.width = -narrower(longest);
    legend.rows = (static_cast<int>(count) + legend.columns - 1) / legend.columns;
    return legend;
}

}  // namespace

const std::vector<std::string>& palette() {
    static const std::vector<std::string> colours = {"#0072b2", "#d55e00", "#008a64", "#a8509c",
                                                     "#a87700", "#2f93cf", "#8a2846", "#555555"};
    return colours;
}

bool has_legend(const Plot& plot) {
    const auto count = std::count_if(plot.series.begin(), plot.series.end(), is_in_legend);
    return count <= static_cast<std::ptrdiff_t>(most_in_legend);
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
    if (!range || !logarithmic) return range;
    if (of_x && range->first < range->second && !plot.series.front().sideways) return range;
    range = {round_to_decade(range->first, false), round_to_decade(range->second, true)};
    if (range->first == range->second) range->second = 10 * range->first;
    return range;
}

std::string gnuplot_script(const Plot& plot) {
    const Legend legend = legend_of(plot);
    const int height = plot.height + legend_row * legend.rows;
    std::string text =
        fmt::format("# {}\n# Change what you like and run: gnuplot {}.gp\n", printable(plot.title, 200), plot.name);
    text += "reset\nset encoding utf8\nset border 3 lw 1\nset tics nomirror out scale 0.6, 0.3\nset bars small\n";
    if (plot.grid) text += fmt::format("set grid lw 0.8 lt 1 lc rgb '{}'\n", grid_grey);
    text += legend.rows == 0 ? "unset key\n"
                             : fmt::format(
                                   "set key outside bottom center horizontal Left reverse samplen 2 spacing "
                                   "1.15 width {} height 0.6 maxcols {}\n",
                                   legend.width, legend.columns);
    text += fmt::format("set tmargin {}\nset rmargin 2\n", plot.marks.empty() ? "0.7" : "1.6");
    text += axis_commands(plot, true) + axis_commands(plot, false) + mark_commands(plot);
    text +=
        fmt::format("set terminal svg noenhanced size {},{} font 'Helvetica,15' background '#ffffff'\n", width, height);
    text += fmt::format("set output '{}.svg'\n", plot.name) + plot_command(plot);
    // Twice the size of the SVG; its font is in pixels, this one in points of 4/3 pixels.
    text += fmt::format(
        "set terminal pngcairo noenhanced size {},{} font 'Helvetica,15' fontscale 1.5 linewidth 2 pointscale 2 "
        "background '#ffffff'\n",
        2 * width, 2 * height);
    return text + fmt::format("set output '{}.png'\nreplot\nunset output\n", plot.name);
}

std::string gnuplot_data(const Plot& plot) {
    std::string text;
    for (const Series& series : plot.series) {
        const bool ticks = series.style == Series::Style::ticks;
        text += fmt::format("# {}: {}\n", printable(series.label, 200),
                            ticks                ? "x y, two lines a tick"
                            : series.low.empty() ? "x y"
                                                 : "x y low high");
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            if (ticks) {
                text += fmt::format("{0:.9g} {1:.9g}\n{0:.9g} {2:.9g}\n\n", series.x[i], series.low[i], series.high[i]);
                continue;
            }
            text += fmt::format("{:.9g} {:.9g}", series.x[i], series.y[i]);
            if (!series.low.empty()) text += fmt::format(" {:.9g} {:.9g}", series.low[i], series.high[i]);
            text += '\n';
        }
        text += "\n\n";
    }
    return text;
}

}  // namespace settle

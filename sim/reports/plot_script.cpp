#include "sim/reports/plot_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/formats/utf8.hpp"
#include "sim/reports/gnuplot_text.hpp"
#include "sim/reports/heat_map_script.hpp"
#include "sim/reports/interval_dodge.hpp"
#include "sim/reports/mark_texts.hpp"
#include "sim/reports/plot_legend.hpp"
#include "sim/reports/point_names.hpp"
#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

// In multiples of the font's size.
constexpr double label_line = 1.5;                         // gnuplot's distance of lines in a text
constexpr double numbers_below = 2;                        // the numbers of the horizontal axis
constexpr double numbers_left = 5;                         // those of the vertical one, with its label: about
constexpr double left_of_numbers = 3.6, least_beside = 7;  // the latter: on both sides of the plot together
constexpr double least_right = 1.2, least_plot_height = 12;
// Above the plot, in gnuplot's characters: the middle of the first row of marks, and the distance of rows.
constexpr double first_mark = 0.6, mark_line = 1;

constexpr int page_width = 500;  // that Plot::height is meant for

/// Places in pixels of the style.
struct Layout {
    double height = 0, plot_height = 0;
    double left = 0;  ///< of the plot; 0: gnuplot finds it from the numbers
    double right = 0, bottom = 0;
    std::vector<std::string> x_label, y_label;
    std::vector<std::vector<std::string>> y_names;
    AxisMarks x, y;
    std::vector<MarkText> marks;
    bool upright = false;  ///< the names of a map's columns
    double top = 0;        ///< room above the plot, in gnuplot's characters
};

double widest_of(const std::vector<std::string>& texts) {
    double widest = 0;
    for (const std::string& text : texts) widest = std::max(widest, text_width(text));
    return widest;
}

/// Names in place of numbers take up to half of the width, and all as much height as the longest.
void place_names(const Plot& plot, const PlotStyle& style, Layout& layout) {
    double widest = 0;
    std::size_t lines = 1;
    for (const auto& [name, value] : plot.y.names) {
        layout.y_names.push_back(wrapped(printable(name, 120), 0.5 * style.width / style.font_size - 2));
        widest = std::max(widest, widest_of(layout.y_names.back()));
        lines = std::max(lines, layout.y_names.back().size());
    }
    if (!plot.y.label.empty()) return;  // numbers, and a label beyond them: gnuplot knows where
    layout.left = (widest + 1.3) * style.font_size;
    const double row = label_line * static_cast<double>(lines) + 0.5, rows = static_cast<double>(layout.y_names.size());
    layout.plot_height = std::max(layout.plot_height, (row * rows + 6) * style.font_size);
}

double right_of(const Plot& plot, const PlotStyle& style, const Layout& layout) {
    double right = least_right;
    if (!layout.x.labelled.empty()) right = std::max(right, text_width(layout.x.labelled.back().first) / 2 + 0.4);
    for (const auto& [text, y] : plot.beside) right = std::max(right, text_width(text) + 1);
    if (plot.map) right = room_for_colours(*plot.map);
    return right * style.font_size;
}

/// The names of the columns and rows of a map so that none touches another.
void place_names_of_map(const Plot& plot, const PlotStyle& style, Layout& layout) {
    const double em = style.font_size;
    const MapArea area = map_area(plot, style, layout.height, layout.bottom, layout.right);
    const double column = area.width / em / static_cast<double>(plot.map->columns.size());
    layout.upright = stand_upright(*plot.map, layout.x.labelled, column);
    thin_names(layout.x.labelled, column, !layout.upright);
    thin_names(layout.y.labelled, area.height / em / static_cast<double>(plot.map->rows.size()), false);
    if (!layout.upright) return;
    std::vector<std::string> names;
    for (const auto& [name, value] : layout.x.labelled) names.push_back(name);
    const double longer = std::max(0.0, widest_of(names) - 1) * em;
    layout.bottom += longer;
    layout.height += std::round(longer);
}

Layout layout_of(const Plot& plot, const PlotStyle& style, const Legend& legend) {
    const double em = style.font_size;
    Layout layout;
    const double scale = plot.y.names.empty() ? style.width / page_width : std::max(style.width / page_width, em / 15);
    layout.plot_height = std::max(plot.height * scale, least_plot_height * em);
    place_names(plot, style, layout);
    layout.y = marks_of(plot, false);
    double numbers = 0;
    for (const auto& [label, value] : layout.y.labelled) numbers = std::max(numbers, text_width(label));
    const double beside = std::max(least_beside, numbers + left_of_numbers + least_right);
    layout.x = marks_of(plot, true, style.width / em - (plot.y.names.empty() ? beside : least_beside));
    layout.right = right_of(plot, style, layout);
    layout.marks = mark_texts(plot, style, layout.x);
    const int rows = std::max(rows_of(layout.marks), 1);
    layout.top = plot.marks.empty() ? 0.7 : first_mark + mark_line * rows;
    if (!plot.x.label.empty()) layout.x_label = wrapped(printable(plot.x.label, 200), style.width / em - 6);
    const double below = numbers_below + label_line * static_cast<double>(layout.x_label.size()) + 0.3;
    layout.bottom = below * em + legend.height;
    const double above = label_line * mark_line * (rows - 1) * em;
    layout.height = std::round(layout.plot_height + legend.height + std::max(0.0, below - 4) * em + above);
    const double along_y = layout.height - layout.bottom - above - 2 * em;
    if (!plot.y.label.empty()) layout.y_label = wrapped(printable(plot.y.label, 200), along_y / em);
    if (plot.map) place_names_of_map(plot, style, layout);
    return layout;
}

std::string marks_text(const AxisMarks& marks) {
    std::string text;
    const auto add = [&](const std::string& mark) { text += (text.empty() ? "" : ", ") + mark; };
    std::set<double> labelled;
    for (const auto& [label, value] : marks.labelled) {
        add(fmt::format("{} {:.12g}", gnuplot_text(label), value));
        labelled.insert(value);
    }
    for (const double value : marks.small) {
        if (!labelled.contains(value)) add(fmt::format("'' {:.12g} 1", value));
    }
    return text;
}

std::string axis_commands(const Plot& plot, const Layout& layout, bool of_x) {
    const PlotAxis& axis = of_x ? plot.x : plot.y;
    const AxisMarks& marks = of_x ? layout.x : layout.y;
    const char* letter = of_x ? "x" : "y";
    const auto& label = of_x ? layout.x_label : layout.y_label;
    std::string text = fmt::format("unset {}label\n", letter);
    if (!label.empty() && !(of_x && layout.upright)) {
        text = fmt::format("set {}label {}{}\n", letter, gnuplot_text(label), of_x ? " offset 0, character 0.75" : "");
    }
    if (axis.logarithmic) text += fmt::format("set logscale {}\n", letter);
    // Rounding must not leave a mark at the very end of a logarithmic axis outside.
    const double hair = axis.logarithmic ? 1e-9 : 0;
    text += fmt::format("set {}range [{:.12g}:{:.12g}]\n", letter, marks.low * (1 - hair), marks.high * (1 + hair));
    std::string list = marks_text(marks);
    if (!of_x && !axis.names.empty() && !plot.map) {
        list.clear();
        for (std::size_t i = 0; i < axis.names.size(); ++i) {
            list += fmt::format("{}{} {:.12g}", list.empty() ? "" : ", ", gnuplot_text(layout.y_names[i]),
                                axis.names[i].second);
        }
    }
    if (!axis.shown || list.empty()) return text + fmt::format("unset {}tics\n", letter);
    const char* place = !of_x ? "" : layout.upright ? " rotate by 90 right" : " offset 0, character 0.4";
    return text + fmt::format("set {}tics{}{} ({})\n", letter, place, axis.names.empty() ? "" : " scale 0", list);
}

/// The label below names that stand upright: gnuplot's formats differ in where it would be.
std::string low_label_commands(const PlotStyle& style, const Layout& layout) {
    std::string text;
    double line = static_cast<double>(layout.x_label.size());
    for (const std::string& words : layout.x_label) {
        const double above = 0.3 + label_line * (--line + 0.5);
        text += fmt::format("set label {} at graph 0.5, screen {:.5f} center\n", gnuplot_text(words),
                            above * style.font_size / layout.height);
    }
    return text;
}

/// Vertical lines with their texts above the plot.
std::string mark_commands(const Plot& plot, const Layout& layout) {
    std::string text;
    for (const PlotMark& mark : plot.marks) {
        if (!is_within(mark, layout.x)) continue;
        text += fmt::format("set arrow from {0:.9g}, graph 0 to {0:.9g}, graph 1 nohead lw 1.2 dt 2 lc rgb '{1}'\n",
                            mark.x, reference_grey);
    }
    for (const MarkText& mark : layout.marks) {
        const char* side = mark.side == MarkText::Side::right  ? "right"
                           : mark.side == MarkText::Side::left ? "left"
                                                               : "center";
        text += fmt::format("set label {} at {:.9g}, graph 1 {} offset 0, character {:.4g} tc rgb '{}'\n",
                            gnuplot_text(mark.words), mark.x, side, first_mark + mark_line * mark.row, reference_grey);
    }
    return text;
}

/// Triangles at the edge; those of one place stand below (or left of) each other.
std::string censored_commands(const Plot& plot) {
    std::string text;
    std::map<double, int> there;
    for (const Censored& mark : plot.censored) {
        const double edge = 0.98 - 0.035 * there[mark.at]++;
        const std::string place = mark.sideways ? fmt::format("graph {:.4g}, first {:.9g}", edge, mark.at)
                                                : fmt::format("first {:.9g}, graph {:.4g}", mark.at, edge);
        text += fmt::format("set label '' at {} point {} front\n", place, censored_look(mark.colour));
    }
    return text;
}

std::string name_commands(const Plot& plot, const PlotStyle& style, const Layout& layout) {
    std::string text;
    const double em = style.font_size;
    const double left = layout.left > 0 ? layout.left : numbers_left * em;
    const PlotArea area{(style.width - left - layout.right) / em,
                        (layout.height - layout.bottom) / em - label_line * layout.top, layout.x, layout.y};
    const std::string font = gnuplot_text(fmt::format("{},{:.4g}", style.font, name_font * em));
    for (const PlacedName& placed : place_names(plot, area)) {
        text += fmt::format("set label {} at {:.9g}, {:.9g} center offset screen {:.5f}, screen {:.5f} font {} front\n",
                            gnuplot_text(placed.name), placed.x, placed.y, placed.right * em / style.width,
                            placed.above * em / layout.height, font);
    }
    return text;
}

/// Column `column` of the data, moved for the `position`-th series.
std::string moved(int column, const Dodge& dodge, double position, bool logarithmic) {
    const double by = dodge.by(position);
    if (by == 0) return fmt::format("{}", column);
    return logarithmic ? fmt::format("(${}*{:.9g})", column, std::exp(by)) : fmt::format("(${}+{:.9g})", column, by);
}

struct Clauses {
    const Plot& plot;
    const Layout& layout;
    Dodge dodge;
    double bars = 0;  ///< series with bars so far
    std::vector<std::string> all = {};

    /// A bar that reaches below a logarithmic axis ends with it.
    std::string low_of(int column, bool of_x) const {
        const bool logarithmic = of_x ? plot.x.logarithmic : plot.y.logarithmic;
        if (!logarithmic) return fmt::format("{}", column);
        return fmt::format("(${0}>{1:.9g}?${0}:{1:.9g})", column, of_x ? layout.x.low : layout.y.low);
    }

    /// The band or bars of a series, then its line, so that lines lie upon bands.
    void add(const Series& series, std::size_t index) {
        const std::string from = fmt::format("'{}.dat' index {}", plot.name, index);
        const std::string colour = point_look(series).substr(point_look(series).rfind("lc rgb"));
        const double position = series.error_bars ? bars++ : (dodge.count - 1) / 2;
        const bool sideways = series.sideways;
        const std::string x = sideways ? "1" : moved(1, dodge, position, plot.x.logarithmic);
        const std::string y = sideways ? moved(2, dodge, position, false) : "2";
        const std::string points = x + ":" + y;
        if (!series.low.empty() && series.style != Series::Style::ticks) {
            const std::string low = low_of(3, sideways);
            // Bars are vectors: gnuplot's errorbars clear a disc in their middle, and what else is there with it.
            const std::string length = fmt::format("($4-{})", low == "3" ? "$3" : low);
            const std::string bar =
                sideways ? fmt::format("{}:{}:{}:(0)", low, y, length) : fmt::format("{}:{}:(0):{}", x, low, length);
            all.push_back(series.error_bars
                              ? fmt::format("{} using {} with vectors nohead lw 1.6 {} notitle", from, bar, colour)
                              : fmt::format("{} using 1:{}:4 with filledcurves f{} fs transparent solid 0.15 noborder "
                                            "notitle",
                                            from, low, colour.substr(1)));
        }
        const std::string title = "title " + gnuplot_text(series.label);
        switch (series.style) {
            case Series::Style::line:
            case Series::Style::ticks:
                all.push_back(fmt::format("{} using 1:2 with lines {} {}", from, line_look(series), title));
                break;
            case Series::Style::steps:
                all.push_back(fmt::format("{} using 1:2 with steps {} {}", from, line_look(series), title));
                break;
            case Series::Style::line_points: {
                const std::string look = point_look(series).substr(0, point_look(series).find(" lc"));
                all.push_back(
                    fmt::format("{} using {} with linespoints {} {} {}", from, points, look, line_look(series), title));
                break;
            }
            case Series::Style::points:
                if (!series.areas.empty()) {
                    const std::string shape = point_look(series).substr(0, point_look(series).find(" ps"));
                    all.push_back(
                        fmt::format("{} using 1:2:3 with points {} ps variable {} {}", from, shape, colour, title));
                    break;
                }
                all.push_back(fmt::format("{} using {} with points {} {}", from, points, point_look(series), title));
                break;
        }
    }
};

std::string plot_command(const Plot& plot, const Layout& layout) {
    if (plot.map) return heat_map_plot(plot);
    Clauses clauses{plot, layout, dodge_of(plot, layout.x)};
    std::size_t index = 0;
    for (const Series* series : drawn_series(plot)) clauses.add(*series, index++);
    if (clauses.all.empty()) clauses.all = {"NaN notitle"};  // all is censored: axes and triangles
    std::string text;
    for (const std::string& clause : clauses.all) text += (text.empty() ? "plot " : ", \\\n     ") + clause;
    return text + "\n";
}

std::string terminal_of(PlotFormat format, const PlotStyle& style, double height) {
    const double thin = std::min(1.0, style.width / page_width), scale = style.png_scale;
    const auto size = [&](double by) { return fmt::format("size {:.0f},{:.0f}", style.width * by, height * by); };
    const std::string font = gnuplot_text(fmt::format("{},{:.4g}", style.font, style.font_size));
    switch (format) {
        case PlotFormat::svg:
            return fmt::format("svg noenhanced {} font {} linewidth {:.3g} background '#ffffff'", size(1), font, thin);
        case PlotFormat::png:
            // Its font is in points of 4/3 pixels, whatever the scale.
            return fmt::format(
                "pngcairo noenhanced {} font {} fontscale {:.4g} linewidth {:.4g} pointscale {:.4g} background "
                "'#ffffff'",
                size(scale), font, 0.75 * scale, thin * scale, scale);
        case PlotFormat::pdf:
            break;
    }
    // Its font is in units of 4/3 points (measured with gnuplot 5.4), here it is in pixels of 3/4.
    return fmt::format(
        "pdfcairo noenhanced size {:.4f}in,{:.4f}in font {} fontscale 0.5625 linewidth {:.4g} background '#ffffff'",
        style.width / 96, height / 96, font, thin);
}

}  // namespace

std::string gnuplot_script(const Plot& plot, const PlotStyle& style) {
    const Legend legend = legend_of(plot, style);
    const Layout layout = layout_of(plot, style, legend);
    std::string text =
        fmt::format("# {}\n# Change what you like and run: gnuplot {}.gp\n", printable(plot.title, 200), plot.name);
    text += "reset\nset encoding utf8\nset tics nomirror out scale 0.6, 0.3\nset bars small\n";
    text += fmt::format("set border {} lw 1\nunset key\n", plot.y.shown ? 3 : 1);
    if (plot.grid && !plot.map) text += fmt::format("set grid lw 0.8 lt 1 lc rgb '{}'\n", grid_grey);
    text += fmt::format("set tmargin {:.4g}\nset rmargin at screen {:.5f}\nset bmargin at screen {:.5f}\n", layout.top,
                        1 - layout.right / style.width, layout.bottom / layout.height);
    if (layout.left > 0) text += fmt::format("set lmargin at screen {:.5f}\n", layout.left / style.width);
    text += axis_commands(plot, layout, true) + axis_commands(plot, layout, false);
    text += mark_commands(plot, layout) + censored_commands(plot) + name_commands(plot, style, layout);
    for (const auto& [words, y] : plot.beside) {
        text +=
            fmt::format("set label {} at graph 1, first {:.9g} left offset character 0.6, 0\n", gnuplot_text(words), y);
    }
    if (layout.upright) text += low_label_commands(style, layout);
    if (plot.map) text += heat_map_commands(plot, style, layout.height, layout.bottom, layout.right);
    text += legend_commands(legend, style, layout.height);
    bool first = true;
    for (const PlotFormat format : style.formats) {
        text += fmt::format("set terminal {}\nset output '{}.{}'\n", terminal_of(format, style, layout.height),
                            plot.name, format_name(format));
        text += first ? plot_command(plot, layout) : "replot\n";
        first = false;
    }
    return text + "unset output\n";
}

}  // namespace settle

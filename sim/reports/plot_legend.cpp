#include "sim/reports/plot_legend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "sim/formats/utf8.hpp"
#include "sim/reports/gnuplot_text.hpp"
#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

// In multiples of the font's size.
constexpr double line_height = 1.3, entry_gap = 0.25, sample_width = 2.8, sample_gap = 0.6, column_gap = 1.2,
                 side = 0.6;
constexpr int most_legend_columns = 4;

std::string colour_of(const Series& series) {
    const auto& colours = palette();
    return series.colour < 0 ? reference_grey : colours[static_cast<std::size_t>(series.colour) % colours.size()];
}

/// Eight colours are not told apart at a glance, nor in print: each half of the palette has dashes of its own, and
/// others when it comes again, so that two dozen lines differ.
int dash_of(const Series& series) {
    static constexpr int dashes[] = {1, 2, 3, 4, 5, 1};
    if (series.dash > 0) return series.dash;
    if (series.colour < 0 || series.style == Series::Style::ticks) return 1;
    const auto half = static_cast<std::size_t>(series.colour) / (palette().size() / 2);
    return dashes[half % std::size(dashes)];
}

double height_of(const LegendEntry& entry) {
    return line_height * static_cast<double>(entry.lines.size()) + entry_gap;
}

bool has_line(const Series& series) {
    return !series.x.empty() && series.style != Series::Style::points;
}

/// Of its own, or triangles alone.
bool shows_points(const Series& series) {
    return series.x.empty() || series.style == Series::Style::points || series.style == Series::Style::line_points;
}

/// In place of too many names.
Legend crowd_of(const Plot& plot, const PlotStyle& style) {
    const double em = style.font_size;
    const std::string text = fmt::format("{} lines; what each is stands in {}.dat", unnamed_lines(plot), plot.name);
    Legend legend;
    legend.column_width = style.width - 2 * side * em;
    legend.left = side * em;
    legend.entries.push_back({nullptr, wrapped(text, legend.column_width / em)});
    legend.height = (height_of(legend.entries.front()) + 0.4) * em;
    return legend;
}

std::string entry_commands(const LegendEntry& entry, const PlotStyle& style, double left, double top, double height) {
    const double em = style.font_size;
    const auto x = [&](double pixels) { return fmt::format("screen {:.5f}", pixels / style.width); };
    const auto y = [&](double pixels) { return fmt::format("screen {:.5f}", 1 - pixels / height); };
    const double middle = top + 0.5 * line_height * static_cast<double>(entry.lines.size()) * em;
    std::string text;
    if (entry.series && has_line(*entry.series)) {
        text += fmt::format("set arrow from {0}, {2} to {1}, {2} nohead {3}\n", x(left), x(left + sample_width * em),
                            y(middle), line_look(*entry.series));
    }
    if (entry.series && shows_points(*entry.series)) {
        const Series& series = *entry.series;
        text += fmt::format("set label '' at {}, {} point {}\n", x(left + sample_width * em / 2), y(middle),
                            series.x.empty() ? censored_look(series.colour) : point_look(series));
    }
    for (std::size_t line = 0; line < entry.lines.size(); ++line) {
        const double at = top + (static_cast<double>(line) + 0.5) * line_height * em;
        text += fmt::format("set label {} at {}, {} left\n", gnuplot_text(entry.lines[line]),
                            x(left + (entry.series ? sample_width + sample_gap : 0) * em), y(at));
    }
    return text;
}

}  // namespace

std::string line_look(const Series& series) {
    return fmt::format("lw {} dt {} lc rgb '{}'", series.colour < 0 ? 1.3 : 2.2, dash_of(series), colour_of(series));
}

std::string point_look(const Series& series) {
    static constexpr int shapes[] = {7, 5, 9, 13, 11, 4, 6, 8};
    const int shape = shapes[static_cast<std::size_t>(std::max(series.colour, 0)) % std::size(shapes)];
    return fmt::format("pt {} ps 0.7 lc rgb '{}'", shape, colour_of(series));
}

std::string censored_look(int colour) {
    constexpr int triangle = 8;
    return fmt::format("pt {} ps 0.9 lc rgb '{}'", triangle,
                       palette()[static_cast<std::size_t>(colour) % palette().size()]);
}

Legend legend_of(const Plot& plot, const PlotStyle& style) {
    if (unnamed_lines(plot) > 0) return crowd_of(plot, style);
    Legend legend;
    if (!has_legend(plot)) return legend;
    const double em = style.font_size, sample = sample_width + sample_gap, all = style.width / em - 2 * side;
    double widest = 0;
    std::vector<std::pair<const Series*, std::string>> labels;
    for (const Series* series : named_series(plot)) {
        labels.emplace_back(series, printable(series->label, 200));
        widest = std::max(widest, text_width(labels.back().second));
    }
    const double pitch = sample + widest + column_gap;
    legend.columns = std::clamp(static_cast<int>((all + column_gap) / pitch), 1,
                                std::min(most_legend_columns, static_cast<int>(labels.size())));
    legend.column_width = std::min(pitch, all + column_gap) * em;
    for (const auto& [series, label] : labels) {
        legend.entries.push_back({series, wrapped(label, legend.column_width / em - sample - column_gap + 0.01)});
    }
    legend.left = (style.width - legend.columns * legend.column_width + column_gap * em) / 2;
    for (std::size_t i = 0; i < legend.entries.size(); i += static_cast<std::size_t>(legend.columns)) {
        legend.height += height_of(legend.entries[i]) * em;  // several lines are there only in one column
    }
    legend.height += 0.4 * em;
    return legend;
}

std::string legend_commands(const Legend& legend, const PlotStyle& style, double height) {
    std::string text;
    double top = height - legend.height;
    for (std::size_t i = 0; i < legend.entries.size(); ++i) {
        const auto column = static_cast<int>(i) % legend.columns;
        text += entry_commands(legend.entries[i], style, legend.left + column * legend.column_width, top, height);
        if (column + 1 == legend.columns) top += height_of(legend.entries[i]) * style.font_size;
    }
    return text;
}

}  // namespace settle

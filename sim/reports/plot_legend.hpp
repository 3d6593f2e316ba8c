// The legend below a plot. gnuplot's own cuts long texts, so this one is made of labels and lines, whose places follow
// from the widths of text_size.hpp.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/plot.hpp"
#include "sim/reports/plot_style.hpp"

namespace settle {

struct LegendEntry {
    const Series* series;  ///< null for a text alone
    std::vector<std::string> lines;
};

/// Sizes in pixels of the style.
struct Legend {
    std::vector<LegendEntry> entries;  ///< row by row
    int columns = 1;
    double column_width = 0, left = 0, height = 0;
};

/// As many columns as the longest text leaves room for; texts longer than the plot is wide get several lines. In place
/// of too many entries it has one that says how many lines there are, and where their names are. Without entries and of
/// height 0 where there is none.
Legend legend_of(const Plot& plot, const PlotStyle& style);

/// gnuplot commands that draw it at the bottom of a picture `height` pixels high.
std::string legend_commands(const Legend& legend, const PlotStyle& style, double height);

/// "lw 2.2 dt 1 lc rgb '#0072b2'"
std::string line_look(const Series& series);

/// "pt 7 ps 0.7 lc rgb '#0072b2'"
std::string point_look(const Series& series);

/// The same of the triangles of what is censored; `colour` as in Series.
std::string censored_look(int colour);

}  // namespace settle

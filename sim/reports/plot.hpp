// A plot as a value, and the gnuplot script and data file that draw it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace settle {

struct Series {
    enum class Style { line, line_points, points, steps, ticks };

    std::string label;  ///< in the legend; empty: not there
    std::vector<double> x, y;
    std::vector<double> low, high;  ///< of y; empty, or one for each
    Style style = Style::line;
    int colour = 0;           ///< of `palette()`, taken modulo its size; -1: grey, for what is not measured
    int dash = 1;             ///< 1: solid; 2, 3 …: gnuplot's dash types
    bool error_bars = false;  ///< low and high as bars; else as a band
    bool sideways = false;    ///< the bars are of x (low and high are values of x)
};

struct PlotAxis {
    std::string label;
    bool logarithmic = false;
    std::optional<double> low, high;  ///< absent: as the data need
    bool whole = false;               ///< only whole numbers have marks
    std::string format = "%g";        ///< of numbers; "%.0s%c" has k, M, G for thousands, millions …
    std::vector<std::pair<std::string, double>> names = {};  ///< marks in place of numbers
};

/// A vertical line at `x` with a text beside it.
struct Mark {
    double x;
    std::string text;
};

struct Plot {
    std::string name;     ///< of its files: [a-z0-9-]+
    std::string title;    ///< above it
    std::string caption;  ///< below it: what is seen, for those who read and for those who listen
    PlotAxis x, y;
    std::vector<Series> series = {};
    std::vector<Mark> marks = {};
    int height = 345;  ///< of 500 wide, without the rows of the legend
    bool grid = true;
};

/// The colours of series as "#rrggbb": told apart by the colour-blind, and dark enough on white.
const std::vector<std::string>& palette();

/// The greys of references and marks, and of the grid.
inline constexpr const char* reference_grey = "#767676";
inline constexpr const char* grid_grey = "#dddddd";

/// gnuplot commands that draw NAME.svg and NAME.png from NAME.dat in the working directory.
std::string gnuplot_script(const Plot& plot);

/// A block for every series, with its label above it and two empty lines between: x y [low high].
std::string gnuplot_data(const Plot& plot);

/// Whether its texts stand beside it: more than two dozen are no help to anyone.
bool has_legend(const Plot& plot);

/// The lowest and highest value, widened to whole decades where one is wanted by a logarithmic axis; nullopt without
/// values (positive ones, for a logarithmic axis).
std::optional<std::pair<double, double>> range_of(const Plot& plot, bool of_x);

}  // namespace settle

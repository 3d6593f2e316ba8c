// A plot as a value.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/reports/axis_marks.hpp"

namespace settle {

struct Series {
    enum class Style { line, line_points, points, steps, ticks };

    std::string label;              ///< in the legend; empty: not there
    std::vector<double> x, y;       ///< none where all of it is censored: the legend alone has it then
    std::vector<double> low, high;  ///< of y; empty, or one for each
    Style style = Style::line;
    int colour = 0;                       ///< of `palette()`, taken modulo its size; -1: grey, for what is not measured
    int dash = 0;                         ///< 0: as the colour has it; 1: solid; 2, 3 …: gnuplot's dash types
    bool error_bars = false;              ///< low and high as bars; else as a band
    bool sideways = false;                ///< the bars are of x (low and high are values of x)
    int left_out = 0;                     ///< values that a logarithmic axis cannot show
    std::vector<double> areas = {};       ///< of points: of their marks, as parts of the largest; empty: all are equal
    std::vector<std::string> names = {};  ///< of points: beside their marks; empty: none
};

struct PlotAxis {
    std::string label;
    bool logarithmic = false;
    std::optional<double> low = {}, high = {};               ///< absent: as the data need
    bool whole = false;                                      ///< only whole numbers have marks
    std::vector<std::pair<std::string, double>> names = {};  ///< marks in place of numbers
    bool shown = true;                                       ///< else there is no axis: it would have one mark alone
};

/// Where a value would be that lies above all others, since what is measured did not happen: a triangle at the edge.
struct Censored {
    double at;      ///< x; of a sideways plot y
    int colour;     ///< of its series
    bool sideways;  ///< at the right edge, else at the upper one
};

/// A vertical line at `x` with a text beside it.
struct PlotMark {
    double x;
    std::string text;
};

/// A table of colours: a cell for every pair of a column and a row.
struct HeatMap {
    std::vector<std::string> columns, rows;     ///< names, from the left and from below
    std::vector<std::optional<double>> values;  ///< (rows × columns); absent: not measured
    std::string label;                          ///< of the colour bar
    bool logarithmic = false;                   ///< all values are positive
    bool numbered = true;                       ///< every cell has its value written in it
};

struct Plot {
    std::string name;     ///< of its files: [a-z0-9-]+
    std::string title;    ///< above it
    std::string caption;  ///< below it: what is seen, for those who read and for those who listen
    PlotAxis x, y;
    std::vector<Series> series = {};
    std::vector<PlotMark> marks = {};
    std::vector<Censored> censored = {};
    std::vector<std::pair<std::string, double>> beside = {};  ///< texts to the right of the plot, at values of y
    std::optional<HeatMap> map = {};                          ///< in place of series
    int height = 345;                                         ///< of 500 wide, without the legend
    bool grid = true, legend = true;
};

/// The colours of series as "#rrggbb": told apart by the colour-blind, and dark enough on white.
const std::vector<std::string>& palette();

/// The greys of references and marks, and of the grid.
inline constexpr const char* reference_grey = "#767676";
inline constexpr const char* grid_grey = "#dddddd";

/// A block for every series that has points, with its label above it and two empty lines between: x y [low high], or
/// x y diameter of the mark. Of a map: column row value. Where all is censored: a comment that says at which places.
std::string gnuplot_data(const Plot& plot);

/// Of a mark of this area, in multiples of gnuplot's; the smallest can still be seen.
double mark_diameter(double area);

/// The series that have points; the blocks of the data are numbered by these.
std::vector<const Series*> drawn_series(const Plot& plot);

/// Those that the legend names: the drawn ones, and those that have marks of `censored` alone.
std::vector<const Series*> named_series(const Plot& plot);

/// Whether its texts stand below it: more than two dozen are no help to anyone.
bool has_legend(const Plot& plot);

/// Of a plot that would have a legend but for their number: how many lines go without a name; else 0.
std::size_t unnamed_lines(const Plot& plot);

/// The lowest and highest value of what is measured, bars and bands included; nullopt without values (positive ones,
/// for a logarithmic axis).
std::optional<std::pair<double, double>> range_of(const Plot& plot, bool of_x);

/// Ends and marks of an axis; `most_width`: of all labels, in multiples of the font's size.
AxisMarks marks_of(const Plot& plot, bool of_x, double most_width = 1e9);

/// Adds to the caption how many values are not there since the axis is logarithmic; nothing if all are.
void say_what_is_left_out(Plot& plot);

}  // namespace settle

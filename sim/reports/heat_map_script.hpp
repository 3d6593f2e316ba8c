// What gnuplot needs for a heat map beyond its axes: colours, the bar that explains them, a number in every cell.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/reports/plot.hpp"
#include "sim/reports/plot_style.hpp"

namespace settle {

/// To the right of the map, in multiples of the font's size.
double room_for_colours(const HeatMap& map);

/// In pixels of the style.
struct MapArea {
    double width = 0, height = 0;
};

/// What is left for the cells; gnuplot finds the left margin, this one is at least as wide.
MapArea map_area(const Plot& plot, const PlotStyle& style, double height, double bottom, double right);

/// Names along an axis, with where they stand.
using MapNames = std::vector<std::pair<std::string, double>>;

/// Whether names of columns stand upright: where they touch each other else, and have room for it. The columns of a
/// numbered map are few, and each keeps its name; of others the first and the last would have to touch. `cell`: the
/// width of a column, in multiples of the font's size.
bool stand_upright(const HeatMap& map, const MapNames& names, double cell);

/// Leaves every second name, every third … so that none touches the next; the first always stays. `cell`: as above, or
/// the height of a row; `level`: the names are side by side, else one above the other or upright.
void thin_names(MapNames& names, double cell, bool level);

/// `height`, `bottom` and `right`: of the picture, and the margins of the plot in it, in pixels of the style.
std::string heat_map_commands(const Plot& plot, const PlotStyle& style, double height, double bottom, double right);

std::string heat_map_plot(const Plot& plot);

}  // namespace settle

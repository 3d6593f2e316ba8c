// What gnuplot needs for a heat map beyond its axes: colours, the bar that explains them, a number in every cell.
#pragma once

#include <string>

#include "sim/reports/plot.hpp"
#include "sim/reports/plot_style.hpp"

namespace settle {

/// To the right of the map, in multiples of the font's size.
double room_for_colours(const HeatMap& map);

/// `height`, `bottom` and `right`: of the picture, and the margins of the plot in it, in pixels of the style.
std::string heat_map_commands(const Plot& plot, const PlotStyle& style, double height, double bottom, double right);

std::string heat_map_plot(const Plot& plot);

}  // namespace settle

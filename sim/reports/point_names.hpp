// Names beside the marks of a plot, where there is room for them.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/axis_marks.hpp"
#include "sim/reports/plot.hpp"

namespace settle {

/// The font of names, as a part of the plot's.
inline constexpr double name_font = 0.75;

/// Lengths in multiples of the plot's font size.
struct PlotArea {
    double width = 0, height = 0;
    AxisMarks x, y;
};

struct PlacedName {
    std::string name;
    double x = 0, y = 0;          ///< of its point
    double right = 0, above = 0;  ///< from there to the middle of the name
};

/// Names that neither leave the area nor lie on each other or on marks; what has no such place is left out.
std::vector<PlacedName> place_names(const Plot& plot, const PlotArea& area);

}  // namespace settle

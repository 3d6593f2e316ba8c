// The texts of a plot's marks: in rows above it, so that none runs into another.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/plot.hpp"
#include "sim/reports/plot_style.hpp"

namespace settle {

/// Where the text of a mark stands.
struct MarkText {
    enum class Side { left, center, right };  ///< the end of the text that is at x

    double x = 0;
    std::string words;
    Side side = Side::center;
    int row = 0;  ///< from the plot upwards
};

/// Those of the marks within the axis, from the left. Each takes the lowest row where there is room; a text that is too
/// long for the plot is cut, and one that has no room in five rows is left out: a row above them says how many are.
std::vector<MarkText> mark_texts(const Plot& plot, const PlotStyle& style, const AxisMarks& axis);

/// Whether a mark lies within the axis.
bool is_within(const PlotMark& mark, const AxisMarks& axis);

/// Rows that they take.
int rows_of(const std::vector<MarkText>& texts);

}  // namespace settle

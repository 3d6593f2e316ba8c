// Intervals of several series at equal places of an axis stand side by side.
#pragma once

#include "sim/reports/axis_marks.hpp"
#include "sim/reports/plot.hpp"

namespace settle {

/// How far the marks of each series are moved.
struct Dodge {
    double step = 0;  ///< from one series to the next; 0: nothing is moved. Of a logarithmic axis: of its logarithm
    double count = 0;

    /// What is added to the places of the `position`-th series.
    double by(double position) const { return step * (position - (count - 1) / 2); }
};

/// The most that intervals at equal places stand apart, as a fraction of the axis; many share what there is.
double interval_distance(double series);

/// Of the series with error bars, along the axis of what they stand at. Steps are as long as the drawing needs to tell
/// bars apart, also where values crowd together on the axis; there, they are such that the bars of a value do not lie
/// on another's.
Dodge dodge_of(const Plot& plot, const AxisMarks& axis);

}  // namespace settle

// The points of a sweep as text: a table of several metrics, and one metric against another.
#pragma once

#include <string>
#include <vector>

#include "sim/runs/studies/sweep.hpp"

namespace settle {

/// A line a point: its number if it is `numbered`, its label, and of every metric the mean with half the width of its
/// 95 % interval (Student).
std::string metrics_of_points(const Sweep& sweep, const SweepRuns& runs, const std::vector<std::string>& metrics,
                              bool numbered, Estimator& estimator);

/// What sweep.plot asks for: the points by their numbers, those on a front with a star; "" without.
std::string point_plots(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator);

}  // namespace settle

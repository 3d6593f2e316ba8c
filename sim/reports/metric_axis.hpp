// Metrics and keys as axes of plots: their values, units and whether a logarithm can show them.
#pragma once

#include <string>

namespace settle {

/// A value as an axis has it: errors in per cent.
double metric_on_axis(const std::string& metric, double value);

/// Name and unit.
std::string metric_axis_label(const std::string& metric);

/// Of a key of the scenario, or of a section that a sweep goes over.
std::string key_axis_label(const std::string& key);

/// Distances and squared errors are positive by nature. What counts something can be 0, which no logarithmic axis has:
/// errors, spikes, messages, presentations that have not settled, periods.
bool may_be_logarithmic(const std::string& metric);

}  // namespace settle

// What a sweep shows of its points: sweep.show and sweep.plot, from their text to what can be drawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/keys.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// A list of names of metrics; nullopt after complaints.
std::optional<std::vector<std::string>> read_shown(KeyReader& reader, const Value& value);
Value write_shown(const std::vector<std::string>& metrics);

/// A table { x, y, size, within }, or a list of them; nullopt after complaints.
std::optional<std::vector<PointPlot>> read_point_plots(KeyReader& reader, const Value& value);
Value write_point_plots(const std::vector<PointPlot>& plots);

/// The metrics of the table of points: those of sweep.show, else those that sweep.plot draws; none without both.
std::vector<std::string> shown_metrics(const Scenario& scenario);

/// Looks at both for a sweep: a metric that no run of any point has is wrong, and so is an axis that the sweep does not
/// go over. Where an option has replaced the axes, plots do without those that are gone, and `notes` say so.
void check_shown(Scenario& scenario, const GivenValues& given, std::vector<std::string>& notes, Problems& problems);

}  // namespace settle

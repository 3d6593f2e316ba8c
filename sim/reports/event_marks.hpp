// The events of runs as marks of their plots.
#pragma once

#include <string>
#include <vector>

#include "sim/reports/plot.hpp"
#include "sim/reports/run_files.hpp"
#include "sim/scenario/event_window.hpp"

namespace settle {

/// Events within presentations of a kind, at the periods at whose end they happen; the same event of several runs once.
/// `end`: those at or after this period are left out.
std::vector<PlotMark> marks_within(const std::vector<const RunFiles*>& runs, During presented, std::int64_t end);

/// Events between the minibatches of training, in epochs. Where an event counts presentations, the lines of
/// metrics.jsonl say how many an epoch has.
std::vector<PlotMark> marks_of_training(const std::vector<const RunFiles*>& runs);

/// Adds marks, but none twice.
void add_marks(const std::vector<PlotMark>& more, std::vector<PlotMark>& marks);

}  // namespace settle

// What `settle run` tells people: a headline, a line an epoch, and the results with their pictures.
#pragma once

#include <string>

#include "sim/runs/session/session.hpp"
#include "sim/runs/session/summary.hpp"
#include "sim/scenario/expectation.hpp"

namespace settle {

std::string headline(const Scenario& scenario, const Dataset& data, int threads);

/// `epochs` 0: the run does not train.
std::string epoch_line(const EpochMetrics& metrics, std::int64_t epochs);

/// Errors, settling curve, a few test samples beside the network's answers (square images only), counters.
std::string results(const Scenario& scenario, const Dataset& data, const RunTotals& totals, const Summary& summary);

/// What became of what is trained first; "" where that was done before.
std::string training_line(const Summary& training);

/// What casts doubt on the convergence figures, a line each: a reference that has not come to rest, another fixed point
/// near the network; "" if nothing does.
std::string convergence_warnings(const ConvergenceFigures& figures);

/// What was expected and what was seen, a line each; "" without expectations.
std::string verdict_lines(const std::vector<Verdict>& verdicts);

}  // namespace settle

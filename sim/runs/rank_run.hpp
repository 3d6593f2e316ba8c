// A run on several ranks: what rank 0 hands to the others, and what they do.
#pragma once

#include <optional>

#include "sim/measures/summary.hpp"
#include "sim/runs/run.hpp"

namespace settle {

/// On rank 0, when nothing has been written yet: sees that all are about to do the same, and hands over the weights
/// that the run begins with, or the state it goes on from. Throws Error (input) where they differ.
void lead(Ranks& ranks, const Scenario& scenario, const Dataset& data, const std::optional<TrainingState>& state,
          const Session& session);

/// On rank 0: gives the others weights that come later.
void hand_over(Ranks& ranks, const NetworkArrays& weights);

/// On the others: presents their shares of everything that perform() presents on rank 0.
RunResult follow(const Run& run, const RunObserver& observer);

/// Says in the summary how many ran it, and what it cost them to be several.
void count_ranks(const Ranks& ranks, Summary& summary);

}  // namespace settle

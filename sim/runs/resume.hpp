// Where a run begins: from nothing, from a checkpoint, or not at all because it is finished.
#pragma once

#include <optional>
#include <string>

#include "sim/runs/training_state.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct RunStart {
    std::optional<TrainingState> state;  ///< the checkpoint to go on from
    bool finished = false;               ///< nothing is left to do; `summary` says what came out
    std::string summary;                 ///< the content of summary.json
};

/// What `--resume` finds in a directory. Nothing there, an empty directory or a run without checkpoint: a fresh start.
/// Throws Error (input): for a directory with something else in it, a damaged checkpoint, or a scenario that differs in
/// more than scenario.threads, learning.epochs (not below what is done), record.* and checkpoint.*, naming the keys.
RunStart find_start(const std::string& directory, const Scenario& scenario);

}  // namespace settle

// Where a run begins: from nothing, from a checkpoint, or not at all because it is finished.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/network/wiring.hpp"
#include "sim/data/input_file.hpp"
#include "sim/runs/session/training_state.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct RunStart {
    std::optional<TrainingState> state;  ///< the checkpoint to go on from
    std::optional<Wiring> wiring;        ///< of its network
    bool finished = false;               ///< nothing is left to do; `summary` says what came out
    std::string summary;                 ///< the content of summary.json
    /// Of a finished run: files that are gone and that the checkpoint can make again.
    std::vector<std::string> missing;
    std::string manifest;              ///< what is there of manifest.json
    std::optional<InputFiles> before;  ///< what the run has read; nullopt: not known
    std::optional<InputFiles> inputs;  ///< the same, but for linked files, looked at now; nullopt: not looked at
};

/// What `--resume` finds in a directory. Nothing there, an empty directory or a run without checkpoint: a fresh start;
/// so is a finished run that lacks a file which only running it again can make. Throws Error (input): for a directory
/// with something else in it, a damaged checkpoint, a scenario that differs in more than scenario.threads,
/// learning.epochs (not below what is done), record.* and checkpoint.*, naming the keys, for data and weights that are
/// not what they were, naming the files, or a checkpoint of a version with another unit of time.
RunStart find_start(const std::string& directory, const Scenario& scenario);

/// Refuses to go on in `directory` with files that differ from those that were read `before` (differing_inputs). Throws
/// Error (input).
void refuse_other_inputs(const InputFiles& before, const InputFiles& now, bool all, const std::string& directory);

}  // namespace settle

// Checkpoints: a training state in a file that is complete or not there, and that tells when it has been damaged.
#pragma once

#include <optional>
#include <string>

#include "sim/runs/session/training_state.hpp"

namespace settle {

/// The bytes of a checkpoint: magic, version, length and CRC-32 of the payload, payload (CBOR).
std::string to_checkpoint(const TrainingState& state);

/// Throws Error (input) naming `place` for anything but exactly those bytes; never crashes, whatever they are.
TrainingState from_checkpoint(const std::string& bytes, const std::string& place);

/// The names of the newest checkpoint in a run directory, and of the one before.
inline constexpr const char* checkpoint_name = "checkpoint";
inline constexpr const char* previous_checkpoint_name = "checkpoint.previous";

/// Writes to a temporary file, syncs it, keeps the old checkpoint as the previous one, renames. Throws Error (runtime),
/// which leaves what was saved as it was.
void write_checkpoint(const std::string& directory, const TrainingState& state);

/// The newest checkpoint of a run directory; nullopt if there is none. Throws Error (input) when it is damaged, and
/// says how to go on from the previous one.
std::optional<TrainingState> read_checkpoint(const std::string& directory);

}  // namespace settle

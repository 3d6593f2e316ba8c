// The files of text that a run leaves in its directory: each is a row that says when there is one and what is in it. A
// run that ends writes them from it, one that goes on knows what it must not have yet, and a finished one what it
// lacks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/network/wiring.hpp"
#include "sim/measures/stream_figures.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/session/training_state.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What has come out of a run: known at its end, and to the checkpoint of one that has come to it.
struct EndedRun {
    const Scenario& scenario;
    const Wiring& wiring;
    std::vector<std::string> command_line;
    const ChipFigures& chip;
    std::int64_t branch_periods = 0;
    const Evaluation* evaluated = nullptr;  ///< of the test set, or without one of the training set
    const StreamFigures* stream = nullptr;  ///< a checkpoint has none
    const TrainingState* state = nullptr;   ///< where it is a checkpoint's
};

EndedRun ended_run(const Scenario& scenario, const Wiring& wiring, std::vector<std::string> command_line,
                   const TrainingState& state);

/// Of a task that has just been performed; `totals` must live as long.
EndedRun ended_run(const Scenario& scenario, const Wiring& wiring, std::vector<std::string> command_line,
                   const RunTotals& totals);

struct RunOutput {
    enum class Written {
        at_first,   ///< before the task; the directory itself begins with manifest and scenario
        meanwhile,  ///< line by line
        at_last     ///< when the task is done: one that goes on must not have it
    };
    const char* name;
    Written written;
    /// Whether a run that has ended so has one.
    bool (*is_due)(const Scenario& scenario, const std::string& summary);
    /// Its content; nullopt: there is none, or it is not to be had from this.
    std::optional<std::string> (*text)(const EndedRun& ended);
};

/// In the order in which they are written.
std::span<const RunOutput> run_outputs();

/// Of those written at last.
std::vector<std::string> last_outputs();

/// Those that a finished run should have and lacks; one that is shorter than it should be counts as gone.
std::vector<std::string> missing_outputs(const std::string& directory, const EndedRun& ended,
                                         const std::string& summary);

/// Whether all are there that a run has which ended so.
bool has_outputs(const std::string& directory, const Scenario& scenario, const std::string& summary);

}  // namespace settle

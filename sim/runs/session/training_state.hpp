// Where a training run stands between two minibatches: all that it needs to go on, bit for bit. Never actors or
// channels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network/network.hpp"
#include "sim/data/input_file.hpp"
#include "sim/runs/session/evaluation.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What training and evaluations have added up to.
struct RunSums {
    PopulationCounters counters;
    std::uint64_t fingerprint = 0;
    std::uint64_t posts = 0;
    Asynchrony asynchrony;
    std::int64_t presentations = 0;
    PopulationTraffic traffic;
    std::int64_t branch_periods = 0;
    ChipFigures chip;

    bool operator==(const RunSums&) const = default;
};

struct TrainingState {
    std::string scenario;    ///< the resolved scenario, as TOML
    std::int64_t epoch = 0;  ///< epochs that are complete, their evaluation included
    std::int64_t minibatch =
        0;  ///< minibatches done of the epoch after them; all of them: only its evaluation is missing
    std::int64_t minibatches = 0;  ///< done since the run began
    NetworkArrays network;
    PopulationCounters counters;
    std::uint64_t fingerprint = 0;
    std::uint64_t posts = 0;          ///< to the pool; another run of the same bits has others
    Asynchrony asynchrony;            ///< free-running
    std::int64_t presentations = 0;   ///< training and evaluation
    std::int64_t trained = 0;         ///< training presentations
    double train_seconds = 0;         ///< of all epochs
    double epoch_seconds = 0;         ///< of the epoch at hand
    PopulationTraffic traffic;        ///< with [energy]
    std::int64_t branch_periods = 0;  ///< with [energy]
    ChipFigures chip;                 ///< virtual time on a chip
    Evaluation train;                 ///< of the epoch at hand, without single answers
    /// Of the last epoch that is complete, and of the last evaluations; without single answers.
    std::optional<Evaluation> last_train, last_validation, last_test;
    std::optional<InputFiles> inputs;  ///< what the run has read; nullopt: a checkpoint of before they were noted
    std::string metrics;               ///< the lines of metrics.jsonl so far
    /// Sums without the last evaluation and its line of metrics, if only the end of the run was the reason for it: a
    /// run of more epochs has none there.
    std::optional<RunSums> before_last;

    RunSums sums() const {
        return {counters, fingerprint, posts, asynchrony, presentations, traffic, branch_periods, chip};
    }

    bool operator==(const TrainingState&) const = default;
};

/// Throws Error (input) where a state is none of such a run over `samples` training samples: its counts and curves.
/// Its network is not looked at.
void check_state(const TrainingState& state, const Scenario& scenario, std::int64_t samples);

}  // namespace settle

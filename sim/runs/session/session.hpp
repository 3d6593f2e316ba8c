// A session: network, device, engine and data of one run, and what can be done with them: train, evaluate, watch it
// settle, let it follow streams of inputs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/device/device.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/engines/engine.hpp"
#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/ranks/spread.hpp"
#include "sim/runs/session/convergence.hpp"
#include "sim/runs/session/evaluation.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/sample_fixed_points.hpp"
#include "sim/runs/session/script.hpp"
#include "sim/runs/session/stream_measure.hpp"
#include "sim/runs/session/training_state.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// One line of metrics.jsonl: what is known after an epoch.
struct EpochMetrics {
    std::int64_t epoch = 0;          ///< 1, 2, …; 0: before any training
    std::int64_t presentations = 0;  ///< training presentations so far
    std::optional<double> train_error, validation_error, test_error;
    /// Periods, of the test set; without one, of the epoch's training presentations.
    std::optional<double> settling_median;
    std::optional<std::int64_t> settling_p99;
    double train_seconds = 0;                  ///< of this epoch
    PopulationCounters counters;               ///< so far
    std::optional<double> energy_joules;       ///< so far, where the scenario has [energy]
    std::optional<std::uint64_t> fingerprint;  ///< where runs are reproducible
};

/// Where a run stands; for progress on a terminal.
struct Progress {
    const char* activity = "";  ///< "train", "test" …
    std::int64_t epoch = 0, epochs = 0;
    std::int64_t done = 0, all = 0;  ///< presentations of this activity
    double error = 0;                ///< so far in this activity
    double seconds = 0;              ///< since this activity began
};

/// Whoever watches a run. All may be empty.
struct Observer {
    std::function<void(const Progress&)> progress;
    std::function<void(const EpochMetrics&)> epoch;
    std::function<void(const SettlingSample&)> sample;    ///< converge, once the run is over
    std::function<void(const TrackingSample&)> tracking;  ///< stream, once the run is over
    std::function<void(const Minibatch&)> presented;      ///< those that may be recorded, before they are
    TickSink ticks;                                       ///< minibatches that `records` chooses
    std::function<bool(std::int64_t minibatch)> records;  ///< whether this one goes to `ticks`
    /// Of recorded minibatches: what is wanted of them. On a rank that follows it sends that on (RowSinks).
    std::function<EventSink(std::int64_t minibatch)> events;
    EventSink events_of(const Minibatch& minibatch) const { return events ? events(minibatch.number) : EventSink(); }
    std::function<void(std::int64_t minibatch)> dropped;  ///< stopped inside: what `ticks` has of it does not count
    std::function<void(std::int64_t minibatch, const Network&)> updated;  ///< after every update of the weights
    std::function<void(const Occurrence&)> occurred;  ///< an event between minibatches, before the one that follows
    /// Asked between minibatches of training: whether the state is to be saved now, given the presentations since it
    /// was.
    std::function<bool(std::int64_t presentations)> save_due;
    std::function<void(const TrainingState&)> save;  ///< the state is complete but for `scenario` and `metrics`
    /// Whether the run is to end as soon as its state is saved; where nothing is saved, and between minibatches, at
    /// once.
    StopCheck stop;
    /// Asked inside a minibatch of training: whether that is to be dropped, and the state before it saved.
    StopCheck drop;
};

/// Totals of a run.
struct RunTotals {
    std::int64_t epochs = 0;
    std::int64_t presentations = 0;  ///< all: training and evaluation
    std::int64_t trained = 0;        ///< training presentations
    double train_seconds = 0;
    PopulationCounters counters;
    std::uint64_t fingerprint = 0;
    std::uint64_t posts = 0;                            ///< to the pool
    PopulationTraffic traffic;                          ///< with [energy]
    std::int64_t branch_periods = 0;                    ///< with [energy]: of all branches of all presentations
    Asynchrony asynchrony;                              ///< free-running
    ChipFigures chip;                                   ///< virtual time on a chip
    std::int64_t resumed_at = 0;                        ///< training presentations done when the run was resumed
    bool stopped = false;                               ///< before its end, its state saved
    std::optional<Evaluation> train, validation, test;  ///< of the last epoch
    std::optional<ConvergenceFigures> convergence;
    std::optional<StreamFigures> stream;
};

class Session {
public:
    /// Keeps a copy of the scenario, which nobody can change under a run. `data` and `workers` must outlive the
    /// session, and so must `ranks`, those that run it together, all of them with the same scenario, data and network;
    /// null: it runs alone. Throws Error (input) with everything that is wrong with the scenario (check_scenario), and
    /// for a network or data that do not fit it (check_network, check_dataset); Error (runtime) for weights that are
    /// too large together.
    Session(const Scenario& scenario, const Dataset& data, Network network, WorkerPool& workers,
            Ranks* ranks = nullptr);
    Session(const Scenario&, const Dataset&&, Network, WorkerPool&, Ranks* = nullptr) = delete;

    /// Goes on from a saved state, whose network must have been given to the constructor. Call it before train().
    /// Throws Error (input) for a state of another run.
    void resume(const TrainingState& state);

    /// Does what scenario.task says: one of the four below.
    RunTotals perform(const Observer& observer);

    // The four tasks. One that is not the scenario's own throws Error (input) for what it lacks.

    /// Trains all epochs of the scenario, evaluating every record.metrics_every epochs and after the last.
    RunTotals train(const Observer& observer);

    /// Free phases only: the test set; without one, the training set.
    RunTotals infer(const Observer& observer);

    /// One minibatch, free and then nudged, with all convergence figures.
    RunTotals converge(const Observer& observer);

    /// Networks that live through stream.streams sequences of inputs, learning.batch of them at a time, measured
    /// against the fixed points of the inputs: of the test set; without one, of the training set.
    RunTotals stream(const Observer& observer);

    const Network& network() const { return network_; }
    const Device& device() const { return device_; }
    const Script& script() const { return script_; }
    /// How many training presentations are done by the minibatches that have begun, their own not counted; nullopt:
    /// none has. What the script says of it holds.
    std::optional<std::int64_t> begun_at() const;

    /// It goes on with another network. Call it between minibatches. Throws as the constructor does.
    void use(Network network);

    /// The network goes on on another device. Call it between minibatches.
    void use(Device device);

    /// Hands the state between two minibatches to observer.save. After train() it is the final state, from which a run
    /// that is given more epochs goes on.
    void save(const Observer& observer);

private:
    void demand(Task task) const;
    void enter(std::int64_t presentations);
    void adapt(Regime next);
    Plan plan_of(PresentationId::Part part, const Plan& phases);
    Plan scripted_plan(PresentationId::Part part, const Plan& phases);
    Outcome present(const Plan& plan, const Minibatch& minibatch, Gathered gathered, const RowSinks& sinks,
                    const StopCheck& give_up, const StopCheck& stop);
    bool is_to_stop(const Observer& observer) const;
    void begin_minibatch(const Observer& observer);
    bool train_epoch(const Observer& observer);
    bool evaluate_epoch(const Observer& observer);
    void train_minibatch(const Minibatch& minibatch, const Observer& observer);
    void count(const Outcome& outcome, const Plan& plan, const Minibatch& minibatch);
    void learn(const Outcome& outcome, double beta, const StopCheck& drop);
    void update_weights(const Outcome& outcome, double beta, const StopCheck& drop);
    void settle_and_measure(const Observer& observer);
    void help_to_settle(const Minibatch& minibatch, const Plan& plan, const Observer& observer);
    [[noreturn]] void drop(const Plan& plan, const Minibatch& minibatch, Gathered gathered, const Observer& observer);
    void follow_streams(const Observer& observer);
    void follow(const std::vector<InputCourse>& courses, std::int64_t first, const SampleFixedPoints* points,
                StreamMeasure& measure, const Observer& observer);
    /// `recorded`: its minibatches (of learning.batch presentations) go to the observer's ticks.
    /// nullopt: stopped before the end.
    std::optional<Evaluation> evaluate(const Samples& samples, PresentationId::Part part, const Observer& observer,
                                       bool recorded);
    void report(const Observer& observer) const;
    RunTotals totals() const;

    const Scenario scenario_;
    const Dataset& data_;
    Network network_;
    const Script script_;
    Regime regime_;  ///< that it is under
    Device device_;  ///< that it runs on
    WorkerPool& workers_;
    Ranks* const ranks_;            ///< null: alone
    std::optional<Engine> engine_;  ///< always there; another one for other neurons
    /// (parts of the data) what the script does within their presentations; absent: not known under this regime yet.
    std::optional<ScriptedInstants> scripted_[3];
    std::shared_ptr<const PacketPlan> packets_[3];  ///< the same with [energy]; null: not known yet
    TrainingState position_;     ///< between two minibatches; its network is filled in when it is saved
    RunTotals totals_;           ///< results; counters and fingerprint are those of position_
    std::int64_t saved_at_ = 0;  ///< training presentations when the state was last saved
};

}  // namespace settle

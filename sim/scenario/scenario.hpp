// A scenario: one experiment, completely resolved. Plain data; keys.hpp says how it is read and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/time.hpp"
#include "models/chip/chip.hpp"
#include "models/device/distribution.hpp"
#include "models/device/link.hpp"
#include "models/network/contrast.hpp"
#include "models/neuron/quantizer.hpp"
#include "models/neuron/restart.hpp"
#include "models/neuron/schedule.hpp"
#include "models/neuron/step_rule.hpp"
#include "sim/formats/value.hpp"
#include "sim/measures/unit_costs.hpp"
#include "sim/scenario/event.hpp"
#include "sim/scenario/network_part.hpp"
#include "sim/scenario/point_plot.hpp"
#include "sim/scenario/prior_training.hpp"

namespace settle {

enum class Task { train, infer, converge, stream };
enum class EngineKind { lockstep, virtual_time, free_running };
enum class NeuronKind { binary, continuous };
enum class BetaSign { fixed, random, both };
enum class DataSet { digits, mnist, fashion_mnist, idx, hdf5, random };
enum class PhaseAlignment { aligned, random };
enum class StreamOrder { shuffled, data };
enum class SearchMethod { random, sobol };

/// Convergence is measured towards one nudged fixed point.
constexpr BetaSign default_beta_sign(Task task) {
    return task == Task::converge ? BetaSign::fixed : BetaSign::random;
}

/// One period.
inline Distribution default_latency(Duration period) {
    return Uniform{static_cast<double>(period), static_cast<double>(period)};
}

/// Which part of the minibatches a recording keeps.
struct Recording {
    bool on = false;
    std::vector<int> layers;  ///< empty: all that the recording has
    int neurons = 0;          ///< the first `neurons` of each layer; 0: all
    std::int64_t from = 0;    ///< first minibatch, counted from the beginning of the run
    std::int64_t to = 0;      ///< first minibatch that is not recorded any more; 0: no end
    std::int64_t every = 1;   ///< every n-th minibatch from `from` on

    bool operator==(const Recording&) const = default;
};

/// Checkpoint interval: presentations, or wall-clock time; both 0: on a signal only.
struct CheckpointInterval {
    std::int64_t presentations = 0;
    WallDuration time = std::chrono::minutes(10);

    bool operator==(const CheckpointInterval&) const = default;
};

/// One [[expect]]: what a number of the summary must be. All bounds that are given must hold.
struct Expectation {
    std::string metric;                               ///< key of summary.json; empty with settled_by, recovered_by
    std::optional<double> below, above;               ///< strictly
    std::optional<std::pair<double, double>> within;  ///< lowest and highest, both allowed
    std::optional<double> equals;                     ///< exactly
    std::optional<double> settled_by;                 ///< periods
    std::optional<double> recovered_by;               ///< periods after an event
    std::string after;                                ///< the name of that event
    std::string than;   ///< another scenario, built-in name or absolute path: the metric minus its metric is judged
    double times = 1;   ///< what that metric is multiplied with before
    std::string point;  ///< of a sweep, which alone judges it; empty: the run itself
    bool than_point = false;  ///< `than` is the label of a point of the same sweep

    bool operator==(const Expectation&) const = default;
};

struct Scenario {
    std::string name;
    std::string description;
    Task task = Task::train;
    EngineKind engine = EngineKind::lockstep;
    std::uint64_t seed = 1;
    int threads = 0;  ///< 0: all cores
    int shard = 0;    ///< 0: automatic

    NetworkPart network;

    struct NeuronPart {
        NeuronKind kind = NeuronKind::binary;
        Quantizer quantizer = Quantizer::sigma_delta;
        StepRule epsilon = Schedule{0.843, 0.0923, 0};
        std::optional<Schedule> lambda;
        RestartRule restart;
    } neuron;

    struct PhasesPart {
        int free = 100;
        int nudged = 50;
        int readout_mean = 0;  ///< 0: "last"; K: mean of the last K period ends
        bool splitstream = false;
        double settle_tolerance = 0.02;
    } phases;

    struct LearningPart {
        double beta = 0.5;
        BetaSign beta_sign = BetaSign::random;
        UpdateForm update = UpdateForm::bidirectional;
        std::vector<double> rates;  ///< one a projection; empty: those of the projections (rates_of)
        double decay = 1;           ///< rates are multiplied by decay^epoch, from 0 on
        int batch = 20;
        int epochs = 1;
    } learning;

    struct DataPart {
        DataSet set = DataSet::digits;
        std::string path;                   ///< absolute; empty: the default place of the set
        std::optional<double> scale;        ///< divides the numbers of files; absent: as choose_scaling says
        std::optional<std::int64_t> train;  ///< absent: all there are
        std::optional<std::int64_t> test;   ///< absent: all; 0: none
        std::int64_t validation = 0;
        bool shuffle = true;
        int repeats = 1;  ///< converge: each with its own noise
    } data;

    struct TimingPart {
        TimeUnit unit;                ///< of all times of the presentation; follows the period
        Duration period = 1'000'000;  ///< units, as all durations here
        Distribution jitter;
        bool accumulate = false;  ///< jitter: a clock wanders off
        Distribution drift;       ///< as a fraction of the period
        Distribution latency_jitter;
        PhaseAlignment phase = PhaseAlignment::aligned;
        Link link = Link::pulse;
        std::uint64_t device_seed = 1;
        Distribution latency = Uniform{1e6, 1e6};  ///< default: one period
        Scope scope = Scope::axon;
        double loss = 0;
        double burst = 1;  ///< mean length of a run of losses
        double duplication = 0;
    } timing;

    /// Absent: neurons live nowhere in particular, and latencies are what the scenario states.
    std::optional<ChipSettings> chip;

    struct FaultsPart {
        double stuck_at_zero = 0;
        double stuck_at_one = 0;
        double dead_links = 0;
    } faults;

    /// What things cost; where nobody says, nothing is counted for it.
    struct EnergyPart {
        bool on = false;
        std::string preset = "none";
        UnitCosts costs;
    } energy;

    struct RecordPart {
        Recording state;
        Recording bits;
        Recording weights;
        Recording spikes;
        Recording messages;                          ///< layers and neurons of their sources
        std::optional<Recording> queues;             ///< minibatches; nullopt: recorded_queues() says what
        std::int64_t limit = std::int64_t{4} << 30;  ///< bytes of spikes, messages and queues
        int metrics_every = 1;
    } record;

    struct CheckpointPart {
        CheckpointInterval every;
    } checkpoint;

    struct FreePart {
        int max_lead = 1;
        std::optional<WallDuration> pace;
    } free;

    /// Of the task `stream`.
    struct StreamPart {
        int dwell_low = 30, dwell_high = 300;  ///< periods that an input stays: uniform between them
        int inputs = 50;                       ///< of each stream, the first included
        int streams = 20;
        StreamOrder order = StreamOrder::shuffled;
        PriorTraining train;
    } stream;

    std::vector<Event> events;              ///< [[events]], in the order of the file
    std::vector<Expectation> expectations;  ///< in the order of the file

    // For `settle sweep` and `settle search`; one run ignores them.
    struct SweepPart {
        int repeats = 1;
        Value::Table over;    ///< key, part or section: its list; checked, paths absolute (axis.hpp reads it)
        std::string against;  ///< label of the point that the others are compared with, repeat by repeat; empty: none
        std::vector<std::string> show;  ///< metrics of the table of points; empty: those of `plot`, else the main one
        std::vector<PointPlot> plot;
    } sweep;

    struct SearchPart {
        SearchMethod method = SearchMethod::random;
        int trials = 100;
        std::string objective;
        Value::Table over;  ///< as that of the sweep, with [low, high] for numbers
    } search;
};

/// Of which minibatches it is recorded what the servers of a chip hold: unless it is said, of those whose messages are.
inline Recording recorded_queues(const Scenario& scenario) {
    if (!scenario.chip || scenario.engine != EngineKind::virtual_time) return {};
    if (scenario.record.queues) return *scenario.record.queues;
    Recording queues = scenario.record.messages;
    queues.layers.clear();
    queues.neurons = 0;
    return queues;
}

/// What is trained first, for its weights: a stream says stream.train, converge network.train. Null: nothing is.
inline const PriorTraining* prior_training(const Scenario& scenario) {
    const PriorTraining* training = scenario.task == Task::stream     ? &scenario.stream.train
                                    : scenario.task == Task::converge ? &scenario.network.train
                                                                      : nullptr;
    return training && !training->empty() ? training : nullptr;
}
/// The key that says it.
inline const char* prior_training_key(const Scenario& scenario) {
    return scenario.task == Task::stream ? "stream.train" : "network.train";
}

/// Periods of the longest presentation that the scenario can have.
inline std::int64_t most_periods(const Scenario& scenario) {
    if (scenario.task == Task::stream)
        return static_cast<std::int64_t>(scenario.stream.inputs) * scenario.stream.dwell_high;
    return static_cast<std::int64_t>(scenario.phases.free) + scenario.phases.nudged;
}

}  // namespace settle

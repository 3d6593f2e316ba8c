#include "sim/runs/memory.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "models/chip/mesh.hpp"
#include "models/chip/placement.hpp"
#include "models/neuron/quantizer.hpp"
#include "sim/engines/lockstep/lockstep_presenter.hpp"
#include "sim/runs/actor_memory.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/session/stream_measure.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/scenario/network_form.hpp"

namespace settle {

namespace {

double count_of(std::size_t items) {
    return static_cast<double>(items);
}

/// Sums over the populations that all parts need.
struct Sizes {
    explicit Sizes(const NetworkPart& network) {
        for (const int size : network.sizes()) neurons += padded_size(size);
        inputs = padded_size(network.inputs());
        if (network.populations.empty()) {
            const Wiring wiring = chain(network.layers);
            for (int k = 0; k < wiring.projections(); ++k) {
                const ProjectionSpec& one = wiring.projection(k);
                add_dense(one, wiring.size(one.pre), wiring.size(one.post));
            }
            return;
        }
        for (int k = 0; k < network.projection_count(); ++k) add(network, k);
    }

    /// Of either form, between so many neurons.
    template <class AnyProjection>
    void add_dense(const AnyProjection& one, double pre, int post) {
        if (one.pre == 0) driven += padded_size(post);
        weights += pre * padded_size(post);
        if (one.pre != 0 && !one.lateral()) returning += pre * padded_size(post);
    }

    void add(const NetworkPart& network, int k) {
        const ProjectionPart& one = network.projections[static_cast<std::size_t>(k)];
        const PopulationSpec& pre = network.populations[static_cast<std::size_t>(one.pre)];
        const PopulationSpec& post = network.populations[static_cast<std::size_t>(one.post)];
        if (std::holds_alternative<DenseSpec>(one.kind)) return add_dense(one, pre.size(), post.size());
        if (one.pre == 0) driven += padded_size(post.size());
        links += expected_links(network, k);
        if (std::holds_alternative<LinkSource>(one.kind)) {
            sparse += expected_links(network, k);
            return;
        }
        const WindowTables tables = expected_tables(network, k);
        weights += tables.forward;
        runs += tables.forward_runs;
        // Sums by place and channel, as they come in and as they go out: of all four quarters where they are of rates.
        summed = std::max<double>(summed, 5.0 * post.shape[1] * post.shape[2] * padded_size(post.shape[0]));
        if (one.pre == 0) return;
        returning += tables.backward;
        runs += tables.backward_runs;
        summed = std::max<double>(summed, 5.0 * pre.shape[1] * pre.shape[2] * padded_size(pre.shape[0]));
    }

    double neurons = 0, inputs = 0;  ///< padded
    double weights = 0;              ///< of all projections that are not sparse
    double sparse = 0;               ///< links of those that are
    double links = 0;                ///< of all that are not dense
    double driven = 0;               ///< targets of the input, padded, once a projection
    double returning = 0;            ///< of those whose sources listen
    double runs = 0;                 ///< that tell convolutions where their weights go
    double summed = 0;               ///< numbers that adding over one projection takes, at most
};

double data_bytes(const DatasetSize& data) {
    const auto samples = static_cast<double>(data.train + data.validation + data.test);
    return samples * (static_cast<double>(data.inputs) * data.input_bytes + 4);
}

double weight_bytes(const Scenario& scenario, const Sizes& sizes) {
    const bool continuous = scenario.neuron.kind == NeuronKind::continuous;
    const double images = continuous ? 4 * sizes.returning : 4 * sizes.weights + 4 * sizes.returning;
    const double arrays = sizes.weights + sizes.sparse;
    double more = 4 * arrays;  // the arrays that weights.h5 is written from
    // A checkpoint: the state, a copy of it, and twice on the way to a file.
    if (scenario.task == Task::train) more = 20 * arrays;
    // The ideal and the effective network in double precision, and where they come from.
    if (scenario.task == Task::converge)
        more = 4 * arrays + 2 * 8 * (sizes.weights + sizes.returning) + 2 * 2 * 12 * sizes.links;
    if (scenario.task == Task::stream) more = 4 * arrays + 8 * (sizes.weights + sizes.returning);
    // Links, found from both sides, and as they are drawn or written.
    return 4 * arrays + images + more + (12 + 8) * sizes.sparse + sizeof(WeightRun) * sizes.runs;
}

/// Numbers that a neuron remembers.
double variables_of(NeuronVariant variant) {
    int used = 0;
    for_each_variable([&](const auto& row) { used += row.used(variant) ? 1 : 0; });
    return used;
}

/// What one worker of the lockstep engine ticks with: neurons and what they hear, of every branch, and the drive of the
/// inputs for a block of ticks. `busy` of them have presented something.
double presenter_bytes(const Scenario& scenario, const Sizes& sizes, double threads, double busy) {
    const NeuronModel model = neuron_model(scenario);
    const double states = sizes.neurons - sizes.inputs;
    const double branches = branches_of(scenario);
    const double variables = variables_of(model.variant(false));
    const double branch = (4 * variables + 4) * sizes.neurons + 24 * sizes.inputs;
    const double sums = 4 * states + 8 * sizes.neurons;  // and factors of the fingerprint
    if (model.continuous())
        return busy * branches * (branch + 4 * states) + threads * (sums + 4 * (states + sizes.summed));
    const double block = LockstepPresenter::ticks_a_block(sizes.driven, sizes.inputs);
    double drive = 4 * block * sizes.driven + (1 + block) * sizes.inputs / 8;
    drive += sizes.inputs * (LockstepPresenter::input_bytes_a_tick * block + 36);  // what inputs say
    // The links of inputs, and what a list of them adds; or a panel's rows.
    drive += sizes.links > 0 ? 8 * sizes.inputs + 4 * std::max(sizes.driven, sizes.summed) : 64 * sizes.inputs;
    if (draws_noise(model.quantizer)) drive += 4 * block * sizes.inputs + 8 * states;
    return busy * branches * branch + threads * (sums + drive);
}

/// Presentations at a time: of training, and of an evaluation.
std::pair<double, double> batches(const Scenario& scenario, const DatasetSize& data) {
    const auto batch = static_cast<double>(scenario.learning.batch);
    const auto train = static_cast<double>(data.train);
    if (scenario.task == Task::converge) return {scenario.data.train ? train : std::min(batch, train), 0};
    const auto tested = static_cast<double>(data.test > 0 ? data.test : data.train);
    if (scenario.task == Task::infer) return {0, std::min(Recorder::wanted(scenario) ? batch : 200.0, tested)};
    if (scenario.task == Task::stream) return {0, std::min<double>(batch, scenario.stream.streams)};
    const auto evaluated = static_cast<double>(std::max(data.test, data.validation));
    return {std::min(batch, train), std::min(200.0, evaluated)};
}

/// How often events within presentations may move the fixed points.
double moves_of(const Scenario& scenario) {
    double moves = 0;
    for (const Event& event : scenario.events) {
        if (!event.within_presentations()) continue;
        const auto* ramp = std::get_if<RampAction>(&event.action);
        moves += 1 + static_cast<double>(ramp ? ramp->over : 1);  // and once more when `until` restores
    }
    return moves;
}

/// Of `live` streams at a time: their inputs and what is seen of them at every period end; and of all, their courses,
/// their figures, and the fixed points of the samples that they show, which are relaxed 256 at a time.
double stream_bytes(const Scenario& scenario, const DatasetSize& data, const Sizes& sizes, double live) {
    const double inputs = scenario.stream.inputs, all = inputs * scenario.stream.streams;
    const double samples = std::min(static_cast<double>(data.test > 0 ? data.test : data.train), all);
    const double periods = 0.5 * inputs * (scenario.stream.dwell_low + scenario.stream.dwell_high);
    const double states = sizes.neurons - sizes.inputs;
    return live * (4 * inputs * sizes.inputs + 16 * periods) + all * (16 + 8 + 2 * sizeof(InputChange)) +
           8 * samples * states + 8 * std::min(samples, 256.0) * sizes.neurons * 2;
}

double minibatch_bytes(const Scenario& scenario, const DatasetSize& data, const Sizes& sizes) {
    const auto& phases = scenario.phases;
    const auto [trained, evaluated] = batches(scenario, data);
    const double slots = 2 + (phases.splitstream ? 1 : 0) + (scenario.learning.beta_sign == BetaSign::both ? 1 : 0);
    const double states = trained * slots * sizes.neurons, other_states = evaluated * sizes.neurons;
    double bytes = 4 * std::max(states + trained * sizes.inputs, other_states + evaluated * sizes.inputs);
    const bool streams = scenario.task == Task::stream;
    const auto periods_at_most = static_cast<double>(most_periods(scenario));
    bytes += sizeof(std::int32_t) * std::max(trained, evaluated) * (streams ? periods_at_most : phases.free);
    bytes += 2 * 8 * periods_at_most;  // schedules, as two tables of floats and a copy
    // How often answers were wrong, and settled, at every period: of the run so far, of the last epochs, and in a
    // checkpoint.
    bytes += 16 * (scenario.task == Task::train ? 12.0 : 3.0) * phases.free;
    // Terms of the update: 12 bytes for every source that was not at 0.
    if (scenario.task == Task::train) bytes += 12 * trained * 0.5 * sizes.neurons;
    if (streams) return bytes + stream_bytes(scenario, data, sizes, evaluated);
    if (scenario.task != Task::converge) return bytes;
    const double periods = periods_at_most, layers = count_of(scenario.network.sizes().size());
    const double window = std::min(50, phases.free) + std::min(50, phases.nudged);
    bytes += trained * periods * 8 * (layers + 2);
    bytes += trained * (sizes.neurons - sizes.inputs) * 4 * window;
    // Fixed points, and states on their way to them; of every move two more, and what the input sends.
    return bytes + trained * sizes.neurons * 8 * (6 + 3 * moves_of(scenario));
}

/// Events of a minibatch, of the sources that are recorded. A queue changes with every packet that leaves it; those
/// that come at the same time are one change.
struct EventCounts {
    double spikes = 0, messages = 0, queues = 0;
};

/// Links that a packet takes between two cores that neurons are on.
double mean_hops(const Scenario& scenario) {
    const std::vector<std::int32_t> used =
        place(*scenario.chip, scenario.network.sizes(), scenario.timing.device_seed).used();
    const Mesh mesh(*scenario.chip);
    double hops = 0;
    for (const std::int32_t from : used)
        for (const std::int32_t to : used) hops += mesh.hops(from, to);
    return hops / (count_of(used.size()) * count_of(used.size()));
}

EventCounts count_events(const Scenario& scenario, double presentations, double branches) {
    constexpr double bits_a_tick = 0.13;  // as networks send that settle
    const Wiring wiring = outline_of(scenario);
    const auto periods =
        scenario.task == Task::infer ? scenario.phases.free : static_cast<double>(most_periods(scenario));
    const double ticks = presentations * (periods + (branches - 1) * scenario.phases.nudged);
    const auto sources_of = [&](const Recording& recording) {
        std::vector<double> sources(static_cast<std::size_t>(wiring.populations()));
        if (!recording.on) return sources;
        for (const RecordedColumn& column : recorded_columns(recording, wiring.sizes(), 0))
            ++sources[static_cast<std::size_t>(column.layer)];
        return sources;
    };
    EventCounts events;
    for (const double neurons : sources_of(scenario.record.spikes)) events.spikes += bits_a_tick * ticks * neurons;
    Recording senders = scenario.record.messages;
    senders.on = senders.on || recorded_queues(scenario).on;
    const auto sources = sources_of(senders);
    const auto slices = slices_of(scenario, wiring, static_cast<double>(wiring.neurons()));
    const double sent = sends_every_tick(scenario.timing.link) ? 1 : bits_a_tick;
    for (const Pathway& way : wiring.pathways()) {
        // To a population, to each of its cores or to each neuron.
        double messages = sources[static_cast<std::size_t>(way.source)];
        if (on_chip(scenario))
            messages *= count_of(slices[static_cast<std::size_t>(way.target)]);
        else if (scenario.timing.scope == Scope::synapse)
            messages *= joined_pairs(scenario, way) / wiring.size(way.source);
        events.messages += sent * ticks * messages;
    }
    if (recorded_queues(scenario).on) events.queues = events.messages * (1 + mean_hops(scenario));
    if (!scenario.record.messages.on) events.messages = 0;
    return events;
}

/// A list that grows anew every minibatch, with the one that it has grown out of, which leaves a hole in the heap.
double list_bytes(double items, double bytes) {
    return bytes * (items + std::exp2(std::ceil(std::log2(std::max(items, 2.0))) - 1));
}

/// Rows of one kind on their way to the file.
struct EventBytes {
    double waiting = 0;  ///< in journals, between threads and in the spool
    double written = 0;  ///< once they are sorted
};

/// How a minibatch's events come.
struct EventSources {
    double presentations = 0;  ///< that share its events
    double live = 0;           ///< of them, at a time
    double journals = 0;       ///< of one: events that they hold
    double item = 0;           ///< events that are handed over at a time
    double minibatches = 0;    ///< of the run
    double events = 0;         ///< of the most frequent kind
};

/// Of `events` rows a minibatch.
template <class Row>
EventBytes event_bytes(double events, const EventSources& from) {
    constexpr double item = sizeof(Spooled<Row>), row = sizeof(Row) + 5, most = EventSpool<Row>::usual_memory / item;
    // Whoever has enough of one kind hands over what there is of all.
    const double share = events / from.events, each = events / from.presentations;
    // While one minibatch is written the next ones come.
    const double next = std::min(64 * std::min(share * from.item, each), events * std::max(from.minibatches - 1, 1.0));
    EventBytes bytes;
    bytes.waiting = sizeof(Row) * (from.live * std::min(share * from.journals, each) + next);
    bytes.waiting += item * std::min(events, most);
    // What fits is written as one: as rows, a copy of them, and a column. What does not is merged in portions; but
    // there may be fewer than expected.
    const double portion = events < 1.3 * most ? std::min(events, most) : 1 << 14;
    bytes.written = list_bytes(portion, row) + portion * (row + 8) + 1024 * item * std::floor(events / most);
    return bytes;
}

/// Of messages, besides, what a fork would find on its way.
double event_bytes(const Scenario& scenario, double presentations, double minibatches, int threads) {
    if (!RecordedEvents::wanted(scenario)) return 0;
    const double branches = branches_of(scenario);
    double shards = 1;
    if (scenario.engine != EngineKind::lockstep && !on_chip(scenario)) {
        const Wiring wiring = outline_of(scenario);
        shards = 0;
        for (const int size : wiring.sizes()) shards += shards_of(size, shard_of(wiring, scenario, threads));
    }
    EventSources from{presentations, std::min<double>(threads, presentations), 0, 0, minibatches, 1};
    from.item = std::clamp(std::floor(65536 / shards), 64.0, 4096.0);
    from.journals = shards * from.item;
    const EventCounts events = count_events(scenario, presentations, branches);
    from.events = std::max({1.0, events.spikes, events.messages, events.queues});
    const EventBytes kinds[] = {event_bytes<SpikeRow>(events.spikes, from),
                                event_bytes<MessageRow>(events.messages, from),
                                event_bytes<QueueRow>(events.queues, from)};
    double bytes = std::max({kinds[0].written, kinds[1].written, kinds[2].written});
    for (const EventBytes& kind : kinds) bytes += kind.waiting;
    if (!scenario.record.messages.on || branches == 1 || scenario.timing.scope != Scope::synapse) return bytes;
    return bytes + bytes_in_flight(scenario, [&](const Wiring& /*wiring*/, const Pathway& /*way*/) {
               return threads * 2.0 * (sizeof(MessageRow) + sizeof(Time));
           });
}

/// What leads to the data in the file stays in memory for as many minibatches as the recorder commits at once, if
/// nothing else does before. Bytes as measured.
double directory_bytes(const Scenario& scenario, double minibatches) {
    constexpr double dataset = 5e3, group = 3e3, most = 256;
    const auto& record = scenario.record;
    const double branches = branches_of(scenario), projections = scenario.network.projection_count();
    const std::tuple<Recording, double, double> parts[] = {{record.state, branches, branches - 1},
                                                           {record.bits, branches, branches - 1},
                                                           {record.spikes, 4, 1},
                                                           {record.messages, 10, 1},
                                                           {recorded_queues(scenario), 6, 1},
                                                           {record.weights, projections, 1}};
    double bytes = 0, recorded = 0;
    for (const auto& [recording, datasets, groups] : parts) {
        if (!recording.on) continue;
        const auto to = recording.to > 0 ? std::min(static_cast<double>(recording.to), minibatches) : minibatches;
        const double some =
            std::ceil((to - static_cast<double>(recording.from)) / static_cast<double>(recording.every));
        const double kept = std::clamp(some, 0.0, most);
        recorded = std::max(recorded, kept);
        bytes += kept * (datasets * dataset + groups * group);
    }
    return bytes + recorded * (3 * dataset + group);  // labels, samples and positions
}

double recording_bytes(const Scenario& scenario, const DatasetSize& data, const Sizes& sizes, int threads) {
    const bool traced = scenario.task == Task::converge || scenario.task == Task::stream;
    if (!Recorder::wanted(scenario) && !traced) return 0;
    // Rows are handed over some at a time, of one presentation, and 64 of these may wait.
    const auto neurons = static_cast<std::int64_t>(std::min(sizes.neurons, 1e15));
    const auto at_once = static_cast<double>(std::min<std::int64_t>(rows_at_once(neurons), most_periods(scenario)));
    const double rows = at_once * (4 * (sizes.neurons - sizes.inputs) + sizes.neurons);
    const bool by_row = traced || scenario.record.state.on || scenario.record.bits.on;
    double bytes = by_row ? 2 * rows * threads : 0;
    if (scenario.record.state.on || scenario.record.bits.on) bytes += 64 * rows;
    if (scenario.record.weights.on) bytes += 4 * (sizes.weights + sizes.sparse) * 4;
    if (!Recorder::wanted(scenario)) return bytes;
    const auto [trained, evaluated] = batches(scenario, data);
    const double presentations = std::max(1.0, trained > 0 ? trained : evaluated);
    double all = presentations;
    if (scenario.task == Task::train) all = static_cast<double>(data.train) * scenario.learning.epochs;
    if (scenario.task == Task::infer) all = static_cast<double>(data.test > 0 ? data.test : data.train);
    const double minibatches = std::ceil(all / presentations);
    return bytes + directory_bytes(scenario, minibatches) + event_bytes(scenario, presentations, minibatches, threads);
}

}  // namespace

MemoryEstimate estimate_memory(const Scenario& scenario, const DatasetSize& data, int threads) {
    const Sizes sizes(scenario.network);
    MemoryEstimate estimate;
    estimate.network_key = scenario.network.key();
    estimate.program = 20e6 + 0.4e6 * threads;  // pages of it and its libraries that are touched, and its heap
    estimate.data = data_bytes(data);
    estimate.weights = weight_bytes(scenario, sizes);
    estimate.minibatch = minibatch_bytes(scenario, data, sizes);
    const auto [trained, evaluated] = batches(scenario, data);
    if (scenario.engine == EngineKind::lockstep) {
        estimate.program += 0.7e6 * threads;  // stacks and tables of each worker
        const double busy = std::min<double>(threads, std::max({trained, evaluated, 1.0}));
        estimate.presenters = presenter_bytes(scenario, sizes, threads, busy);
    } else {
        estimate.shards = shard_bytes(scenario, std::max(trained, evaluated), threads);
    }
    estimate.recording = recording_bytes(scenario, data, sizes, threads);
    if (!trains_first(scenario)) return estimate;
    estimate.training_key = std::string(prior_training_key(scenario)) + ".samples";
    const Scenario training = training_for(scenario);
    const MemoryEstimate first = estimate_memory(training, measure_dataset(training), threads);
    estimate.training = first.sum() - first.program;
    return estimate;
}

int workers_of(const Scenario& scenario) {
    return scenario.threads == 0 ? std::max(machine_info().cores, 1) : scenario.threads;
}

}  // namespace settle

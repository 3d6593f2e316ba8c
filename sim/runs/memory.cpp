#include "sim/runs/memory.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "models/chip/mesh.hpp"
#include "models/chip/placement.hpp"
#include "models/network/afferents.hpp"
#include "models/neuron/quantizer.hpp"
#include "sim/engines/free/free_running.hpp"
#include "sim/engines/lockstep/lockstep_presenter.hpp"
#include "sim/engines/virtual/virtual_shard.hpp"
#include "sim/engines/virtual/virtual_time.hpp"
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

/// Of a presentation: the main one, and those that are nudged beside it.
double branches_of(const Scenario& scenario) {
    return 1 + (scenario.phases.splitstream ? 1 : 0) + (scenario.learning.beta_sign == BetaSign::both ? 1 : 0);
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

/// Of a mailbox, for each branch.
double calendar_bytes(bool by_synapse, bool every_tick) {
    const double entry = every_tick ? 32 : by_synapse ? 12 : 8;
    return Calendar<std::int32_t>::days * (Calendar<std::int32_t>::places * entry + 5);
}

/// Shards of a population of `neurons`.
double shards_of(double neurons, double shard) {
    return std::max(1.0, std::ceil(neurons / shard));
}

struct ActorSizes {
    double rows = 0;      ///< bytes of the weights as the shards see them, one copy for all presentations
    double slices = 0;    ///< bytes of one live presentation
    double shards = 0;    ///< of it
    double channels = 0;  ///< of it
    double tracts = 0;    ///< of it: bytes of what is said once to many
    double targets = 0;   ///< slices that a neuron is heard in, of all neurons
};

/// Neurons on cores whose fabric is simulated.
bool on_chip(const Scenario& scenario) {
    return scenario.chip && scenario.engine == EngineKind::virtual_time;
}

/// Pairs that one way of a projection joins: a lateral one both ways at once.
double joined_pairs(const Scenario& scenario, const Pathway& pathway) {
    const bool lateral = pathway.source == pathway.target;
    return expected_links(scenario.network, pathway.projection) * (lateral ? 2 : 1);
}

/// So many slices of a population have so many lanes, padded.
struct AlikeSlices {
    double count = 0, lanes = 0;
};

/// By population: of shards, or of the cores of a chip.
std::vector<std::vector<AlikeSlices>> slices_of(const Scenario& scenario, const Wiring& wiring, double shard) {
    std::vector<std::vector<AlikeSlices>> slices(static_cast<std::size_t>(wiring.populations()));
    if (on_chip(scenario)) {
        const Placement placement = place(*scenario.chip, wiring.sizes(), scenario.timing.device_seed);
        for (int p = 0; p < wiring.populations(); ++p) {
            std::map<std::int32_t, int> neurons;
            for (int i = 0; i < wiring.size(p); ++i)
                ++neurons[placement.core[static_cast<std::size_t>(wiring.first_neuron(p) + i)]];
            for (const auto& [core, count] : neurons)
                slices[static_cast<std::size_t>(p)].push_back({1, static_cast<double>(padded_size(count))});
        }
        return slices;
    }
    for (int p = 0; p < wiring.populations(); ++p) {
        const double neurons = wiring.size(p), lanes = padded_size(static_cast<int>(std::min(neurons, shard)));
        slices[static_cast<std::size_t>(p)].push_back({shards_of(neurons, shard), lanes});
    }
    return slices;
}

double count_of(const std::vector<AlikeSlices>& slices) {
    double count = 0;
    for (const AlikeSlices& one : slices) count += one.count;
    return count;
}

/// Whether latencies stand beside the weights: as models/device/wire_delays says, but for those of very many units.
bool keeps_delays(const Scenario& scenario) {
    const auto& timing = scenario.timing;
    return scenario.engine == EngineKind::virtual_time && timing.scope == Scope::synapse &&
           timing.link == Link::pulse && timing.burst <= 1;
}

/// A log for each neuron, and its first ring; the list of them all; and what each listener keeps of it.
double tract_bytes(double neurons, double listeners) {
    constexpr double log = sizeof(Broadcast<Saying>) + 40 + Chorus<Saying>::log_at_first * sizeof(Saying),
                     gathered = 1024 * sizeof(Saying);
    return neurons * log + gathered + listeners * (sizeof(TractEar) + 16);
}

ActorSizes actor_sizes(const Scenario& scenario, const Wiring& wiring, double shard, double branches) {
    const Link link = scenario.timing.link;
    const bool by_synapse = scenario.timing.scope == Scope::synapse;
    // What is on its way in the free engine is in channels.
    const bool is_free = scenario.engine == EngineKind::free_running;
    const double calendar = is_free ? 0 : calendar_bytes(by_synapse, sends_every_tick(link));
    const double arrived = is_free ? 0 : 1024 * sizeof(Arrival);  // the list of a window, once it has been a long one
    ActorSizes sizes;
    const auto all = slices_of(scenario, wiring, shard);
    for (int p = 0; p < wiring.populations(); ++p) {
        const bool clamped = p == wiring.input();
        const double slices = count_of(all[static_cast<std::size_t>(p)]);
        double lanes = 0;
        sizes.shards += slices;
        for (const AlikeSlices& some : all[static_cast<std::size_t>(p)]) {
            const double own = static_cast<double>(sizeof(SliceRun)) + 60 * some.lanes;  // inputs have no calendar
            const double hears = arrived + branches * calendar + 60 * branches * some.lanes;
            sizes.slices += some.count * (clamped ? own : own + hears);
            lanes += some.count * some.lanes;
        }
        for (const int pathway : wiring.incoming(p)) {
            const Pathway& way = wiring.pathway(pathway);
            const double sources = wiring.size(way.source);
            const double pairs = slices * count_of(all[static_cast<std::size_t>(way.source)]);
            // A terminal for each source, or for each pair; and when it has heard tick 0.
            const double terminals = !has_terminals(link) ? 0
                                     : by_synapse         ? joined_pairs(scenario, way)
                                                          : slices * sources;
            sizes.slices += branches * terminals * (sizeof(Terminal) + sizeof(Time));
            sizes.rows += terminals * sizeof(Time);
            if (heard_densely(wiring, way.source, p)) {
                const double speakers = count_of(all[static_cast<std::size_t>(way.source)]);
                if (!is_free && !by_synapse && !on_chip(scenario) && many_speak(sources, speakers, slices)) {
                    sizes.tracts += tract_bytes(sources, slices);
                    sizes.rows += 12 * pairs;  // who hears whom
                } else {
                    sizes.channels += pairs;
                }
                sizes.targets += slices * sources;
                const bool delays = keeps_delays(scenario) && !scenario.timing.latency.constant();
                sizes.rows += (delays ? 8 : 4) * lanes * sources;
                continue;
            }
            // Lists: a weight and its lane a link, where the list of a source begins and who it is.
            const double links = joined_pairs(scenario, way);
            sizes.channels += std::min(pairs, links);
            sizes.targets += std::min(slices * sources, links);
            sizes.rows += (by_synapse ? 20 : 8) * links + 28 * std::min(slices * sources, links);
        }
    }
    return sizes;
}

/// A wire each: a bit is on its way to every target, for its latency and for as long as inputs run ahead. `bytes_each`:
/// of a pathway, of a bit on one wire.
template <class BytesEach>
double bytes_in_flight(const Scenario& scenario, const BytesEach& bytes_each) {
    constexpr double bits_a_tick = 0.18;
    const double periods = 1.25 + static_cast<double>(scenario.timing.latency.greatest_time()) /
                                      static_cast<double>(scenario.timing.period);
    const Wiring wiring = outline_of(scenario);
    double bytes = 0;
    for (const Pathway& pathway : wiring.pathways())
        bytes += joined_pairs(scenario, pathway) * bits_a_tick * periods * bytes_each(wiring, pathway);
    return bytes;
}

/// Where sources with a matrix say bits once to wires with a latency each, what is on its way is a row of delays for
/// each bit, if chance has a part in them; else every bit on every wire has an entry.
double flying_bytes(const Scenario& scenario) {
    if (scenario.timing.scope != Scope::synapse || scenario.engine == EngineKind::free_running) return 0;
    const auto& timing = scenario.timing;
    const bool by_chance = timing.loss > 0 || timing.duplication > 0 || !timing.latency_jitter.constant();
    return bytes_in_flight(scenario, [&](const Wiring& wiring, const Pathway& way) {
        constexpr double entry = 66, delay = 8;
        if (!keeps_delays(scenario) || scenario.record.messages.on || !heard_densely(wiring, way.source, way.target))
            return entry;
        return by_chance ? delay : 0.0;
    });
}

/// Where packets go, once for all presentations; of each that lives its servers; and the figures of those that are
/// used, histograms above all: of every one that lives, of what a minibatch and the run have come to, and on their way
/// into a checkpoint.
double fabric_bytes(const Scenario& scenario, const ActorSizes& sizes, double live, double branches) {
    constexpr double target = 48 + 8 + 32, server = 100, figures = 8e3;
    const double chains = scenario.timing.burst > 1 ? live * branches * sizes.targets : 0;
    const Placement placement = place(*scenario.chip, scenario.network.sizes(), scenario.timing.device_seed);
    const double servers = Mesh(*scenario.chip).servers();
    const double used = std::min(servers, 6 * count_of(placement.used().size()));  // four links, where a tile is a core
    return target * sizes.targets + chains + live * servers * branches * server + (live + 5) * used * figures;
}

/// Neurons that a shard has of the largest population, or more. Links are not known: what is sparse may be cut into
/// strips.
double shard_of(const Wiring& wiring, const Scenario& scenario, int threads) {
    if (scenario.shard > 0) return scenario.shard;
    if (scenario.engine == EngineKind::free_running) return automatic_free_shard(wiring.neurons());
    const Cut cut = automatic_cut(wiring, virtual_settings(scenario).batch, threads);
    const auto largest = static_cast<double>(*std::max_element(wiring.sizes().begin(), wiring.sizes().end()));
    return cut.strips > 0 ? std::ceil(largest / cut.strips) : cut.others;
}

double shard_bytes(const Scenario& scenario, double presentations, int threads) {
    const Wiring wiring = outline_of(scenario);
    const bool is_free = scenario.engine == EngineKind::free_running;
    const double live = std::min(static_cast<double>(threads), presentations);
    const double shard = shard_of(wiring, scenario, threads);
    const double branches = branches_of(scenario);
    const ActorSizes sizes = actor_sizes(scenario, wiring, shard, branches);
    // Channels share a bounded amount of memory, but hold a few messages each; those of inputs that are never above 0
    // stay closed. Beside its ring a channel has its two ends, what an address of it takes, and what the ring is made
    // of.
    const double message = is_free ? sizeof(BitBundle) : sizeof(Message);
    const double ring = std::clamp(64e6 / message / std::max(sizes.channels, 1.0), 4.0, is_free ? 256.0 : 1024.0);
    const bool single = (sizes.shards <= wiring.populations() && scenario.shard == 0 && !is_free) || on_chip(scenario);
    // How many are ever used, as measured: of single neurons of the free engine fewer than of anything else.
    const double opening = is_free ? std::min(0.65, 1 - std::pow(0.6, shard)) : 0.65;
    const double used = single ? 0 : sizes.channels * opening;
    const double opened = 320 + message * ring;
    // Every shard that has channels knows of every slice which of them leads there; free ones also which are their own.
    const double shards = on_chip(scenario) ? 1 : sizes.shards;
    const double maps = shards * shards * (is_free ? 16 : sizes.channels > 0 ? 4 : 0);
    const double per_live = flying_bytes(scenario) + sizes.slices + sizes.tracts +
                            sizes.channels * (is_free ? 60 : 56) + used * opened + maps;
    const double fabric = on_chip(scenario) ? fabric_bytes(scenario, sizes, live, branches) : 0;
    return 1.08 * (sizes.rows + live * per_live) + fabric;
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

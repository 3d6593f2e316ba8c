#include "sim/runs/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
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

constexpr double unlimited = std::numeric_limits<double>::infinity();

double count_of(std::size_t items) {
    return static_cast<double>(items);
}

/// Sums over the populations that all parts need.
struct Sizes {
    explicit Sizes(const NetworkPart& network) {
        const std::vector<int> sizes = network.sizes();
        for (const int size : sizes) neurons += padded_size(size);
        inputs = padded_size(network.inputs());
        for (int k = 0; k < network.projection_count(); ++k) {
            if (network.populations.empty()) {
                add_dense(sizes[static_cast<std::size_t>(k)], sizes[static_cast<std::size_t>(k) + 1], k == 0, k > 0);
            } else {
                add(network, k);
            }
        }
    }

    void add_dense(double pre, int post, bool from_input, bool listens) {
        if (from_input) driven += padded_size(post);
        weights += pre * padded_size(post);
        if (listens) returning += pre * padded_size(post);
    }

    void add(const NetworkPart& network, int k) {
        const ProjectionPart& one = network.projections[static_cast<std::size_t>(k)];
        const PopulationSpec& pre = network.populations[static_cast<std::size_t>(one.pre)];
        const PopulationSpec& post = network.populations[static_cast<std::size_t>(one.post)];
        if (std::holds_alternative<DenseSpec>(one.kind))
            return add_dense(pre.size(), post.size(), one.pre == 0, one.pre != 0 && !one.lateral());
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
    const double branches =
        1 + (scenario.phases.splitstream ? 1 : 0) + (scenario.learning.beta_sign == BetaSign::both ? 1 : 0);
    const double variables = variables_of(model.variant(false));
    const double branch = (4 * variables + 4) * sizes.neurons + 24 * sizes.inputs;
    const double sums = 4 * states + 8 * sizes.neurons;  // and factors of the fingerprint
    if (model.continuous())
        return busy * branches * (branch + 4 * states) + threads * (sums + 4 * (states + sizes.summed));
    const double block = LockstepPresenter::ticks_a_block(static_cast<int>(std::min(sizes.driven, 1e9)));
    double drive = 4 * block * sizes.driven + (1 + block) * sizes.inputs / 8;
    // The links of inputs, and what a list of them adds.
    if (sizes.links > 0) drive += 8 * sizes.inputs + 4 * std::max(sizes.driven, sizes.summed);
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

/// Neurons that an automatic shard of virtual time has of the largest population, or more. Links are not known: what is
/// sparse may be cut into strips.
double shard_of(const Wiring& wiring, const Scenario& scenario, int threads) {
    const Cut cut = automatic_cut(wiring, virtual_settings(scenario).batch, threads);
    const auto largest = static_cast<double>(*std::max_element(wiring.sizes().begin(), wiring.sizes().end()));
    return cut.strips > 0 ? std::ceil(largest / cut.strips) : cut.others;
}

double shard_bytes(const Scenario& scenario, double presentations, int threads) {
    const Wiring wiring = outline_of(scenario);
    const bool is_free = scenario.engine == EngineKind::free_running;
    const double live = std::min(static_cast<double>(threads), presentations);
    double shard = scenario.shard;
    if (shard == 0) {
        shard = is_free ? automatic_free_shard(wiring.neurons()) : shard_of(wiring, scenario, threads);
    }
    const double branches =
        1 + (scenario.phases.splitstream ? 1 : 0) + (scenario.learning.beta_sign == BetaSign::both ? 1 : 0);
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
    const double per_live = 2e6 + flying_bytes(scenario) + sizes.slices + sizes.tracts +
                            sizes.channels * (is_free ? 60 : 56) + used * opened + maps;
    const double fabric = on_chip(scenario) ? fabric_bytes(scenario, sizes, live, branches) : 0;
    return 1.08 * (sizes.rows + live * per_live) + fabric;
}

/// Events on their way to the file: in journals, between threads, and where they are sorted. Of messages, besides, what
/// a fork would find on its way.
double event_bytes(const Scenario& scenario, int threads) {
    const Recording &spikes = scenario.record.spikes, &messages = scenario.record.messages;
    const Recording queues = recorded_queues(scenario);
    if ((!spikes.on && !messages.on && !queues.on) || scenario.neuron.kind != NeuronKind::binary) return 0;
    double row = messages.on ? sizeof(MessageRow) : sizeof(SpikeRow);
    row += queues.on ? sizeof(QueueRow) : 0;
    double bytes = row * (65536.0 * threads + 64 * 4096);
    for (const Recording& recording : {spikes, messages, queues})
        bytes += recording.on ? EventSpool<SpikeRow>::usual_memory : 0;
    const bool forks = scenario.phases.splitstream || scenario.learning.beta_sign == BetaSign::both;
    if (!messages.on || !forks || scenario.timing.scope != Scope::synapse) return bytes;
    return bytes + bytes_in_flight(scenario, [&](const Wiring& /*wiring*/, const Pathway& /*way*/) {
               return threads * 2 * (row + sizeof(Time));
           });
}

double recording_bytes(const Scenario& scenario, const Sizes& sizes, int threads) {
    const bool traced = scenario.task == Task::converge || scenario.task == Task::stream;
    if (!Recorder::wanted(scenario) && !traced) return 0;
    // Rows are handed over some at a time, and 64 of these may wait.
    const auto neurons = static_cast<std::int64_t>(std::min(sizes.neurons, 1e15));
    const double rows =
        static_cast<double>(rows_at_once(neurons)) * (4 * (sizes.neurons - sizes.inputs) + sizes.neurons);
    const bool by_row = traced || scenario.record.state.on || scenario.record.bits.on;
    double bytes = by_row ? 2 * rows * threads : 0;
    if (scenario.record.state.on || scenario.record.bits.on) bytes += 64 * rows;
    if (scenario.record.weights.on) bytes += 4 * (sizes.weights + sizes.sparse) * 4;
    return bytes + event_bytes(scenario, threads);
}

double number_in(const std::string& path, double otherwise) {
    std::ifstream in(path);
    double value = 0;
    return in >> value ? value : otherwise;  // "max" is no number
}

/// A line "NAME: value" or "NAME value" of a file; 0 without.
double line_in(const std::string& path, const std::string& name) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind(name, 0) != 0) continue;
        return std::strtod(line.c_str() + line.find_first_of("0123456789"), nullptr);
    }
    return 0;
}

/// What a control group of version 2 and all those above it leave.
double left_by_groups() {
    double left = unlimited;
    std::ifstream in("/proc/self/cgroup");
    for (std::string line; std::getline(in, line);) {
        const bool unified = line.rfind("0::", 0) == 0;
        const std::size_t memory = line.find(":memory:");
        if (!unified && memory == std::string::npos) continue;
        const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        std::string group = unified ? line.substr(3) : line.substr(memory + 8);
        while (true) {
            const std::string folder = root + group + "/";
            const double most = number_in(folder + (unified ? "memory.max" : "memory.limit_in_bytes"), unlimited);
            const double used = number_in(folder + (unified ? "memory.current" : "memory.usage_in_bytes"), 0);
            // What files leave in memory goes when it is needed.
            const double cache = line_in(folder + "memory.stat", "inactive_file");
            left = std::min(left, most - std::max(0.0, used - cache));
            if (group.empty() || group == "/") break;
            group.erase(group.rfind('/'));
        }
    }
    return left;
}

}  // namespace

MemoryEstimate estimate_memory(const Scenario& scenario, const DatasetSize& data, int threads) {
    const Sizes sizes(scenario.network);
    MemoryEstimate estimate;
    estimate.network_key = scenario.network.key();
    estimate.program = 14e6 + 0.4e6 * threads;
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
    estimate.recording = recording_bytes(scenario, sizes, threads);
    if (!trains_first(scenario)) return estimate;
    const Scenario training = training_for(scenario);
    const MemoryEstimate first = estimate_memory(training, measure_dataset(training), threads);
    estimate.training = first.sum() - first.program;
    return estimate;
}

double available_memory() {
    double available = left_by_groups();
    const double machine = 1024 * (line_in("/proc/meminfo", "MemAvailable:") + line_in("/proc/meminfo", "SwapFree:"));
    if (machine > 0) available = std::min(available, machine);
    rlimit limit = {};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        const double pages = number_in("/proc/self/statm", 0);
        const double used = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
        available = std::min(available, static_cast<double>(limit.rlim_cur) - used);
    }
    return std::max(available, 0.0);
}

void check_memory(const MemoryEstimate& estimate, double available) {
    constexpr double error = 1.3;
    if (estimate.sum() <= error * available) return;
    struct Part {
        double bytes;
        const char *key, *what;
    };
    const Part parts[] = {{estimate.data, "data.train", "samples"},
                          {estimate.weights, estimate.network_key, "weights and their copies"},
                          {estimate.minibatch, "learning.batch", "a minibatch"},
                          {estimate.presenters, estimate.network_key, "neurons and sums of each thread"},
                          {estimate.shards, "scenario.shard", "shards and their channels"},
                          {estimate.recording, "record.state", "what waits to be recorded"},
                          {estimate.training, "stream.train.samples", "the network that is trained first"}};
    const Part& most = *std::max_element(std::begin(parts), std::end(parts),
                                         [](const Part& a, const Part& b) { return a.bytes < b.bytes; });
    std::string change = "fewer or smaller " + std::string(most.key);
    if (most.key == std::string("scenario.shard")) change = "larger scenario.shard, or fewer --threads";
    Problem problem;
    problem.key = most.key;
    problem.message =
        fmt::format("this run needs about {} of memory, and {} can be had; {} take {} of it",
                    memory_text(estimate.sum()), memory_text(available), most.what, memory_text(most.bytes));
    problem.expected = change;
    throw Error(Blame::runtime, {problem});
}

int workers_of(const Scenario& scenario) {
    return scenario.threads == 0 ? std::max(machine_info().cores, 1) : scenario.threads;
}

void require_memory(const Scenario& scenario) {
    check_memory(estimate_memory(scenario, measure_dataset(scenario), workers_of(scenario)), available_memory());
}

std::string memory_text(double bytes) {
    if (bytes < 0.9995e9) return fmt::format("{:.0f} MB", bytes / 1e6);
    return fmt::format("{:.1f} GB", bytes / 1e9);
}

}  // namespace settle

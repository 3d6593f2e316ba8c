#include "sim/runs/actor_memory.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "models/chip/mesh.hpp"
#include "models/chip/placement.hpp"
#include "models/network/afferents.hpp"
#include "sim/engines/free/free_running.hpp"
#include "sim/engines/virtual/virtual_shard.hpp"
#include "sim/engines/virtual/virtual_time.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/scenario/network_form.hpp"

namespace settle {

double branches_of(const Scenario& scenario) {
    return 1 + (scenario.phases.splitstream ? 1 : 0) + (scenario.learning.beta_sign == BetaSign::both ? 1 : 0);
}

double shards_of(double neurons, double shard) {
    return std::max(1.0, std::ceil(neurons / shard));
}

bool on_chip(const Scenario& scenario) {
    return scenario.chip && scenario.engine == EngineKind::virtual_time;
}

double joined_pairs(const Scenario& scenario, const Pathway& pathway) {
    const bool lateral = pathway.source == pathway.target;
    return expected_links(scenario.network, pathway.projection) * (lateral ? 2 : 1);
}

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

double bytes_in_flight(const Scenario& scenario,
                       const std::function<double(const Wiring&, const Pathway&)>& bytes_each) {
    constexpr double bits_a_tick = 0.18;
    const double periods = 1.25 + static_cast<double>(scenario.timing.latency.greatest_time()) /
                                      static_cast<double>(scenario.timing.period);
    const Wiring wiring = outline_of(scenario);
    double bytes = 0;
    for (const Pathway& pathway : wiring.pathways())
        bytes += joined_pairs(scenario, pathway) * bits_a_tick * periods * bytes_each(wiring, pathway);
    return bytes;
}

double shard_of(const Wiring& wiring, const Scenario& scenario, int threads) {
    if (scenario.shard > 0) return scenario.shard;
    if (scenario.engine == EngineKind::free_running) return automatic_free_shard(wiring.neurons());
    const Cut cut = automatic_cut(wiring, virtual_settings(scenario).batch, threads);
    const auto largest = static_cast<double>(*std::max_element(wiring.sizes().begin(), wiring.sizes().end()));
    return cut.strips > 0 ? std::ceil(largest / cut.strips) : cut.others;
}

namespace {

/// Of a mailbox, for each branch.
double calendar_bytes(bool by_synapse, bool every_tick) {
    const double entry = every_tick ? 32 : by_synapse ? 12 : 8;
    return Calendar<std::int32_t>::days * (Calendar<std::int32_t>::places * entry + 5);
}

struct ActorSizes {
    double rows = 0;      ///< bytes of the weights as the shards see them, one copy for all presentations
    double slices = 0;    ///< bytes of one live presentation
    double shards = 0;    ///< of it
    double channels = 0;  ///< of it
    double tracts = 0;    ///< of it: bytes of what is said once to many
    double targets = 0;   ///< slices that a neuron is heard in, of all neurons
};

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

/// Sums place by place, of a population that is one slice and hears a convolution by its kernel.
double window_bytes(const Scenario& scenario, const Wiring& wiring, int population) {
    const std::vector<int>& shape = wiring.population(population).shape;
    if (scenario.engine == EngineKind::free_running || shape.size() != 3) return 0;
    if (!hears_by_window(device_settings(scenario))) return 0;
    const std::vector<int>& incoming = wiring.incoming(population);
    const bool hears = std::any_of(incoming.begin(), incoming.end(), [&](int number) {
        const Pathway& way = wiring.pathway(number);
        return heard_by_window(wiring, way.source, population);
    });
    return hears ? 3.0 * sizeof(std::int32_t) * shape[1] * shape[2] * padded_size(shape[0]) : 0;
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
        if (slices == 1) sizes.slices += branches * window_bytes(scenario, wiring, p);
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
    const double used =
        std::min(servers, 6.0 * static_cast<double>(placement.used().size()));  // four links, where a tile is a core
    return target * sizes.targets + chains + live * servers * branches * server + (live + 5) * used * figures;
}

}  // namespace

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

}  // namespace settle

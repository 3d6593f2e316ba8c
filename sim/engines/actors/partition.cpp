#include "sim/engines/actors/partition.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "models/chip/packet_noise.hpp"
#include "models/chip/placement.hpp"
#include "sim/engines/actors/tiles.hpp"

namespace settle {

std::vector<Cut::Piece> Cut::pieces(const Wiring& wiring, int p) const {
    std::vector<Piece> pieces;
    const std::int32_t size = wiring.size(p), first_of_all = wiring.first_neuron(p);
    const auto end_of = [&](int shard) -> std::int32_t {
        if (strips > 0) return static_cast<std::int32_t>(std::int64_t{size} * (shard + 1) / strips);
        return std::min(size, first + shard * others - first_of_all);
    };
    std::int32_t at = 0;
    for (int shard = strips > 0 ? 0 : shard_of(first_of_all); at < size; ++shard) {
        const std::int32_t end = end_of(shard);
        if (end > at) pieces.push_back({shard, at, end});
        at = end;
    }
    return pieces;
}

TerminalRule terminals_of(const DeviceSettings& device, std::span<const Conditions> others) {
    return device.chip && device.chip->takes_time() ? terminal_rule(device.link) : terminal_rule(device, others);
}

Partition::Partition(const Wiring& wires, const Device& device, const Cut& cut, WorkerPool* workers)
    : wiring(wires),
      settings(device.settings),
      terminals(terminals_of(settings)),
      lookahead(device.lookahead()),
      farthest(settle::farthest(settings.link)) {
    check_device(settings);
    if (device.clocks.period.size() != static_cast<std::size_t>(wiring.neurons()))
        throw input_error("", "device", "is that of another network", "one that was drawn for these neurons");
    assert(cut.first >= 1 && cut.others >= 1 && cut.strips >= 0);
    settings.chip ? place_on_chip() : place(cut);
    equip_all(device, cut.tile > 0, workers);
    connect();
    if (!has_terminals(settings.link.kind)) return;
    for (Slice& slice : slices) {
        if (!slice.clamped) slice.tick_zero = tick_zero(slice, settings.link.latency);
    }
}

std::size_t Partition::pairs() const {
    std::size_t pairs = 0;
    for (const Slice& slice : slices) pairs += slice.hears.size();
    return pairs;
}

void Partition::add_slice(int population, int shard, std::vector<std::int32_t> neurons) {
    std::vector<int>& others = slices_of_population[static_cast<std::size_t>(population)];
    Slice slice;
    slice.population = population;
    slice.shard = shard;
    slice.part = static_cast<int>(others.size());
    slice.clamped = population == wiring.input();
    slice.first_neuron = wiring.first_neuron(population);
    slice.neurons = std::move(neurons);
    std::vector<int>& neighbours = slices_of_shard[static_cast<std::size_t>(shard)];
    slice.place = static_cast<int>(neighbours.size());
    neighbours.push_back(static_cast<int>(slices.size()));
    others.push_back(static_cast<int>(slices.size()));
    slices.push_back(std::move(slice));
}

/// Cuts the neurons into shards, and these where populations end, or tiles, into slices.
void Partition::place(const Cut& cut) {
    slices_of_shard.resize(static_cast<std::size_t>(cut.shards(wiring)));
    slices_of_population.resize(static_cast<std::size_t>(wiring.populations()));
    std::vector<bool> tiled(static_cast<std::size_t>(wiring.populations()));
    if (cut.tile > 0) tiled = tiled_populations(wiring, cut.tile);
    for (int p = 0; p < wiring.populations(); ++p) {
        for (const Cut::Piece& piece : cut.pieces(wiring, p)) {
            if (tiled[static_cast<std::size_t>(p)]) {
                for (auto& tile : tiles_of(wiring.population(p), cut.tile, piece.first, piece.end))
                    add_slice(p, piece.shard, std::move(tile));
                continue;
            }
            std::vector<std::int32_t> neurons(static_cast<std::size_t>(piece.end - piece.first));
            std::iota(neurons.begin(), neurons.end(), piece.first);
            add_slice(p, piece.shard, std::move(neurons));
        }
        slices[static_cast<std::size_t>(slices_of_population[static_cast<std::size_t>(p)].front())].first = true;
    }
}

void Partition::place_on_chip() {
    core = settle::place(*settings.chip, wiring.sizes(), settings.device_seed).core;
    slices_of_shard.resize(1);
    slices_of_population.resize(static_cast<std::size_t>(wiring.populations()));
    for (int p = 0; p < wiring.populations(); ++p) {
        std::map<std::int32_t, std::vector<std::int32_t>> neurons_of;
        for (std::int32_t i = 0; i < wiring.size(p); ++i)
            neurons_of[core[static_cast<std::size_t>(wiring.first_neuron(p) + i)]].push_back(i);
        for (auto& [place, neurons] : neurons_of) {
            add_slice(p, 0, std::move(neurons));
            slices.back().core = place;
        }
    }
}

/// What comes at about the same time of a period has rows side by side.
RowOrder Partition::rows_by_arrival(int population, const Device& device) const {
    RowOrder order(static_cast<std::size_t>(wiring.populations()));
    if (device.latency.empty()) return {};
    for (const int source : wiring.heard_by(population)) {
        if (heard_densely(wiring, source, population)) continue;
        const int pathway = wiring.pathways_between(source, population)[0];
        const std::vector<Duration>& latency = device.latency[static_cast<std::size_t>(pathway)];
        for (std::size_t i = 0; i < latency.size(); ++i) {
            const std::size_t neuron = static_cast<std::size_t>(wiring.first_neuron(source)) + i;
            const Duration period = device.clocks.period[neuron];
            const Duration after = (device.clocks.offset[neuron] + latency[i]) % period;
            order[static_cast<std::size_t>(source)].push_back(
                static_cast<std::uint32_t>(0x1p32 * static_cast<double>(after) / static_cast<double>(period)));
        }
    }
    return order;
}

void Partition::equip_all(const Device& device, bool by_arrival, WorkerPool* workers) {
    const std::vector<Projection> shapes = shapes_of(wiring);
    std::vector<RowOrder> orders(static_cast<std::size_t>(wiring.populations()));
    for (int p = 0; by_arrival && p < wiring.populations(); ++p)
        orders[static_cast<std::size_t>(p)] = rows_by_arrival(p, device);
    std::vector<SourceNumbers> numbers(static_cast<std::size_t>(workers ? workers->threads() : 1));
    const auto equip_one = [&](int index, int worker) {
        Slice& slice = slices[static_cast<std::size_t>(index)];
        // By phase, then by number: equal phases (aligned clocks) keep the order of the numbers.
        std::stable_sort(slice.neurons.begin(), slice.neurons.end(), [&](std::int32_t a, std::int32_t b) {
            const auto offset = [&](std::int32_t i) {
                return device.clocks.offset[static_cast<std::size_t>(slice.first_neuron + i)];
            };
            return offset(a) < offset(b);
        });
        equip(slice, device, shapes, orders[static_cast<std::size_t>(slice.population)],
              numbers[static_cast<std::size_t>(worker)]);
    };
    const auto count = static_cast<int>(slices.size());
    if (workers) {
        workers->for_each(count, equip_one);
    } else {
        for (int index = 0; index < count; ++index) equip_one(index, 0);
    }
    choose_counting();
}

/// Whoever hears a source link by link counts its bits in the first of the slices that it reaches; on a chip nobody.
void Partition::choose_counting() {
    if (settings.chip || settings.link.scope == Scope::synapse) return;
    for (int p = 0; p < wiring.populations(); ++p) {
        std::vector<std::vector<bool>> taken(static_cast<std::size_t>(wiring.populations()));
        for (const int number : slices_of_population[static_cast<std::size_t>(p)]) {
            Afferents& afferents = slices[static_cast<std::size_t>(number)].afferents;
            for (std::size_t i = 0; i < afferents.listed().size(); ++i) {
                const int source = afferents.listed()[i].population;
                taken[static_cast<std::size_t>(source)].resize(static_cast<std::size_t>(wiring.size(source)));
                afferents.count(i, taken[static_cast<std::size_t>(source)]);
            }
        }
    }
}

void Partition::equip(Slice& slice, const Device& device, std::span<const Projection> shapes, const RowOrder& order,
                      SourceNumbers& numbers) const {
    for (const std::int32_t i : slice.neurons) {
        const auto neuron = static_cast<std::size_t>(slice.first_neuron + i);
        slice.period.push_back(device.clocks.period[neuron]);
        slice.offset.push_back(device.clocks.offset[neuron]);
        if (!device.faults.stuck.empty()) slice.stuck.push_back(device.faults.stuck[neuron]);
    }
    for (const int target : wiring.hearers_of(slice.population)) {
        if (device.latency.empty()) break;
        // However many pathways lead there, a bit has one latency.
        const int pathway = wiring.pathways_between(slice.population, target)[0];
        const std::vector<Duration>& all = device.latency[static_cast<std::size_t>(pathway)];
        std::vector<Duration>& latency = slice.latency.emplace_back();
        for (const std::int32_t i : slice.neurons) latency.push_back(all[static_cast<std::size_t>(i)]);
    }
    // What is addressed to a population is counted, also where it reaches nobody there.
    const ListRows rows = settings.link.scope == Scope::synapse ? ListRows::pairs
                          : slice.first                         ? ListRows::reached_or_none
                                                                : ListRows::reached;
    slice.afferents = Afferents(wiring, shapes, slice.population, slice.neurons, rows, order, numbers);
    if (slice.clamped) return;
    slice.delays =
        wire_delays(settings.link, settings.device_seed, wiring, slice.population, slice.neurons, slice.afferents);
}

/// Who sends to whom, once all rows are there.
void Partition::connect() {
    for (int source = 0; source < wiring.populations(); ++source) {
        for (const int target : wiring.hearers_of(source)) {
            if (heard_densely(wiring, source, target)) {
                connect_densely(source, target);
            } else {
                connect_listed(source, target);
            }
        }
    }
    for (std::size_t number = 0; number < slices.size(); ++number) {
        for (const Route& route : slices[number].routes) {
            for (const Route::Address& to : route.addresses)
                slices[static_cast<std::size_t>(to.slice)].hears.push_back(static_cast<int>(number));
        }
    }
}

void Partition::connect_densely(int source, int target) {
    Route route;
    route.population = target;
    for (const int slice : slices_of_population[static_cast<std::size_t>(target)])
        route.addresses.push_back({slice, slices[static_cast<std::size_t>(slice)].afferents.first_row(source)});
    for (const int slice : slices_of_population[static_cast<std::size_t>(source)])
        slices[static_cast<std::size_t>(slice)].routes.push_back(route);
}

namespace {

/// Of a slice: `first` (neurons + 1) and `reached`, with slices for addresses, are those of its whole population.
Route listed_route(int target, const Slice& slice, const std::vector<std::int64_t>& first,
                   const std::vector<Route::Reach>& reached) {
    Route route;
    route.population = target;
    route.listed = true;
    route.first.push_back(0);
    std::vector<std::int32_t> numbers;
    for (const std::int32_t i : slice.neurons) {
        const auto begin = reached.begin() + first[static_cast<std::size_t>(i)];
        const auto end = reached.begin() + first[static_cast<std::size_t>(i) + 1];
        for (auto reach = begin; reach != end; ++reach) {
            if (numbers.empty() || numbers.back() != reach->address) numbers.push_back(reach->address);
        }
        route.reached.insert(route.reached.end(), begin, end);
        route.first.push_back(static_cast<std::int64_t>(route.reached.size()));
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const std::int32_t number : numbers) route.addresses.push_back({number, 0});
    for (Route::Reach& reach : route.reached)
        reach.address = static_cast<std::int32_t>(std::lower_bound(numbers.begin(), numbers.end(), reach.address) -
                                                  numbers.begin());
    return route;
}

}  // namespace

void Partition::connect_listed(int source, int target) {
    const std::vector<int>& there = slices_of_population[static_cast<std::size_t>(target)];
    const auto visit = [&](const auto& call) {
        for (const int number : there) {
            for (const Afferents::Listed& listed : slices[static_cast<std::size_t>(number)].afferents.listed()) {
                if (listed.population == source) call(number, listed);
            }
        }
    };
    std::vector<std::int64_t> first(static_cast<std::size_t>(wiring.size(source)) + 1);
    visit([&](int /*number*/, const Afferents::Listed& listed) {
        for (std::size_t i = 0; i < listed.sources.size(); ++i)
            first[static_cast<std::size_t>(listed.sources[i]) + 1] += listed.rows[i + 1] - listed.rows[i];
    });
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<std::int64_t> next = first;
    std::vector<Route::Reach> reached(static_cast<std::size_t>(first.back()));
    visit([&](int number, const Afferents::Listed& listed) {
        for (std::size_t i = 0; i < listed.sources.size(); ++i) {
            std::int64_t& at = next[static_cast<std::size_t>(listed.sources[i])];
            for (std::int32_t row = listed.rows[i]; row < listed.rows[i + 1]; ++row)
                reached[static_cast<std::size_t>(at++)] = {number, row};
        }
    });
    for (const int number : slices_of_population[static_cast<std::size_t>(source)]) {
        Slice& slice = slices[static_cast<std::size_t>(number)];
        slice.routes.push_back(listed_route(target, slice, first, reached));
    }
}

std::vector<Time> Partition::tick_zero(const Slice& slice, const Distribution& latency) const {
    LinkSettings link = settings.link;
    link.latency = latency;
    const bool by_lane = link.scope == Scope::synapse;
    const auto rows = static_cast<std::size_t>(slice.afferents.rows()),
               dense = static_cast<std::size_t>(slice.afferents.dense_rows());
    const std::size_t width = by_lane ? static_cast<std::size_t>(slice.lanes()) : 1;
    std::vector<Time> all(dense * width + rows - dense);
    const auto arrival = [&](const Slice& from, std::size_t i, int lane) {
        const auto source = static_cast<std::uint32_t>(from.neuron(static_cast<int>(i)));
        // On a chip as if no queue held it.
        if (link.scope == Scope::core)
            return from.offset[i] - from.period[i] + soma_latency(link, settings.device_seed, source);
        const Duration takes =
            by_lane
                ? synapse_latency(link, settings.device_seed, source, static_cast<std::uint32_t>(slice.neuron(lane)))
                : axon_latency(link, settings.device_seed, source, static_cast<std::uint32_t>(slice.population));
        return from.offset[i] - from.period[i] + takes;
    };
    for (const int number : slice.hears) {
        const Slice& from = slices[static_cast<std::size_t>(number)];
        const bool densely = heard_densely(wiring, from.population, slice.population);
        for (std::size_t i = 0; densely && i < from.neurons.size(); ++i) {
            const auto row = static_cast<std::size_t>(slice.afferents.first_row(from.population) + from.neurons[i]);
            for (std::size_t lane = 0; lane < width; ++lane)
                all[row * width + lane] = arrival(from, i, static_cast<int>(lane));
        }
        for (const Route& route : from.routes) {
            if (!route.listed || route.population != slice.population) continue;
            for (std::size_t i = 0; i < from.neurons.size(); ++i) {
                for (const auto& [address, row] : route.reaches_of(i)) {
                    if (&slices[static_cast<std::size_t>(route.addresses[static_cast<std::size_t>(address)].slice)] !=
                        &slice)
                        continue;
                    const int lane = by_lane ? slice.afferents.lane_of(row) : 0;
                    all[dense * width + static_cast<std::size_t>(row) - dense] = arrival(from, i, lane);
                }
            }
        }
    }
    return all;
}

void Partition::load(const Network& network, std::span<const Network> severed, WorkerPool& workers) {
    std::vector<SourceNumbers> numbers(static_cast<std::size_t>(workers.threads()));
    workers.for_each(static_cast<int>(slices.size()), [&](int index, int worker) {
        Slice& slice = slices[static_cast<std::size_t>(index)];
        if (slice.clamped) return;
        SourceNumbers& own = numbers[static_cast<std::size_t>(worker)];
        slice.afferents.load(network, slice.neurons, own, by_window);
        while (slice.severed.size() < severed.size()) slice.severed.push_back(slice.afferents);
        for (std::size_t i = 0; i < severed.size(); ++i)
            slice.severed[i].load(severed[i], slice.neurons, own, by_window);
    });
}

}  // namespace settle

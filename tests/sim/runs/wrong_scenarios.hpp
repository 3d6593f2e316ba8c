// What can be wrong with a scenario that was built in code: for every key, values just outside of what it may be.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// A change that makes a good scenario wrong, and the key that an error about it names.
struct WrongKey {
    const char* key;
    std::function<void(Scenario&)> change;
};

namespace wrong {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t far = std::numeric_limits<std::int64_t>::min();

/// One entry for each value.
template <class Get, class T>
void add(std::vector<WrongKey>& all, const char* key, Get get, std::vector<T> values) {
    for (const T& value : values)
        all.push_back(
            {key, [get, value](Scenario& s) { get(s) = static_cast<std::decay_t<decltype(get(s))>>(value); }});
}

#define SETTLE_FIELD(expression) [](Scenario& s) -> decltype(s.expression)& { return s.expression; }

inline void add_run_keys(std::vector<WrongKey>& all) {
    add(all, "scenario.name", SETTLE_FIELD(name), std::vector<std::string>{"a b", "..", "a/b", std::string(300, 'a')});
    add(all, "scenario.description", SETTLE_FIELD(description), std::vector<std::string>{"\xff"});
    add(all, "scenario.task", SETTLE_FIELD(task), std::vector{7});
    add(all, "scenario.engine", SETTLE_FIELD(engine), std::vector{-1, 9});
    add(all, "scenario.seed", SETTLE_FIELD(seed),
        std::vector<std::uint64_t>{std::uint64_t{1} << 63, ~std::uint64_t{0}});
    add(all, "scenario.threads", SETTLE_FIELD(threads), std::vector{-1, 1025});
    add(all, "scenario.shard", SETTLE_FIELD(shard), std::vector{-1});
    add(all, "network.layers", SETTLE_FIELD(network.layers),
        std::vector<std::vector<int>>{{}, {6}, {6, 0, 3}, {6, -1, 3}, {10'000'000, 5, 3}, {60'000, 60'000, 3}});
    // Instead of the layers: without anybody, with two inputs, and joined to nobody.
    const auto with_graph = [&](const char* key, const NetworkPart& graph) {
        all.push_back({key, [graph](Scenario& s) {
                           s.network.layers.clear();
                           s.network.populations = graph.populations;
                           s.network.projections = graph.projections;
                       }});
    };
    const PopulationSpec in{"in", {6}, Role::input}, out{"out", {3}, Role::output};
    NetworkPart graph;
    graph.populations = {in, in, out};
    with_graph("population", graph);
    graph.populations = {in, out};
    graph.projections.resize(1);
    graph.projections[0].pre = 0;
    graph.projections[0].post = 7;
    with_graph("projection", graph);
    add(all, "network.weights", SETTLE_FIELD(network.weights),
        std::vector<std::string>{std::string("a\0b", 3), "\xff"});
    all.push_back({"network.train", [](Scenario& s) {
                       s.task = Task::converge;
                       s.network.train.scenario = "\xff";
                   }});
    add(all, "network.init_scale", SETTLE_FIELD(network.init_scale), std::vector{-0.1, nan, infinity, 1.1e6});
    add(all, "network.seed", SETTLE_FIELD(network.seed), std::vector<std::uint64_t>{std::uint64_t{1} << 63});
    const auto in_a_stream = [&](const char* key, const std::function<void(Scenario::StreamPart&)>& change) {
        all.push_back({key, [change](Scenario& s) {
                           s.task = Task::stream;
                           change(s.stream);
                       }});
    };
    in_a_stream("stream.dwell", [](auto& stream) { stream.dwell_low = 0; });
    in_a_stream("stream.dwell", [](auto& stream) { stream.dwell_high = stream.dwell_low - 1; });
    in_a_stream("stream.inputs", [](auto& stream) { stream.inputs = 1; });
    in_a_stream("stream.streams", [](auto& stream) { stream.streams = 0; });
    in_a_stream("stream.order", [](auto& stream) { stream.order = static_cast<StreamOrder>(9); });
    in_a_stream("stream.train", [](auto& stream) { stream.train.scenario = "\xff"; });
    add(all, "record.metrics_every", SETTLE_FIELD(record.metrics_every), std::vector{0, -3});
    for (const auto& [key, part] :
         {std::pair<const char*, Recording Scenario::RecordPart::*>{"record.state", &Scenario::RecordPart::state},
          {"record.bits", &Scenario::RecordPart::bits},
          {"record.weights", &Scenario::RecordPart::weights},
          {"record.spikes", &Scenario::RecordPart::spikes},
          {"record.messages", &Scenario::RecordPart::messages}}) {
        for (const Recording& recording :
             {Recording{true, {-1}, 0, 0, 0, 1}, Recording{true, {9}, 0, 0, 0, 1}, Recording{true, {}, -1, 0, 0, 1},
              Recording{true, {}, 0, -1, 0, 1}, Recording{true, {}, 0, 5, 5, 1}, Recording{true, {}, 0, 0, 0, 0}})
            all.push_back({key, [part = part, recording](Scenario& s) { s.record.*part = recording; }});
    }
    for (const Recording& recording : {Recording{true, {}, 0, 0, 0, 1}, Recording{true, {0}, 0, 0, 0, 1},
                                       Recording{true, {}, 0, -1, 0, 1}, Recording{true, {}, 0, 5, 5, 1}})
        all.push_back({"record.queues", [recording](Scenario& s) { s.record.queues = recording; }});
    add(all, "record.limit", SETTLE_FIELD(record.limit), std::vector<std::int64_t>{0, -1});
    add(all, "checkpoint.every", SETTLE_FIELD(checkpoint.every),
        std::vector<CheckpointInterval>{{-1, WallDuration(0)}, {0, WallDuration(-5)}, {-1, WallDuration(5)}});
}

inline void add_model_keys(std::vector<WrongKey>& all) {
    add(all, "neuron.kind", SETTLE_FIELD(neuron.kind), std::vector{5});
    add(all, "neuron.quantizer", SETTLE_FIELD(neuron.quantizer),
        std::vector{Quantizer::none, static_cast<Quantizer>(77)});
    // Good but for one part, with the prediction that it needs.
    const SurpriseRestarts good;
    for (const SurpriseRestarts& rule :
         {SurpriseRestarts{nan, good.spread, good.threshold, good.pause, good.to, good.input},
          SurpriseRestarts{good.gain, 1.5, good.threshold, good.pause, good.to, good.input},
          SurpriseRestarts{good.gain, good.spread, -1, good.pause, good.to, good.input},
          SurpriseRestarts{good.gain, good.spread, good.threshold, -1, good.to, good.input},
          SurpriseRestarts{good.gain, good.spread, good.threshold, good.pause, 0, good.input},
          SurpriseRestarts{good.gain, good.spread, good.threshold, good.pause, good.to, -0.1}})
        all.push_back({"neuron.restart", [rule](Scenario& s) {
                           s.neuron.lambda = Schedule{0.5, 0, 0};
                           s.neuron.restart = rule;
                       }});
    add(all, "neuron.epsilon", SETTLE_FIELD(neuron.epsilon),
        std::vector<StepRule>{Schedule{1.1, 0, 0}, Schedule{-0.1, 0, -1}, Schedule{nan, 0, 0}, Schedule{0.5, nan, 0},
                              Schedule{0.5, -1, 0}, Schedule{0.5, 1, 2}, Osa{0, 1e-15}, Osa{nan, 1e-15}, Osa{0.1, 0},
                              Kesten{-1, 2}, Kesten{6, nan}});
    add(all, "neuron.lambda", SETTLE_FIELD(neuron.lambda),
        std::vector<std::optional<Schedule>>{Schedule{0, 0, 0}, Schedule{1.1, 0, 0}, Schedule{nan, 0, 0},
                                             Schedule{0.5, infinity, 0}});
    add(all, "learning.decay", SETTLE_FIELD(learning.decay), std::vector{0.0, -0.5, 1.1, nan});
    add(all, "phases.free", SETTLE_FIELD(phases.free), std::vector{0, -1, 10'000'001});
    add(all, "phases.nudged", SETTLE_FIELD(phases.nudged), std::vector{-1, 10'000'001});
    add(all, "phases.readout", SETTLE_FIELD(phases.readout_mean), std::vector{-1, 1000});
    all.push_back({"phases.splitstream", [](Scenario& s) {
                       s.phases.splitstream = true;
                       s.learning.beta_sign = BetaSign::both;
                   }});
    add(all, "phases.settle_tolerance", SETTLE_FIELD(phases.settle_tolerance), std::vector{0.0, -1.0, nan});
    add(all, "learning.beta", SETTLE_FIELD(learning.beta), std::vector{0.0, nan, infinity, 1e-60, 2e6});
    add(all, "learning.beta_sign", SETTLE_FIELD(learning.beta_sign), std::vector{5});
    add(all, "learning.update", SETTLE_FIELD(learning.update), std::vector{5});
    add(all, "learning.rates", SETTLE_FIELD(learning.rates),
        std::vector<std::vector<double>>{{}, {0.1}, {0.1, 0.1, 0.1}, {0.1, nan}, {-0.1, 0.1}, {infinity, 0.1}});
    add(all, "learning.batch", SETTLE_FIELD(learning.batch), std::vector{0, -1, 1'000'001});
    add(all, "learning.epochs", SETTLE_FIELD(learning.epochs), std::vector{-1});
    add(all, "data.set", SETTLE_FIELD(data.set), std::vector{50});
    add(all, "data.path", SETTLE_FIELD(data.path), std::vector<std::string>{"/tmp", std::string("a\0b", 3)});
    add(all, "data.scale", SETTLE_FIELD(data.scale), std::vector{0.0, -1.0, nan});
    add(all, "data.train", SETTLE_FIELD(data.train), std::vector<std::int64_t>{0, -1, far});
    add(all, "data.test", SETTLE_FIELD(data.test), std::vector<std::int64_t>{-1, far});
    add(all, "data.validation", SETTLE_FIELD(data.validation), std::vector<std::int64_t>{-1, far});
    add(all, "data.repeats", SETTLE_FIELD(data.repeats), std::vector{0, -1, 2});
}

inline void add_device_keys(std::vector<WrongKey>& all) {
    add(all, "timing.period", SETTLE_FIELD(timing.period), std::vector<Duration>{0, 1, -1'000'000, far, 20'000'000});
    all.push_back({"timing.period", [](Scenario& s) { s.timing.unit.exponent = -40; }});
    const std::vector<Distribution> spreads = {Uniform{0.1, -0.1}, Uniform{nan, nan}, Uniform{-infinity, infinity},
                                               Normal{0, nan}, Normal{0, -5}};
    const std::vector<Distribution> lopsided = {Uniform{0, 10}, Normal{3, 10}};
    for (const auto& values : {spreads, lopsided}) {
        add(all, "timing.jitter", SETTLE_FIELD(timing.jitter), values);
        add(all, "timing.drift", SETTLE_FIELD(timing.drift), values);
        add(all, "timing.latency_jitter", SETTLE_FIELD(timing.latency_jitter), values);
    }
    add(all, "timing.drift", SETTLE_FIELD(timing.drift), std::vector<Distribution>{Uniform{-1, 1}, Normal{0, 1}});
    add(all, "timing.phase", SETTLE_FIELD(timing.phase), std::vector{9});
    add(all, "timing.link", SETTLE_FIELD(timing.link), std::vector{9});
    add(all, "timing.device_seed", SETTLE_FIELD(timing.device_seed),
        std::vector<std::uint64_t>{std::uint64_t{1} << 63});
    add(all, "timing.latency", SETTLE_FIELD(timing.latency),
        std::vector<Distribution>{Uniform{0, 0}, Uniform{-5, 5}, Uniform{10, 5}, Uniform{1, 2e18}, Uniform{nan, nan},
                                  Uniform{1.5, 1.5}, Normal{1e6, 10}});
    add(all, "timing.scope", SETTLE_FIELD(timing.scope), std::vector{9});
    const std::vector<double> fractions = {-0.01, 1.01, nan, infinity};
    add(all, "timing.loss", SETTLE_FIELD(timing.loss), fractions);
    add(all, "timing.duplication", SETTLE_FIELD(timing.duplication), fractions);
    add(all, "timing.burst", SETTLE_FIELD(timing.burst), std::vector<double>{0, 0.5, -1, 2e9, std::nan("")});
    all.push_back({"timing.burst", [](Scenario& s) {
                       s.timing.loss = 0.5;
                       s.timing.burst = 1.9;
                   }});
    add(all, "faults.stuck_at_zero", SETTLE_FIELD(faults.stuck_at_zero), fractions);
    add(all, "faults.stuck_at_one", SETTLE_FIELD(faults.stuck_at_one), fractions);
    add(all, "faults.dead_links", SETTLE_FIELD(faults.dead_links), fractions);
    const auto in_joules = [&](const char* key, const std::function<void(Scenario::EnergyPart&)>& change) {
        all.push_back({key, [change](Scenario& s) {
                           s.energy.on = true;
                           change(s.energy);
                       }});
    };
    in_joules("energy.preset", [](auto& energy) { energy.preset = "loihi-9"; });
    for (const UnitCost& cost : unit_costs) {
        for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{1'000'000'000'000'001}, far})
            in_joules(cost.key, [&cost, wrong](auto& energy) { energy.costs.*cost.value = wrong; });
    }
    add(all, "free.max_lead", SETTLE_FIELD(free.max_lead), std::vector{0, -1});
    add(all, "free.pace", SETTLE_FIELD(free.pace), std::vector<WallDuration>{WallDuration(0), WallDuration(-1)});
}

/// A chip that is good but for one thing.
inline void add_chip_keys(std::vector<WrongKey>& all) {
    const auto with_chip = [&](const char* key, const std::function<void(ChipSettings&)>& change) {
        all.push_back({key, [change](Scenario& s) {
                           s.engine = EngineKind::virtual_time;
                           s.chip.emplace();
                           s.timing.scope = Scope::core;
                           change(*s.chip);
                       }});
    };
    for (const int size : {0, -1, 1025}) {
        with_chip("chip.mesh", [size](ChipSettings& chip) { chip.columns = size; });
        with_chip("chip.mesh", [size](ChipSettings& chip) { chip.rows = size; });
        with_chip("chip.cores_per_tile", [size](ChipSettings& chip) { chip.cores_per_tile = size; });
    }
    with_chip("chip.mesh", [](ChipSettings& chip) { chip.neurons_per_core = 3; });  // too few places
    with_chip("chip.neurons_per_core", [](ChipSettings& chip) { chip.neurons_per_core = 0; });
    with_chip("chip.placement", [](ChipSettings& chip) {
        chip.placement = PlacementRule::file;
        chip.file = "/nowhere/place.csv";
    });
    const std::pair<const char*, Picoseconds ChipSettings::*> times[] = {
        {"chip.encode", &ChipSettings::encode}, {"chip.link", &ChipSettings::link},
        {"chip.hop_x", &ChipSettings::hop_x},   {"chip.hop_y", &ChipSettings::hop_y},
        {"chip.decode", &ChipSettings::decode}, {"chip.synapse", &ChipSettings::synapse}};
    for (const auto& time : times) {
        for (const Picoseconds wrong : {Picoseconds{-1}, Picoseconds{2'000'000'000'000'000}})
            with_chip(time.first, [field = time.second, wrong](ChipSettings& chip) { chip.*field = wrong; });
    }
    with_chip("chip.buffer", [](ChipSettings& chip) { chip.buffer = -1; });
    with_chip("chip.full", [](ChipSettings& chip) { chip.full = static_cast<WhenFull>(7); });
    with_chip("chip.placement", [](ChipSettings& chip) { chip.placement = static_cast<PlacementRule>(7); });
    with_chip("chip.slow", [](ChipSettings& chip) { chip.slow = Uniform{-2, 2}; });
}

#undef SETTLE_FIELD

}  // namespace wrong

/// By key, one at least for each key of a run but those that have no wrong values.
inline std::vector<WrongKey> wrong_keys() {
    std::vector<WrongKey> all;
    wrong::add_run_keys(all);
    wrong::add_model_keys(all);
    wrong::add_device_keys(all);
    wrong::add_chip_keys(all);
    return all;
}

/// Keys of which any value is right.
inline const std::vector<std::string> never_wrong = {"data.shuffle", "chip.multicast"};

}  // namespace settle

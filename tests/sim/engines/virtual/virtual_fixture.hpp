// Small networks in virtual time, described as a user describes them: by keys and values.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sim/engines/lockstep/lockstep.hpp"
#include "sim/runs/session/packets.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/engines/virtual/plain_virtual.hpp"

namespace settle {

/// How a run is executed: nothing that a result may depend on.
struct Execution {
    int shard = 0;
    int threads = 1;
    Duration window = 0;
    std::uint32_t ring = 0;
    int tile = usual_tile;
};

struct VirtualRun {
    Scenario scenario;
    Network network;
    Minibatch minibatch;

    /// "key = value; key = value …" laid over a small scenario.
    explicit VirtualRun(const std::string& keys, const std::vector<int>& layers = {20, 18, 6}, int batch = 2)
        : scenario(load(keys, layers, batch)), network(random_network(chain(layers), 2, 21)) {
        const Stream biases(7, Purpose::initial_weights), x(11, Purpose::random_inputs);
        std::uint64_t draw = 0;
        for (std::size_t l = 1; l < layers.size(); ++l) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(layers[l]); ++i)
                network.biases[l][i] = static_cast<float>(0.6 * biases.uniform(draw++) - 0.2);
        }
        const auto padded = static_cast<std::size_t>(padded_size(layers[0]));
        minibatch.x.resize(static_cast<std::size_t>(batch) * padded);
        for (std::size_t b = 0; b < static_cast<std::size_t>(batch); ++b) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(layers[0]); ++i) {
                const double value = x.uniform(b * 4096 + i);
                minibatch.x[b * padded + i] = value < 0.4 ? 0 : static_cast<float>(value);
            }
            minibatch.labels.push_back(static_cast<std::int32_t>(b + 1) % layers.back());
            minibatch.presentations.push_back(PresentationId{PresentationId::Part::train, 3, b}.word());
        }
    }

    static Scenario load(const std::string& keys, const std::vector<int>& layers, int batch) {
        std::string sizes, rates;
        for (const int size : layers) sizes += std::to_string(size) + ",";
        for (std::size_t l = 1; l < layers.size(); ++l) rates += "0.1,";
        const std::string text =
            "[scenario]\nengine = \"virtual\"\n[network]\nlayers = [" + sizes + "]\n[learning]\nrates = [" + rates +
            "]\nbeta_sign = \"fixed\"\nbatch = " + std::to_string(batch) +
            "\n[neuron]\nlambda = \"0.832/t^0.584\"\n[phases]\nfree = 13\nnudged = 6\n[data]\nset = \"random\"\n";
        std::vector<Override> overrides;
        for (std::size_t at = 0; at < keys.size();) {
            const std::size_t end = std::min(keys.find(';', at), keys.size());
            const std::size_t begin = keys.find_first_not_of(' ', at);
            if (begin < end) overrides.push_back(parse_set(keys.substr(begin, end - begin)));
            at = end + 1;
        }
        return load_scenario({"small.toml", "small", "/", text}, overrides).scenario;
    }

    /// The same with a period of so few units of time that everything falls on the same few times.
    void coarsen(Duration period) {
        auto& timing = scenario.timing;
        const double scale = static_cast<double>(period) / static_cast<double>(timing.period);
        for (Distribution* one : {&timing.jitter, &timing.latency_jitter}) {
            const std::vector<std::string> names = Distribution::names();
            const auto kind = std::find(names.begin(), names.end(), one->name()) - names.begin();
            *one = Distribution::around_zero(static_cast<std::size_t>(kind), std::round(scale * one->width()));
        }
        timing.latency = Uniform{std::max(1.0, std::round(scale * timing.latency.least())),
                                 std::max(1.0, std::round(scale * timing.latency.greatest()))};
        timing.period = period;
    }

    Plan plan() const { return training_plan(scenario, scenario.learning.beta); }
    /// The same plan, whose traffic is asked for, too.
    Plan counted(Plan plan) const {
        plan.packets = packet_plan(network, device().dead, plan.tables.get(), true);
        return plan;
    }

    VirtualSettings settings(const Execution& how = {}) const {
        VirtualSettings settings = virtual_settings(scenario);
        settings.shard = how.shard;
        settings.window = how.window;
        settings.ring = how.ring;
        settings.tile = how.tile;
        return settings;
    }

    bool unbounded = false;  ///< as LinkSettings has it

    Device device() const {
        DeviceSettings settings = device_settings(scenario);
        settings.link.unbounded = settings.link.unbounded || unbounded;
        return draw_device(network, settings);
    }

    /// The network as the device has it.
    Network on_chip(WorkerPool& workers) const {
        Network chip = network;
        derive_images(chip, device().dead, false, unbounded ? 0 : 1, workers);
        return chip;
    }

    /// `rows`, if given: one block a branch, in the order of presentations, then of branches.
    Outcome run(const Execution& how = {}, std::vector<TickRows>* rows = nullptr) const {
        return run(plan(), how, rows);
    }
    Outcome run(const Plan& plan, const Execution& how, std::vector<TickRows>* rows = nullptr) const {
        WorkerPool workers(how.threads);
        VirtualSettings engine_settings = settings(how);
        if (plan.tables) engine_settings.script.all = plan.tables->conditions;
        VirtualTime engine(network.wiring, neuron_model(scenario), device(), engine_settings, workers);
        Recorded recorded;
        const Outcome outcome = engine.run(plan, on_chip(workers), minibatch, rows ? recorded.sink() : TickSink());
        CHECK(outcome.counters.size() == static_cast<std::size_t>(network.wiring.populations()));
        CHECK(conserved(outcome.counters));
        if (rows) *rows = recorded.joined();
        return outcome;
    }

    Outcome run_lockstep(std::vector<TickRows>* rows = nullptr) const { return run_lockstep(plan(), rows); }
    Outcome run_lockstep(const Plan& plan, std::vector<TickRows>* rows = nullptr) const {
        WorkerPool workers(1);
        Lockstep engine(network.wiring, neuron_model(scenario), scenario.seed, workers);
        Recorded recorded;
        const Outcome outcome = engine.run(plan, on_chip(workers), minibatch, rows ? recorded.sink() : TickSink());
        if (rows) *rows = recorded.joined();
        return outcome;
    }

    /// The rows of a run, which come in any order of presentations and in pieces.
    struct Recorded {
        std::mutex mutex;
        std::map<std::pair<int, Branch>, TickRows> blocks;

        TickSink sink() {
            return [this](TickRows&& rows) {
                const std::lock_guard lock(mutex);
                TickRows& block = blocks[{rows.presentation, rows.branch}];
                CHECK(rows.first_row == block.rows);
                block.presentation = rows.presentation;
                block.branch = rows.branch;
                block.rows += rows.rows;
                block.states.insert(block.states.end(), rows.states.begin(), rows.states.end());
                block.bits.insert(block.bits.end(), rows.bits.begin(), rows.bits.end());
            };
        }

        std::vector<TickRows> joined() const {
            std::vector<TickRows> rows;
            for (const auto& [key, block] : blocks) rows.push_back(block);
            return rows;
        }
    };
};

inline void check_same(const Counters& a, const Counters& b) {
    CHECK(a.ticks == b.ticks);
    CHECK(a.spikes == b.spikes);
    CHECK(a.messages == b.messages);
    CHECK(a.deliveries == b.deliveries);
    CHECK(a.lost == b.lost);
    CHECK(a.duplicated == b.duplicated);
    CHECK(a.expired == b.expired);
    CHECK(a.synaptic_operations == b.synaptic_operations);
}

inline void check_same(const Outcome& a, const Outcome& b) {
    REQUIRE(a.counters.size() == b.counters.size());
    for (std::size_t l = 0; l < a.counters.size(); ++l) {
        CAPTURE(l);
        check_same(a.counters[l], b.counters[l]);
    }
    CHECK(a.fingerprint == b.fingerprint);
    CHECK(a.answers == b.answers);
    REQUIRE(a.reads.size() == b.reads.size());
    for (std::size_t slot = 0; slot < a.reads.size(); ++slot) {
        CAPTURE(slot);
        CHECK(a.reads[slot].populations == b.reads[slot].populations);
    }
}

/// What plans ask for beside the outcome.
inline void check_same_traffic(const Outcome& a, const Outcome& b) {
    CHECK(a.traffic == b.traffic);
    CHECK(a.efforts == b.efforts);
}

inline void check_same(const std::vector<TickRows>& a, const std::vector<TickRows>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        CAPTURE(i);
        CHECK(a[i].presentation == b[i].presentation);
        CHECK(a[i].branch == b[i].branch);
        REQUIRE(a[i].rows == b[i].rows);
        CHECK(a[i].states == b[i].states);
        CHECK(a[i].bits == b[i].bits);
    }
}

}  // namespace settle

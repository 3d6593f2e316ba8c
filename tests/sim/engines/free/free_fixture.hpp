// Small networks free-running, described as a user describes them: by keys and values.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/engines/free/free_running.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

namespace settle {

/// How a run is executed.
struct FreeExecution {
    int shard = 0;
    int threads = 1;
    std::uint32_t ring = 0;
    int burst = 0;
};

struct FreeRun : VirtualRun {
    explicit FreeRun(const std::string& keys, const std::vector<int>& layers = {20, 18, 6}, int batch = 2)
        : VirtualRun("scenario.engine=free; " + keys, layers, batch) {}

    FreeSettings free_settings_of(const FreeExecution& how) const {
        FreeSettings settings = free_settings(scenario);
        settings.shard = how.shard;
        settings.rules.ring = how.ring;
        settings.rules.burst = how.burst;
        return settings;
    }

    int neurons() const { return network.wiring.neurons(); }

    /// Ticks of every neuron, of all presentations.
    std::uint64_t ticks() const {
        const auto& phases = scenario.phases;
        const bool both = scenario.learning.beta_sign == BetaSign::both;
        const int periods = (phases.free + phases.nudged) * (both ? 2 : 1) + (phases.splitstream ? phases.nudged : 0);
        return static_cast<std::uint64_t>(periods) * static_cast<std::uint64_t>(minibatch.batch() * neurons());
    }

    /// Everything that holds for every run, whatever the machine does.
    void check_laws(const Outcome& outcome, double bits_a_window) const {
        CHECK(conserved(outcome.counters));
        const Counters counters = total(outcome.counters);
        CHECK(counters.expired == 0);
        CHECK(counters.duplicated == 0);
        CHECK(counters.messages == counters.deliveries + counters.lost);
        CHECK(counters.ticks == ticks());
        CHECK(outcome.fingerprint == 0);
        const Asynchrony& seen = outcome.asynchrony;
        CHECK(seen.lead_max <= static_cast<std::uint64_t>(scenario.free.max_lead));
        CHECK(static_cast<double>(seen.source_max) <= bits_a_window);
        CHECK(seen.flight_max <= counters.messages);
        for (const BatchStates& slot : outcome.reads) {
            for (const auto& population : slot.populations) {
                for (const float s : population) CHECK((s >= 0 && s <= 1));
            }
        }
    }

    Outcome run(const FreeExecution& how = {}) const {
        WorkerPool workers(how.threads);
        FreeRunning engine(network.wiring, neuron_model(scenario), device(), free_settings_of(how), workers);
        const Outcome outcome = engine.run(plan(), on_chip(workers), minibatch);
        check_laws(outcome, engine.bits_a_window());
        return outcome;
    }

    Outcome run_recorded(const FreeExecution& how, std::vector<TickRows>& rows) const {
        WorkerPool workers(how.threads);
        FreeRunning engine(network.wiring, neuron_model(scenario), device(), free_settings_of(how), workers);
        Recorded recorded;
        const Outcome outcome = engine.run(plan(), on_chip(workers), minibatch, recorded.sink());
        rows = recorded.joined();
        return outcome;
    }
};

}  // namespace settle

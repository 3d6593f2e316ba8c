// Who sends packets, and for how long a plan lives.
#include "sim/runs/session/packets.hpp"

#include <doctest/doctest.h>

#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/free/free_fixture.hpp"
#include "tests/sim/engines/scripted.hpp"

using namespace settle;

TEST_CASE("a neuron sends packets if a link that lives leads to somebody who listens") {
    const Network network = graph_network("mixed");
    const Wiring& wiring = network.wiring;
    std::vector<bool> heard(static_cast<std::size_t>(wiring.neurons()));
    for (int k = 0; k < wiring.projections(); ++k) {
        const ProjectionSpec& ends = wiring.projection(k);
        network.projections[static_cast<std::size_t>(k)].visit_links([&](int i, int j, float /*weight*/) {
            heard[static_cast<std::size_t>(wiring.first_neuron(ends.pre) + i)] = true;
            if (ends.pre != wiring.input()) heard[static_cast<std::size_t>(wiring.first_neuron(ends.post) + j)] = true;
        });
    }
    PlanTables tables;
    tables.dead = {every_nth_link(network, 1), every_nth_link(network, 1000)};
    const auto plan = packet_plan(network, {}, &tables, true);
    REQUIRE(plan->tables.size() == 3);
    for (std::size_t i = 0; i < heard.size(); ++i) {
        CHECK(plan->table(-1).each[i] == Traffic{heard[i] ? 1u : 0u, 0, 0, 0});
        CHECK(plan->table(0).each[i] == Traffic());
        CHECK(plan->table(1).each[i] == plan->table(-1).each[i]);
    }
    CHECK(plan->table(0).even == std::vector<bool>(4, true));
}

TEST_CASE("inputs whose links are all dead send no packets, on every engine") {
    for (const std::string engine : {"lockstep", "virtual", "free"}) {
        CAPTURE(engine);
        VirtualRun run("timing.latency=1");
        DeadLinks dead;
        // Only the first three inputs are heard.
        for (const Projection& projection : run.network.projections)
            dead.push_back(projection.mask_where([&](int i, int /*j*/) { return dead.empty() && i >= 3; }));
        Plan plan = run.plan();
        plan.packets = packet_plan(run.network, dead, nullptr, true);
        CHECK(!plan.packets->table(-1).even[0]);
        CHECK(plan.packets->table(-1).even[1]);
        std::vector<TickRows> rows;
        Outcome outcome;
        if (engine == "free") {
            FreeRun hardware("");
            WorkerPool workers(2);
            VirtualRun::Recorded recorded;
            FreeRunning free(run.network.wiring, neuron_model(run.scenario), hardware.device(),
                             hardware.free_settings_of({7, 2, 0, 0}), workers);
            outcome = free.run(plan, run.on_chip(workers), run.minibatch, recorded.sink());
            rows = recorded.joined();
        } else {
            outcome = engine == "lockstep" ? run.run_lockstep(plan, &rows) : run.run(plan, {7, 2, 0, 0}, &rows);
        }
        std::uint64_t sent = 0;
        const auto neurons = static_cast<std::size_t>(run.network.wiring.neurons());
        for (const TickRows& block : rows) {
            for (std::size_t i = 0; i < block.bits.size(); ++i) sent += i % neurons < 3 ? block.bits[i] : 0;
        }
        CHECK(sent > 0);
        CHECK(outcome.traffic[0].encodes == sent);
        for (std::size_t p = 1; p < 3; ++p) CHECK(outcome.traffic[p].encodes == outcome.counters[p].spikes);
        std::uint64_t decodes = 0;
        for (const Traffic& one : outcome.traffic) decodes += one.decodes;
        CHECK(decodes == total(outcome.counters).deliveries);
        // The free phase, period by period, is what has happened up to then.
        const auto periods = static_cast<std::size_t>(plan.free);
        REQUIRE(outcome.efforts.size() == 2 * periods);
        for (std::size_t k = 0; k < 2 * periods; ++k) {
            const Effort& effort = outcome.efforts[k];
            CHECK(effort.ticks == (k % periods + 1) * neurons);
            if (k % periods == 0) continue;
            CHECK(effort.spikes >= outcome.efforts[k - 1].spikes);
            CHECK(effort.traffic.decodes >= outcome.efforts[k - 1].traffic.decodes);
        }
    }
}

TEST_CASE("time is that of all branches") {
    const auto periods = [](const std::string& keys, bool replayed) {
        return branch_periods(VirtualRun(keys).plan(), replayed);
    };
    CHECK(periods("", false) == 19);
    CHECK(periods("phases.splitstream=true", false) == 25);
    CHECK(periods("learning.beta_sign=both", false) == 25);
    CHECK(periods("learning.beta_sign=both", true) == 38);
    CHECK(branch_periods(evaluation_plan(VirtualRun("").scenario), true) == 13);
}

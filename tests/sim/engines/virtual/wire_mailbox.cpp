// Wires with a latency each: a bit that is said once to all of them does what so many messages do.
#include <doctest/doctest.h>

#include <random>

#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

/// Every message is sent and kept by itself where somebody wants to see all of them: the plain way.
Outcome run_plainly(const VirtualRun& run, const Plan& plan, const Execution& how, std::vector<TickRows>* rows) {
    WorkerPool workers(how.threads);
    VirtualSettings settings = run.settings(how);
    if (plan.tables) settings.script.all = plan.tables->conditions;
    VirtualTime engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
    VirtualRun::Recorded recorded;
    EventSink all;
    std::uint64_t seen = 0;
    std::mutex mutex;
    all.messages = true;
    all.take = [&](EventRows&& some) {
        const std::lock_guard lock(mutex);
        seen += some.messages.size();
    };
    const Outcome outcome =
        engine.run(plan, run.on_chip(workers), run.minibatch, rows ? recorded.sink() : TickSink(), nullptr, all);
    const Counters counters = total(outcome.counters);
    CHECK(seen == counters.messages + counters.duplicated);
    if (rows) *rows = recorded.joined();
    return outcome;
}

std::string choose(std::mt19937& random, const std::vector<std::string>& some) {
    return some[random() % some.size()];
}

/// `crowds`: bits may crowd so that only sums of 64 bits hold them.
std::string random_keys(std::mt19937& random, bool crowds) {
    std::vector<std::string> jitters = {"0", "0.02", "0.1", "0.7", "{distribution=\"normal\",width=0.2}"};
    if (crowds) jitters.insert(jitters.end(), {"12", "{width=0.1,accumulate=true}"});
    const std::vector<std::string> latencies = {
        "1", "0.2", "{low=0.3,high=0.6}", "{low=\"1 ns\",high=0.4}", "{low=0.9,high=7}", "{low=20,high=45}"};
    return "timing.scope=synapse; timing.jitter=" + choose(random, jitters) +
           "; timing.latency=" + choose(random, latencies) + "; timing.phase=" + choose(random, {"random", "aligned"}) +
           "; timing.drift=" + choose(random, {"0", "0.05", crowds ? "0.6" : "0"}) +
           "; timing.loss=" + choose(random, {"0", "0", "0.1", "1"}) +
           "; timing.duplication=" + choose(random, {"0", "0", "0.2"}) +
           "; timing.latency_jitter=" + choose(random, {"0", "0", "0.5", "{distribution=\"normal\",width=0.3}"}) +
           "; faults.dead_links=" + choose(random, {"0", "0.2"}) + "; " +
           choose(random, {"phases.splitstream=true", "learning.beta_sign=both", "phases.nudged=3"}) + "; " +
           choose(random, {"phases.free=13", "phases.free=30"});
}

/// Other latencies, losses and jitter in the middle of both phases, and links that die.
void add_events(std::mt19937& random, const VirtualRun& run, Plan& plan) {
    auto tables = std::make_shared<PlanTables>();
    Conditions own = conditions_of(run.device().settings), other = own;
    const auto period = static_cast<double>(run.scenario.timing.period);
    other.latency = Uniform{0.2 * period, 1.3 * period};
    other.loss = random() % 2 ? 0.3 : own.loss;
    tables->conditions = {own, other};
    tables->dead = {every_nth_link(run.network, 3)};
    plan.tables = tables;
    add_instant(plan, Alter{2, Branch::main, 1});
    add_instant(plan, Sever{5, Branch::main, 0});
    add_instant(plan, Alter{9, Branch::main, 0});
    add_instant(plan, Alter{14, Branch::main, 1});
}

}  // namespace

TEST_CASE("a bit that is said once does what a message to every target does, for random hardware and executions") {
    std::mt19937 random(20);
    for (int trial = 0; trial < 120; ++trial) {
        const bool crowds = trial % 2 == 1;
        const std::string keys = random_keys(random, crowds);
        CAPTURE(trial);
        CAPTURE(keys);
        const std::vector<std::vector<int>> networks = {{40, 37, 10}, {20, 18, 6}, {30, 16, 17, 3}, {9, 50}};
        VirtualRun run(keys, networks[random() % networks.size()], 2);
        run.unbounded = crowds;
        Plan plan = run.plan();
        if (trial % 3 == 0) add_events(random, run, plan);
        if (trial % 4 == 1) plan = run.counted(plan);
        const Execution how{static_cast<int>(random() % 4 == 0 ? 1 : random() % 30), static_cast<int>(1 + random() % 3),
                            random() % 4 == 0 ? Duration{150'000} : 0, random() % 3 == 0 ? 1U : 0U};
        CAPTURE(how.shard);
        std::vector<TickRows> expected_rows, rows;
        const Outcome expected = run_plainly(run, plan, {0, 1, 0, 0}, &expected_rows);
        const Outcome found = run.run(plan, how, &rows);
        check_same(found, expected);
        check_same(rows, expected_rows);
        check_same_traffic(found, expected);
    }
}

TEST_CASE("wires keep time for long, whoever is behind, and where latencies are too long to be kept once") {
    // Offsets of 32 bits begin anew every 268 periods of 1 ms; a latency of 600 does not fit.
    for (const std::string keys : {"phases.free=700; timing.jitter=0.3; timing.latency={low=0.3,high=9}",
                                   "phases.free=650; timing.jitter=14; timing.latency=0.4",
                                   "phases.free=620; timing.jitter=0.1; timing.latency={low=590,high=600}"}) {
        CAPTURE(keys);
        const VirtualRun run("timing.scope=synapse; timing.phase=random; phases.splitstream=true; " + keys, {7, 5, 3},
                             1);
        PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
        const Outcome expected = plain.run(run.plan(), run.minibatch);
        REQUIRE(total(expected.counters).deliveries > 0);
        check_same(run.run(), expected);
        check_same(run.run({3, 2, 0, 0}), expected);
    }
}

TEST_CASE("what a bit becomes on each of its wires is the fate that each message by itself has") {
    LinkSettings link;
    link.scope = Scope::synapse;
    for (const double loss : {0.0, 0.3, 1.0}) {
        for (const double duplication : {0.0, 0.4, 1.0}) {
            for (const Distribution& jitter :
                 {Distribution(), Distribution(Uniform{-2e5, 3e5}), Distribution(Normal{0, 1e5})}) {
                link.loss = loss;
                link.duplication = duplication;
                link.latency_jitter = jitter;
                const MessageNoise noise(link, 3, 17, 1);
                std::uint32_t sources[panel_width], targets[panel_width];
                for (std::uint32_t i = 0; i < panel_width; ++i) {
                    sources[i] = 5;
                    targets[i] = 100 + 7 * i;
                }
                for (const std::int64_t tick : {1, 2, 150}) {
                    const MessagesPassed first = noise.pass(sources, targets, tick, false),
                                         copy = noise.pass(sources, targets, tick, true);
                    for (std::uint32_t i = 0; i < panel_width; ++i) {
                        const MessageFate fate = noise.fate(sources[i], targets[i], tick);
                        const bool twice = first.duplicated >> i & 1, lost = first.lost >> i & 1;
                        const bool copy_lost = twice && (copy.lost >> i & 1);
                        REQUIRE(fate.duplicated() == (twice ? 1 : 0));
                        REQUIRE(fate.original_lost == lost);
                        REQUIRE(fate.lost == (lost ? 1 : 0) + (copy_lost ? 1 : 0));
                        int passed = 0;
                        if (!lost) REQUIRE(fate.extra[passed++] == first.extra[i]);
                        if (twice && !copy_lost) REQUIRE(fate.extra[passed++] == copy.extra[i]);
                    }
                }
            }
        }
    }
}

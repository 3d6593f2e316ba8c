// Events within presentations in virtual time: judged by the simulation event by event, and by lockstep.
#include <doctest/doctest.h>

#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

constexpr Duration ms = 1'000'000;

const std::vector<Execution> executions = {
    {1, 3, 0, 1}, {7, 2, 0, 2}, {0, 3, 0, 0}, {1000, 1, ms / 7, 1}, {7, 3, 0, 1}};

/// A small network whose plan has events, and further inputs for them.
struct ScriptedRun : VirtualRun {
    Plan script;
    std::shared_ptr<PlanTables> tables = std::make_shared<PlanTables>();

    explicit ScriptedRun(const std::string& keys, const std::vector<int>& layers = {40, 18, 6}, int batch = 2)
        : VirtualRun(keys, layers, batch), script(plan()) {
        // Weights that all conditions together allow.
        for (Projection& projection : network.projections) {
            std::vector<float> weights = projection.to_array();
            for (float& weight : weights) weight *= 0.2f;
            projection.from_array(weights);
        }
        add_nexts(minibatch, layers.front(), layers.back(), 4, 3);
        const Conditions own = conditions_of(device_settings(scenario));
        tables->conditions = {own, other_conditions(own), crowded_conditions(own), lossy_conditions(own)};
        tables->silent = {{}, every_nth(network.wiring, 3, 0), every_nth(network.wiring, 5, 2)};
        const DeadLinks dead = device().dead;
        tables->dead = {dead, both(dead, every_nth_link(network, 3)), both(dead, every_nth_link(network, 2))};
        script.tables = tables;
    }

    static Conditions other_conditions(Conditions conditions) {
        conditions.jitter = Normal{0, 0.2 * ms};
        conditions.latency = Uniform{0.2 * ms, 1.7 * ms};
        conditions.latency_jitter = Uniform{-0.1 * ms, 0.4 * ms};
        conditions.duplication = 0.2;
        return conditions;
    }
    static Conditions crowded_conditions(Conditions conditions) {
        conditions.jitter = Uniform{-1.1 * ms, 0.9 * ms};
        conditions.latency = Uniform{1, 0.05 * ms};
        return conditions;
    }
    static Conditions lossy_conditions(Conditions conditions) {
        conditions.loss = 0.4;
        return conditions;
    }

    /// Judged with all rows recorded, then in other ways by turns.
    void judge(int others = 2) const {
        static std::size_t turn = 0;
        PlainVirtual plain(network, neuron_model(scenario), device_settings(scenario), scenario.seed);
        std::vector<TickRows> expected_rows, rows;
        const Outcome expected = plain.run(script, minibatch, &expected_rows);
        REQUIRE(conserved(expected.counters));
        check_same(run(script, {}, &rows), expected);
        check_same(rows, expected_rows);
        for (int i = 0; i < others; ++i) {
            const Execution& how = executions[turn++ % executions.size()];
            INFO("shard " << how.shard << ", threads " << how.threads << ", window " << how.window << ", ring "
                          << how.ring);
            // Every other time all traffic is counted, which changes nothing else.
            const bool counts = i % 2 == 0 && minibatch.plans.empty();
            const Outcome outcome = run(counts ? counted(script) : script, how);
            check_same(outcome, expected);
            if (counts) check_same_traffic(outcome, expected);
        }
    }
};

using Script = std::vector<Instant>;
constexpr Branch any = Branch::main;

const std::vector<std::pair<const char*, Script>> scripts = {
    {"present", {Present{4, any, 0}, Present{9, any, 1}, Present{14, any, 2}, Present{16, any, 3}}},
    {"present at once and again", {Present{0, any, 1}, Present{1, any, 0}, Present{13, any, 3}, Present{13, any, 2}}},
    {"silence", {Silence{0, any, 1}, Silence{3, any, 2}, Silence{9, any, -1}, Silence{14, any, 1}}},
    {"sever", {Sever{3, any, 1}, Sever{6, any, 2}, Sever{10, any, -1}, Sever{13, any, 0}, Sever{15, any, 2}}},
    {"alter",
     {Alter{2, any, 1}, Alter{6, any, 2}, Alter{9, any, 3}, Alter{13, any, 1}, Alter{15, any, 0}, Alter{17, any, 2}}},
    {"alter at once", {Alter{0, any, 2}, Alter{8, any, 0}}},
    {"all",
     {Alter{0, any, 1}, Present{2, any, 1}, Sever{2, any, 1}, Silence{4, any, 2}, Nudge{4, any, 0.5f}, Alter{5, any, 2},
      Present{7, any, 2}, Sever{7, any, -1}, Nudge{9, any, 0}, Silence{9, any, -1}, Alter{11, any, 3},
      Present{13, any, 0}, Sever{13, any, 2}, Alter{13, any, 1}, Silence{16, any, 1}, Present{16, any, 1},
      Sever{17, any, 0}}},
};

}  // namespace

TEST_CASE("events in virtual time equal a simulation event by event, for every noise, link and scope") {
    for (const std::string link : {"pulse", "level"}) {
        for (const std::string scope : {"axon", "synapse"}) {
            for (const std::string noise :
                 {"",
                  "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
                  "timing.jitter={width=0.2,accumulate=true}; timing.latency=0.4; learning.beta_sign=both",
                  "timing.jitter=1.5; timing.drift=0.1; timing.latency_jitter=0.5; phases.splitstream=true;"
                  "phases.readout={mean=4}; faults.stuck_at_one=0.1; faults.dead_links=0.2; timing.loss=0.1"}) {
                for (const auto& [called, script] : scripts) {
                    const std::string name = called;  // a binding cannot be captured
                    const std::string keys = "timing.link=" + link + "; timing.scope=" + scope + "; " + noise;
                    CAPTURE(keys);
                    INFO("script: " << name);
                    ScriptedRun run(keys);
                    for (const Instant& one : script) add_instant(run.script, one);
                    run.judge();
                }
            }
        }
    }
}

TEST_CASE("inputs that a presentation brings in later are as if they had been simulated always") {
    // Each quantizer remembers something else of an input that was above 0; clocks that nobody simulated stand where
    // their draws say.
    for (const QuantizerRow& row : quantizer_table) {
        const std::string quantizer = row.word;
        for (const std::string noise :
             {"timing.jitter=0.1; timing.phase=random", "timing.jitter=1.4; timing.phase=random; timing.drift=0.3",
              "timing.jitter={distribution=\"normal\",width=0.2}", "timing.drift=0.2", "faults.stuck_at_one=0.1"}) {
            for (const bool predictive : {false, true}) {
                ScriptedRun run("phases.splitstream=true; neuron.quantizer=" + quantizer + "; " + noise, {70, 9, 4});
                CAPTURE(quantizer);
                CAPTURE(noise);
                CAPTURE(predictive);
                if (!predictive) run.scenario.neuron.lambda.reset();
                for (const Instant& one : scripts[0].second) add_instant(run.script, one);
                run.judge(1);
            }
        }
    }
}

TEST_CASE("law 3 through events: without noise virtual time equals lockstep") {
    for (const QuantizerRow& row : quantizer_table) {
        const std::string quantizer = row.word;
        for (const std::string phases :
             {"phases.splitstream=true", "learning.beta_sign=both; phases.readout={mean=3}", "phases.free=13"}) {
            for (const std::string link :
                 {"", "timing.link=level", "timing.scope=synapse", "timing.link=level; timing.scope=synapse"}) {
                ScriptedRun run("neuron.quantizer=" + quantizer + "; " + phases + "; " + link);
                CAPTURE(quantizer);
                CAPTURE(phases);
                CAPTURE(link);
                for (const auto& [called, script] : scripts) {
                    const std::string name = called;  // a binding cannot be captured
                    for (const Instant& one : script) {
                        // Conditions that are not the device's own are what lockstep does not have.
                        if (!std::holds_alternative<Alter>(one)) add_instant(run.script, one);
                    }
                }
                std::vector<TickRows> expected_rows, rows;
                const Outcome expected = run.run_lockstep(run.script, &expected_rows);
                const Outcome found = run.run(run.script, {7, 2, 0, 0}, &rows);
                CHECK(found.fingerprint == expected.fingerprint);
                CHECK(found.answers == expected.answers);
                for (std::size_t slot = 0; slot < expected.reads.size(); ++slot)
                    CHECK(found.reads[slot].populations == expected.reads[slot].populations);
                check_same(rows, expected_rows);
                if (link.empty()) check_same(found, expected);
            }
        }
    }
}

namespace {

const std::vector<std::pair<const char*, Script>> restarts = {
    {"present", scripts[0].second},
    {"restart",
     {Restart{0, any, -1}, Restart{3, any, 1}, Restart{7, any, 0}, Restart{13, any, -1}, Restart{15, any, 2}}},
    {"both",
     {Present{2, any, 0}, Restart{3, any, 0}, Present{6, any, 1}, Restart{6, any, -1}, Present{12, any, 2},
      Restart{15, any, 0}, Present{15, any, 0}, Restart{16, any, 2}}},
};
const std::string surprise =
    "neuron.restart={rule=\"surprise\",gain=0.4,spread=0.2,threshold=1,pause=2,to=3,input=0.2}";
const std::string warmed_surprise =
    "neuron.restart={rule=\"warmed-surprise\",gain=0.4,spread=0.05,threshold=0.7,pause=2,to=1,input=0.2}";
const std::vector<std::string> rules = {"neuron.restart=never", "neuron.restart=announced", surprise, warmed_surprise};

}  // namespace

TEST_CASE("annealing that begins anew equals a simulation event by event, for every rule and noise") {
    for (const std::string& rule : rules) {
        for (const std::string step : {"", "neuron.epsilon={rule=\"osa\"}"}) {
            for (const std::string noise :
                 {"timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
                  "timing.link=level; timing.jitter={width=0.2,accumulate=true}; learning.beta_sign=both",
                  "timing.scope=synapse; timing.jitter=0.8; timing.drift=0.2; timing.phase=random; timing.loss=0.1"}) {
                for (const auto& [called, script] : restarts) {
                    const std::string name = called;  // a binding cannot be captured
                    const std::string keys = rule + "; " + step + "; " + noise;
                    CAPTURE(keys);
                    INFO("script: " << name);
                    ScriptedRun run(keys);
                    for (const Instant& one : script) add_instant(run.script, one);
                    run.judge();
                }
            }
        }
    }
}

TEST_CASE("law 3 through restarts: without noise virtual time equals lockstep") {
    for (const std::string& rule : rules) {
        for (const std::string step : {"", "neuron.epsilon={rule=\"kesten\"}", "neuron.quantizer=stochastic"}) {
            for (const auto& [called, script] : restarts) {
                const std::string name = called;  // a binding cannot be captured
                ScriptedRun run(rule + "; " + step + "; phases.splitstream=true", {70, 18, 6});
                CAPTURE(rule);
                CAPTURE(step);
                INFO("script: " << name);
                for (const Instant& one : script) add_instant(run.script, one);
                std::vector<TickRows> expected_rows, rows;
                const Outcome expected = run.run_lockstep(run.script, &expected_rows);
                const Outcome found = run.run(run.script, {7, 2, 0, 0}, &rows);
                CHECK(found.fingerprint == expected.fingerprint);
                check_same(rows, expected_rows);
            }
        }
    }
}

TEST_CASE("announced is a restart at every other input; a threshold that nothing reaches is never") {
    const std::string noise = "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; ";
    ScriptedRun never(noise), announced(noise + "neuron.restart=announced"), restarted(noise);
    ScriptedRun warmed(noise + warmed_surprise);
    ScriptedRun deaf(noise + "neuron.restart={rule=\"surprise\",threshold=1e6,input=1}"), surprised(noise + surprise);
    for (const Instant& one : scripts[0].second) {
        for (ScriptedRun* run : {&never, &announced, &restarted, &deaf, &surprised, &warmed})
            add_instant(run->script, one);
        add_instant(restarted.script, Restart{period_of(one), any, -1});
    }
    const std::uint64_t plain = never.run(never.script, {}).fingerprint;
    CHECK(deaf.run(deaf.script, {}).fingerprint == plain);
    CHECK(deaf.run_lockstep(deaf.script).fingerprint == never.run_lockstep(never.script).fingerprint);
    const std::uint64_t anew = announced.run(announced.script, {}).fingerprint;
    CHECK(anew != plain);
    CHECK(anew == restarted.run(restarted.script, {}).fingerprint);
    const std::uint64_t with_surprise = surprised.run(surprised.script, {}).fingerprint;
    CHECK(with_surprise != plain);
    const std::uint64_t with_warmed_surprise = warmed.run(warmed.script, {}).fingerprint;
    CHECK(with_warmed_surprise != plain);
    CHECK(with_warmed_surprise != with_surprise);
}

TEST_CASE("an event of size 0 changes no bit") {
    for (const std::string link : {"pulse", "level"}) {
        const std::string keys =
            "timing.jitter=0.2; timing.phase=random; timing.latency={low=0.3,high=0.6};"
            "timing.loss=0.05; faults.dead_links=0.1; phases.splitstream=true; timing.link=" +
            link;
        ScriptedRun run(keys);
        const Outcome plain = run.run();
        for (const std::int64_t period : {0, 5, 13, 16}) {
            for (const Instant& event :
                 Script{Alter{period, any, 0}, Silence{period, any, 0}, Silence{period, any, -1}, Sever{period, any, 0},
                        Sever{period, any, -1}, Present{period, any, 3}}) {
                CAPTURE(period);
                CAPTURE(event.index());
                Plan plan = run.script;
                add_instant(plan, event);
                check_same(run.run(plan, {7, 2, 0, 1}), plain);
            }
        }
        // And those of another size do.
        for (const Instant& event :
             Script{Alter{5, any, 1}, Silence{5, any, 1}, Sever{5, any, 1}, Present{5, any, 0}}) {
            CAPTURE(event.index());
            Plan plan = run.script;
            add_instant(plan, event);
            CHECK(run.run(plan, {}).fingerprint != plain.fingerprint);
        }
    }
}

TEST_CASE("conditions that come at period 0 are those of the whole presentation") {
    for (const std::string scope : {"axon", "synapse"}) {
        ScriptedRun run("timing.jitter=0.1; timing.latency={low=0.3,high=0.6}; timing.phase=random; timing.scope=" +
                        scope);
        add_instant(run.script, Alter{0, any, 1});
        VirtualRun always = run;
        auto& timing = always.scenario.timing;
        const Conditions& other = run.tables->conditions[1];
        timing.jitter = other.jitter;
        timing.latency = other.latency;
        timing.latency_jitter = other.latency_jitter;
        timing.duplication = other.duplication;
        check_same(run.run(run.script, {}), always.run());
    }
}

TEST_CASE("loss 1 from period 3 to 7: what is sent then never arrives, and nothing else is lost") {
    // One input at 1 fires at every tick, aligned: at 0.5, 1.5, … ms; its bits take a period.
    ScriptedRun run("neuron.quantizer=threshold; phases.free=10; phases.nudged=1", {1, 1}, 1);
    run.scenario.neuron.lambda.reset();
    run.minibatch.x[0] = 1;
    run.tables->conditions[1].loss = 1;
    run.tables->conditions[1] = run.tables->conditions[0];
    run.tables->conditions[1].loss = 1;
    add_instant(run.script, Alter{3, any, 1});
    add_instant(run.script, Alter{7, any, 0});
    const Outcome outcome = run.run(run.script, {});
    const Counters& counter = outcome.counters[1];
    CHECK(counter.messages == 11);   // of the ticks at 0.5 … 10.5 ms
    CHECK(counter.lost == 4);        // those at 3.5, 4.5, 5.5 and 6.5 ms
    CHECK(counter.deliveries == 6);  // those of 0.5, 1.5, 2.5, 7.5, 8.5 and 9.5 ms, the last at 10.5 ms
    CHECK(counter.expired == 1);
}

TEST_CASE("presentations of a minibatch may have plans of their own") {
    ScriptedRun run("timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}", {40, 18, 6}, 3);
    Plan longest = run.script;
    for (int b = 0; b < 3; ++b) {
        Plan own = run.script;
        if (b == 1) {
            own = evaluation_plan(run.scenario);
            own.tables = run.tables;
        }
        add_instant(own, Present{4 + b, any, b});
        if (b == 2) add_instant(own, Sever{6, any, 1});
        run.minibatch.plans.push_back(own);
    }
    run.judge(4);
    VirtualRun counting = run;
    for (Plan& own : counting.minibatch.plans) own = run.counted(own);
    PlainVirtual plain(run.network, neuron_model(run.scenario), device_settings(run.scenario), run.scenario.seed);
    check_same_traffic(counting.run(run.counted(longest), {7, 2, 0, 0}), plain.run(longest, run.minibatch));
    WorkerPool workers(2);
    Lockstep engine(run.network.wiring, neuron_model(run.scenario), run.scenario.seed, workers);
    const Outcome outcome = engine.run(longest, run.on_chip(workers), run.minibatch);
    // The second presentation has no nudged phase: nothing of it is in the slot.
    const float* none = outcome.reads[Slots::nudged].of(1, 1);
    CHECK(std::all_of(none, none + 18, [](float s) { return s == 0; }));
    run.minibatch.plans[0].periods = longest.periods + 1;
    CHECK_THROWS_WITH(engine.run(longest, run.on_chip(workers), run.minibatch), doctest::Contains("minibatch.plans"));
}

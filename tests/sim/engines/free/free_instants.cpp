// Events within presentations, free-running.
#include <doctest/doctest.h>

#include "tests/sim/engines/free/free_fixture.hpp"
#include "tests/sim/engines/scripted.hpp"

using namespace settle;

namespace {

struct ScriptedFreeRun : FreeRun {
    Plan script;
    std::shared_ptr<PlanTables> tables = std::make_shared<PlanTables>();

    explicit ScriptedFreeRun(const std::string& keys) : FreeRun(keys, {40, 18, 6}, 3), script(plan()) {
        add_nexts(minibatch, 40, 6, 3);
        tables->conditions.resize(2, conditions_of(device_settings(scenario)));
        tables->silent = {every_nth(network.wiring, 3, 0)};
        tables->dead = {every_nth_link(network, 2)};
        script.tables = tables;
        for (const Instant& one : {Instant(Present{4, Branch::main, 0}), Instant(Silence{4, Branch::main, 0}),
                                   Instant(Present{9, Branch::main, 1}), Instant(Nudge{9, Branch::main, 0.3f}),
                                   Instant(Silence{13, Branch::main, -1}), Instant(Present{15, Branch::main, 2}),
                                   Instant(Silence{17, Branch::main, 0})})
            add_instant(script, one);
    }

    Outcome run(const FreeExecution& how, std::vector<TickRows>* rows = nullptr) const {
        WorkerPool workers(how.threads);
        FreeRunning engine(network.wiring, neuron_model(scenario), device(), free_settings_of(how), workers);
        Recorded recorded;
        const Outcome outcome = engine.run(script, on_chip(workers), minibatch, rows ? recorded.sink() : TickSink());
        check_laws(outcome, engine.bits_a_window());
        if (rows) *rows = recorded.joined();
        return outcome;
    }
};

}  // namespace

TEST_CASE("one shard that holds all neurons is lockstep through events, branches that replay them included") {
    for (const QuantizerRow& row : quantizer_table) {
        const std::string quantizer = row.word;
        for (const std::string phases : {"phases.splitstream=true", "learning.beta_sign=both", ""}) {
            const ScriptedFreeRun run("neuron.quantizer=" + quantizer + "; " + phases);
            CAPTURE(quantizer);
            CAPTURE(phases);
            std::vector<TickRows> expected_rows, rows;
            const Outcome expected = run.run_lockstep(run.script, &expected_rows);
            const Outcome found = run.run({1000, 1, 0, 0}, &rows);
            CHECK(found.answers == expected.answers);
            for (std::size_t slot = 0; slot < expected.reads.size(); ++slot)
                CHECK(found.reads[slot].populations == expected.reads[slot].populations);
            check_same(rows, expected_rows);
        }
    }
}

TEST_CASE("one shard that holds all neurons is lockstep through restarts") {
    for (const std::string rule : {"neuron.restart=never", "neuron.restart=announced",
                                   "neuron.restart={rule=\"surprise\",gain=0.4,spread=0.2,threshold=1,pause=2,to=3}"}) {
        for (const std::string phases : {"phases.splitstream=true", "learning.beta_sign=both"}) {
            ScriptedFreeRun run(rule + "; " + phases);
            for (const Instant& one : {Instant(Restart{3, Branch::main, 1}), Instant(Restart{9, Branch::main, -1}),
                                       Instant(Restart{14, Branch::main, 0})})
                add_instant(run.script, one);
            CAPTURE(rule);
            CAPTURE(phases);
            std::vector<TickRows> expected_rows, rows;
            run.run_lockstep(run.script, &expected_rows);
            run.run({1000, 1, 0, 0}, &rows);
            check_same(rows, expected_rows);
        }
    }
}

TEST_CASE("law 6 through events, for any shards, rings and threads; dead links and losses come and go") {
    for (const std::string phases : {"phases.splitstream=true", "learning.beta_sign=both; free.max_lead=1"}) {
        ScriptedFreeRun run(phases);
        run.tables->conditions[1].loss = 1;
        add_instant(run.script, Sever{5, Branch::main, 0});
        add_instant(run.script, Alter{7, Branch::main, 1});
        add_instant(run.script, Alter{8, Branch::main, 0});
        add_instant(run.script, Sever{12, Branch::main, -1});
        for (const FreeExecution& how : {FreeExecution{0, 1, 0, 0}, {1, 3, 1, 1}, {7, 2, 2, 3}, {3, 4, 1, 50}}) {
            const Outcome outcome = run.run(how);
            CHECK(total(outcome.counters).lost > 0);
            CHECK(total(outcome.counters).lost < total(outcome.counters).messages / 4);
        }
    }
}

TEST_CASE("with all links dead nobody but the input fires any more, free-running") {
    // Without bias a neuron that hears nothing goes to 0.
    ScriptedFreeRun run("neuron.epsilon=1; neuron.quantizer=threshold");
    run.scenario.neuron.lambda.reset();
    for (auto& biases : run.network.biases) std::fill(biases.begin(), biases.end(), 0.0f);
    run.tables->dead[0] = every_nth_link(run.network, 1);
    run.script = evaluation_plan(run.scenario);
    run.script.tables = run.tables;
    add_instant(run.script, Sever{6, Branch::main, 0});
    for (const int shard : {1, 7, 1000}) {
        std::vector<TickRows> rows;
        WorkerPool workers(2);
        FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(),
                           run.free_settings_of({shard, 2, 0, 0}), workers);
        const Outcome outcome = engine.run(run.script, run.on_chip(workers), run.minibatch);
        for (const int p : {1, 2}) {
            const auto& s = outcome.reads[Slots::free].populations[static_cast<std::size_t>(p)];
            CHECK(std::all_of(s.begin(), s.end(), [](float value) { return value == 0; }));
        }
    }
}

TEST_CASE("conditions that a machine does not have are refused by their key") {
    ScriptedFreeRun run("");
    const Conditions own = run.tables->conditions[0];
    const auto message = [&](const Conditions& conditions) {
        run.tables->conditions[1] = conditions;
        try {
            run.run({});
        } catch (const Error& error) {
            CHECK(error.blame() == Blame::input);
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(message(own).empty());
    Conditions other = own;
    other.jitter = Uniform{-1000, 1000};
    CHECK(message(other).find("timing.jitter") != std::string::npos);
    other = own;
    other.latency = Uniform{1000, 1000};
    CHECK(message(other).find("timing.latency") != std::string::npos);
    other = own;
    other.latency_jitter = Uniform{0, 1000};
    CHECK(message(other).find("timing.latency_jitter") != std::string::npos);
    other = own;
    other.duplication = 0.5;
    CHECK(message(other).find("timing.duplication") != std::string::npos);
    other = own;
    other.loss = 1.5;
    CHECK(message(other).find("timing.loss") != std::string::npos);
}

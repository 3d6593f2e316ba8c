#include "sim/engines/free/free_running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "tests/sim/engines/free/free_fixture.hpp"

using namespace settle;

namespace {

using Layers = std::vector<int>;

void sleep_ms(int time) {
    std::this_thread::sleep_for(std::chrono::milliseconds(time));
}

/// Threads of this process, among them one that the thread sanitizer starts for itself together with the first other.
std::ptrdiff_t threads_now() {
    std::thread([] {}).join();
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
}

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        CHECK(error.blame() == Blame::runtime);
        return error.what();
    }
    return "";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("one shard that holds all neurons is lockstep, bit for bit") {
    const std::vector<std::string> plans = {"phases.splitstream=true", "learning.beta_sign=both", "",
                                            "phases.readout={mean=5}; phases.splitstream=true"};
    for (const Layers& layers : {Layers{20, 18, 6}, {70, 6}, {20, 19, 17, 4}, {130, 70, 5}}) {
        for (const QuantizerRow& row : quantizer_table) {
            const std::string quantizer = row.word;
            for (const std::string rule : {"0.843/t^0.0923", "{rule=\"osa\"}", "{rule=\"kesten\"}"}) {
                for (const std::string& plan : plans) {
                    const bool both = contains(plan, "both");
                    const std::string keys = "neuron.quantizer=" + quantizer + "; neuron.epsilon=" + rule + "; " + plan;
                    CAPTURE(keys);
                    const FreeRun run(keys, layers);
                    std::vector<TickRows> expected_rows, rows;
                    const Outcome expected = run.run_lockstep(&expected_rows);
                    const Outcome found = run.run_recorded({1000, 1, 0, 0}, rows);
                    CHECK(found.answers == expected.answers);
                    for (std::size_t slot = 0; slot < expected.reads.size(); ++slot)
                        CHECK(found.reads[slot].populations == expected.reads[slot].populations);
                    check_same(rows, expected_rows);
                    if (both) continue;
                    for (std::size_t l = 0; l < layers.size(); ++l) {
                        CHECK(found.counters[l].ticks == expected.counters[l].ticks);
                        CHECK(found.counters[l].spikes == expected.counters[l].spikes);
                        CHECK(found.counters[l].messages == expected.counters[l].messages);
                    }
                    // What lockstep leaves in flight is in its target's sum here.
                    CHECK(total(found.counters).deliveries ==
                          total(expected.counters).messages - total(expected.counters).lost);
                }
            }
        }
    }
}

TEST_CASE("law 6: no message is lost, nobody is too far ahead, for any shards, rings, bursts and threads") {
    const std::vector<std::string> keys = {"phases.splitstream=true", "learning.beta_sign=both; free.max_lead=1",
                                           "timing.loss=0.3; free.max_lead=2; phases.readout={mean=3}",
                                           "free.max_lead=1000; neuron.quantizer=stochastic; phases.splitstream=true"};
    for (const std::string& key : keys) {
        for (const Layers& layers : {Layers{20, 18, 6}, {5, 3, 33, 2}, {20, 19, 17, 4}}) {
            const FreeRun run(key, layers, 3);
            for (const int threads : {1, 2, 4, 8}) {
                for (const FreeExecution& how :
                     {FreeExecution{0, threads, 0, 0}, {1, threads, 1, 1}, {7, threads, 2, 3}, {3, threads, 1, 50}}) {
                    CAPTURE(key);
                    CAPTURE(threads);
                    CAPTURE(how.shard);
                    const Outcome outcome = run.run(how);
                    CHECK(total(outcome.counters).spikes > 0);
                    CHECK((total(outcome.counters).lost > 0) == (run.scenario.timing.loss > 0));
                    CHECK(outcome.posts > 0);
                }
            }
        }
    }
}

TEST_CASE("a larger lead lets actors run further ahead, and bits crowd in windows") {
    // On one thread turns are taken in turn, a burst each: as asynchronous as the lead allows.
    std::uint64_t before = 0;
    for (const int lead : {2, 4, 12}) {
        CAPTURE(lead);
        const FreeRun run("free.max_lead=" + std::to_string(lead) + "; phases.free=200", {40, 30, 6});
        const Asynchrony seen = run.run({5, 1, 0, lead}).asynchrony;
        CHECK(seen.lead_max > before);
        CHECK(seen.lag_max > 0);
        CHECK(seen.source_max > 1);
        CHECK(seen.flight_max > 0);
        before = seen.lead_max;
    }
    // The least lead there is.
    CHECK(FreeRun("free.max_lead=1", {40, 30, 6}).run({5, 1, 0, 0}).asynchrony.lead_max == 1);
}

TEST_CASE("one thread gives the same again, whatever the engine presented before") {
    const FreeRun run("phases.splitstream=true; timing.loss=0.1");
    WorkerPool workers(1);
    FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), run.free_settings_of({5, 1, 2, 0}),
                       workers);
    const Network network = run.on_chip(workers);
    const Outcome first = engine.run(run.plan(), network, run.minibatch);
    engine.run(evaluation_plan(run.scenario), network, run.minibatch);
    check_same(engine.run(run.plan(), network, run.minibatch), first);
    FreeRunning moved = std::move(engine);
    check_same(moved.run(run.plan(), network, run.minibatch), first);
}

TEST_CASE("faults and loss apply to real threads, too") {
    for (const int threads : {1, 2}) {
        const FreeExecution how{7, threads, 0, 0};
        CHECK(total(FreeRun("faults.stuck_at_zero=1").run(how).counters).spikes == 0);
        const Outcome all = FreeRun("faults.stuck_at_one=1").run(how);
        CHECK(total(all.counters).spikes == total(all.counters).ticks);
        const Outcome silent = FreeRun("timing.loss=1").run(how);
        CHECK(total(silent.counters).lost == total(silent.counters).messages);
        CHECK(total(silent.counters).deliveries == 0);
        CHECK(total(silent.counters).synaptic_operations == 0);
        const Outcome lossy = FreeRun("timing.loss=0.25; phases.free=300", {40, 30, 10}).run(how);
        const double fraction =
            static_cast<double>(total(lossy.counters).lost) / static_cast<double>(total(lossy.counters).messages);
        CHECK(std::abs(fraction - 0.25) < 0.02);
        // The population's states are those of a network without the links.
        const FreeRun dead("faults.dead_links=1");
        const Outcome unlinked = dead.run(how);
        CHECK(total(unlinked.counters).deliveries == total(unlinked.counters).messages);
        FreeRun bare("");
        const auto biases = bare.network.biases;
        bare.network = Network(bare.network.wiring);
        bare.network.biases = biases;
        const Outcome deleted = bare.run(how);
        for (std::size_t slot = 0; slot < deleted.reads.size(); ++slot)
            CHECK(unlinked.reads[slot].populations == deleted.reads[slot].populations);
    }
}

TEST_CASE("a stalled worker holds up who is near, and nothing is lost") {
    for (const int threads : {2, 4, 8}) {
        for (const std::uint32_t ring : {1u, 2u, 0u}) {
            const FreeRun run("phases.splitstream=true; phases.free=40; free.max_lead=3", {20, 18, 6}, 1);
            WorkerPool workers(threads);
            FreeSettings settings = run.free_settings_of({7, threads, ring, 0});
            std::atomic<bool> armed{false};
            settings.rules.probe = [&](int shard, std::int64_t tick) {
                if (shard == 3 && tick == 20 && armed.exchange(false)) sleep_ms(10);
            };
            FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
            const Network network = run.on_chip(workers);
            std::uint64_t blocked = 0, lead = 0;
            // Whether somebody else gets to run meanwhile is up to the machine: sooner or later it lets him.
            for (int attempt = 0; attempt < 200 && (blocked == 0 || lead < 3); ++attempt) {
                armed = true;
                const Outcome outcome = engine.run(run.plan(), network, run.minibatch);
                run.check_laws(outcome, engine.bits_a_window());
                CHECK(!armed);
                blocked = std::max(blocked, outcome.asynchrony.blocked);
                lead = std::max(lead, outcome.asynchrony.lead_max);
            }
            CHECK(blocked > 0);
            CHECK(lead == 3);
        }
    }
}

TEST_CASE("an actor that fails ends the run, named with its phase, and leaves nothing behind") {
    const FreeRun run("phases.splitstream=true", {20, 18, 6}, 5);
    const auto before = threads_now();
    for (const int threads : {1, 2, 4, 8}) {
        for (const std::uint32_t ring : {1u, 2u, 0u}) {
            for (const std::int64_t at : {1, 7, 15}) {
                CAPTURE(threads);
                CAPTURE(at);
                WorkerPool workers(threads);
                FreeSettings settings = run.free_settings_of({7, threads, ring, 0});
                std::atomic<bool> armed{true};
                settings.rules.probe = [&](int shard, std::int64_t tick) {
                    if (shard == 4 && tick == at && armed.exchange(false)) throw std::runtime_error("a wire broke");
                };
                FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
                const Network network = run.on_chip(workers);
                const std::string error = error_of([&] { engine.run(run.plan(), network, run.minibatch); });
                CAPTURE(error);
                CHECK(contains(error, "shard 4, "));
                CHECK(contains(error, at <= 13 ? "free phase" : "nudged phase"));
                CHECK(contains(error, "of the minibatch: a wire broke"));
                run.check_laws(engine.run(run.plan(), network, run.minibatch), engine.bits_a_window());
            }
        }
    }
    CHECK(threads_now() == before);
}

TEST_CASE("a recording that cannot be written ends the run") {
    const FreeRun run("");
    WorkerPool workers(2);
    FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), run.free_settings_of({7, 2, 1, 0}),
                       workers);
    const Network network = run.on_chip(workers);
    const TickSink full = [](TickRows&&) { throw runtime_failure("recording.h5", "the disk is full"); };
    CHECK(contains(error_of([&] { engine.run(run.plan(), network, run.minibatch, full); }), "the disk is full"));
    run.check_laws(engine.run(run.plan(), network, run.minibatch), engine.bits_a_window());
}

TEST_CASE("the watchdog names the actor that makes no progress") {
    const FreeRun run("");
    WorkerPool workers(2);
    FreeSettings settings = run.free_settings_of({7, 2, 0, 0});
    // Long enough that a busy machine lets all others get somewhere within it, and a fraction of the stall.
    settings.patience = std::chrono::milliseconds(500);
    std::atomic<bool> armed{true};
    settings.rules.probe = [&](int shard, std::int64_t tick) {
        if (shard == 2 && tick == 5 && armed.exchange(false)) sleep_ms(2500);
    };
    FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
    const std::string error = error_of([&] { engine.run(run.plan(), run.on_chip(workers), run.minibatch); });
    CAPTURE(error);
    CHECK(contains(error, "shard 2, free phase"));
    CHECK(contains(error, "no progress for 500 ms"));
}

TEST_CASE("pace: ticks come in step with the wall clock, late ones are counted and not skipped") {
    using Clock = std::chrono::steady_clock;
    for (const int threads : {1, 2}) {
        const FreeRun run("free.pace=\"2 ms\"; phases.free=15; phases.nudged=5", {20, 18, 6}, threads);
        const auto before = threads_now();
        {
            WorkerPool workers(threads);
            FreeSettings settings = run.free_settings_of({7, threads, 0, 0});
            std::atomic<bool> armed{false};
            settings.rules.probe = [&](int, std::int64_t tick) {
                if (tick == 6 && armed.exchange(false)) sleep_ms(30);
            };
            FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
            const Network network = run.on_chip(workers);
            const auto start = Clock::now();
            run.check_laws(engine.run(run.plan(), network, run.minibatch), engine.bits_a_window());
            // Two segments of 15 and 5 ticks, the first of each at once.
            CHECK(Clock::now() - start >= std::chrono::milliseconds(2 * 14 + 2 * 4));
            armed = true;
            const Outcome stalled = engine.run(run.plan(), network, run.minibatch);
            run.check_laws(stalled, engine.bits_a_window());
            CHECK(stalled.asynchrony.late > 0);
        }
        CHECK(threads_now() == before);
    }
}

TEST_CASE("a failure does not wait for a slow pace") {
    const FreeRun run("free.pace=\"20 s\"", {20, 18, 6}, 1);
    WorkerPool workers(2);
    FreeSettings settings = run.free_settings_of({7, 2, 0, 0});
    settings.rules.probe = [](int shard, std::int64_t) {
        if (shard == 6) throw std::runtime_error("a wire broke");
    };
    const auto start = std::chrono::steady_clock::now();
    FreeRunning engine(run.network.wiring, neuron_model(run.scenario), run.device(), settings, workers);
    CHECK(contains(error_of([&] { engine.run(run.plan(), run.on_chip(workers), run.minibatch); }), "a wire broke"));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("ten million messages through rings that hold one") {
    // Neurons that always fire: every neuron sends at every tick.
    const FreeRun run("faults.stuck_at_one=1; phases.free=400; phases.nudged=200", {200, 130, 20}, 4);
    std::uint64_t messages = 0;
    for (int round = 0; messages < 10'000'000; ++round) {
        const Outcome outcome = run.run({40, 1 + round % 4, 1, 0});
        CHECK(total(outcome.counters).deliveries == total(outcome.counters).messages);
        messages += total(outcome.counters).messages;
    }
}

TEST_SUITE("full") {
    TEST_CASE("a billion deliveries and not one message lost") {
        const FreeRun run("faults.stuck_at_one=1; phases.free=1000; phases.nudged=500", {784, 100, 10}, 20);
        std::uint64_t deliveries = 0;
        for (int round = 0; deliveries < 1'000'000'000; ++round) {
            const Outcome outcome = run.run({0, 1 << round % 4, round % 2 == 0 ? 0u : 1u, 0});
            CHECK(total(outcome.counters).deliveries == total(outcome.counters).messages);
            deliveries += total(outcome.counters).deliveries;
        }
    }
}

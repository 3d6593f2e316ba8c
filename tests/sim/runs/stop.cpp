// What is stopped inside a minibatch leaves nothing behind: the run goes on from before it to the same end.
#include "core/stop.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "sim/formats/hdf5_file.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/store/hdf5_recording.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

/// Two layers and two epochs of seven minibatches, the last of them smaller.
Scenario scenario_of(const std::string& engine, const std::string& more) {
    const std::string text =
        "[scenario]\nengine = \"" + engine +
        "\"\n[network]\nlayers = [20, 16, 5]\n[learning]\nrates = [0.1, 0.05]\nbatch = 6\nepochs = 2\n"
        "[neuron]\nlambda = \"0.832/t^0.584\"\n[phases]\nfree = 20\nnudged = 10\n"
        "[data]\nset = \"random\"\ntrain = 40\n" +
        more;
    return load_scenario({"s.toml", "s", "/", text}, {}).scenario;
}

Network network_of(const Scenario& scenario, const std::optional<TrainingState>& state) {
    return state ? to_network(wiring_of(scenario), state->network) : initial_network(scenario);
}

struct Ending {
    RunTotals totals;
    NetworkArrays network;
};

/// From `state` on to the end, or up to the first look at `stop`, or `drop`, that says yes.
Ending go_on(const Scenario& scenario, std::optional<TrainingState>& state, int threads, const StopCheck& stop = {},
             const StopCheck& drop = {}) {
    WorkerPool workers(threads);
    const Dataset data = load_dataset(scenario);
    Session session(scenario, data, network_of(scenario, state), workers);
    if (state) session.resume(*state);
    Observer observer;
    observer.stop = stop;
    observer.drop = drop;
    observer.save = [&state](const TrainingState& saved) { state = saved; };
    Ending end;
    end.totals = session.perform(observer);
    end.network = to_arrays(session.network());
    return end;
}

/// Says yes from the so manieth look on.
StopCheck after(std::atomic<int>& looks, int most) {
    return [&looks, most] { return ++looks > most; };
}

}  // namespace

TEST_CASE("a minibatch that is dropped anywhere inside is done again from before it and ends at the same bits") {
    for (const std::string engine : {"lockstep", "virtual"}) {
        for (const std::string more :
             {"", "[timing]\nphase = \"random\"\nlatency = { low = 0.3, high = 0.6 }\njitter = 0.1\n",
              "[timing]\nphase = \"random\"\nperiod = \"1 us\"\n[chip]\nmesh = [3, 2]\nneurons_per_core = 8\n"
              "decode = \"16 ns\"\nlink = \"20 ns\"\nbuffer = 2\n"}) {
            if (engine == "lockstep" && !more.empty()) continue;
            for (const int shard : {0, 7}) {
                if (engine == "lockstep" && shard > 0) continue;
                Scenario scenario = scenario_of(engine, more);
                scenario.shard = shard;
                std::optional<TrainingState> none;
                std::atomic<int> never{0};
                const Ending whole = go_on(scenario, none, 1, {}, after(never, 1 << 30));
                const int looks = never;  // that a run takes
                REQUIRE(looks > 100);
                for (int stopped_at = 0, round = 0; round < 12; ++round, stopped_at += looks / 12) {
                    CAPTURE(engine);
                    CAPTURE(stopped_at);
                    std::optional<TrainingState> state;
                    std::atomic<int> seen{0};
                    const Ending part = go_on(scenario, state, 1 + round % 3, {}, after(seen, stopped_at));
                    CHECK(part.totals.stopped);
                    REQUIRE(state);
                    // Saved as it was between two minibatches: whole ones, and their weights.
                    CHECK(state->trained == (state->epoch * 40 + state->minibatch * 6));
                    CHECK(state->network == part.network);
                    const Ending rest = go_on(scenario, state, 2);
                    CHECK(!rest.totals.stopped);
                    CHECK(rest.totals.fingerprint == whole.totals.fingerprint);
                    CHECK(rest.totals.presentations == whole.totals.presentations);
                    CHECK(rest.totals.counters == whole.totals.counters);
                    CHECK(rest.totals.chip == whole.totals.chip);
                    CHECK(rest.network == whole.network);
                }
            }
        }
    }
}

TEST_CASE("real threads stop inside a minibatch too, and what they leave is a state between two") {
    for (const std::string pace : {"", "[free]\npace = \"50 ms\"\n"}) {
        for (const int threads : {1, 2, 4}) {
            const Scenario scenario = scenario_of("free", pace);
            std::optional<TrainingState> state;
            std::atomic<int> seen{0};
            const Ending part = go_on(scenario, state, threads, {}, after(seen, pace.empty() ? 20000 : 40));
            CHECK(part.totals.stopped);
            REQUIRE(state);
            CHECK(state->trained == (state->epoch * 40 + state->minibatch * 6));
            CHECK(total(state->counters).ticks == static_cast<std::uint64_t>(state->trained) * 30 * 41);
        }
    }
}

TEST_CASE("what keeps nothing stops inside its minibatch: infer and converge, in every engine") {
    for (const std::string engine : {"lockstep", "virtual", "free"}) {
        for (const Task task : {Task::infer, Task::converge}) {
            Scenario scenario = scenario_of(engine, "");
            scenario.task = task;
            scenario.learning.beta_sign = default_beta_sign(task);
            std::optional<TrainingState> none;
            std::atomic<int> never{0};
            CHECK(!go_on(scenario, none, 2, after(never, 1 << 30)).totals.stopped);
            for (const int part : {0, 1, 2, 3}) {
                CAPTURE(engine);
                CAPTURE(part);
                std::atomic<int> seen{0};
                const int most = never * part / 4;
                CHECK(go_on(scenario, none, 2, after(seen, most)).totals.stopped);
                // Nobody goes on for long after the answer was yes.
                CHECK(seen < most + 200);
            }
        }
    }
}

TEST_CASE("an update of the weights that takes long is dropped whole") {
    // Ten million weights and 500 presentations of two periods: nearly all the time is the update's.
    Scenario scenario = scenario_of("lockstep", "");
    scenario.network.layers = {20, 2200, 2200, 5};
    scenario.learning.rates = {0.1, 0.1, 0.1};
    scenario.learning.batch = 500;
    scenario.data.train = 500;
    scenario.phases.free = scenario.phases.nudged = 1;
    std::optional<TrainingState> state;
    std::atomic<int> looks{0};
    // Looks inside presentations: two ticks and one before them. Those after are the update's.
    const Ending part = go_on(scenario, state, 2, {}, after(looks, 500 * 3 + 100));
    CHECK(part.totals.stopped);
    REQUIRE(state);
    CHECK(state->trained == 0);
    CHECK(state->network == to_arrays(initial_network(scenario)));
}

TEST_CASE("a minibatch that is dropped is not in the recording, where its missing rows would read as silence") {
    const TemporaryFolder folder;
    const Scenario scenario = scenario_of("lockstep", "[record]\nbits = true\nweights = true\n");
    std::atomic<int> looks{0};
    std::optional<TrainingState> none;
    go_on(scenario, none, 1, {}, after(looks, 1 << 30));
    const int all = looks;
    for (const int part : {1, 2, 3}) {
        CAPTURE(part);
        const std::string path = folder.file("recording-" + std::to_string(part) + ".h5");
        Recorder recorder(scenario, hdf5_recording(path, scenario));
        std::optional<TrainingState> state;
        std::atomic<int> seen{0};
        Observer observer;
        observer.drop = after(seen, all * part / 4);
        observer.save = [&](const TrainingState& saved) { state = saved; };
        observer.records = [&](std::int64_t minibatch) { return recorder.records(minibatch); };
        observer.presented = [&](const Minibatch& minibatch) { recorder.add_minibatch(minibatch); };
        observer.ticks = [&](TickRows&& rows) { recorder.add(std::move(rows)); };
        observer.dropped = [&](std::int64_t minibatch) { recorder.drop(minibatch); };
        observer.updated = [&](std::int64_t number, const Network& network) { recorder.add_weights(number, network); };
        WorkerPool workers(1);
        const Dataset data = load_dataset(scenario);
        Session session(scenario, data, initial_network(scenario), workers);
        CHECK(session.perform(observer).stopped);
        recorder.finish();
        REQUIRE(state);
        const Hdf5Reader file(path);
        const std::vector<std::string> recorded = file.names("/minibatch");
        CHECK(static_cast<std::int64_t>(recorded.size()) == state->minibatches);
        for (const std::string& name : recorded) CHECK(file.has("/minibatch/" + name + "/weights/0"));
    }
}

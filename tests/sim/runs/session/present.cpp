#include "sim/runs/session/present.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "models/theory/energy.hpp"
#include "sim/runs/session/hits.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

const char* const text = R"([scenario]
task = "infer"
[network]
layers = [784, 30, 10]
[phases]
free = 20
[data]
train = 10
test = 230
)";

Scenario scenario_with(const std::vector<Override>& changes, const std::string& events = "") {
    return load_scenario({"looked", "looked", "/", text + events}, changes).scenario;
}

}  // namespace

TEST_CASE("Samples presented to weights: answers, counters and fingerprint are those of infer, on every engine") {
    for (const auto& changes : std::vector<std::vector<Override>>{{},
                                                                  {{"--set", "phases.readout", "{ mean = 5 }"}},
                                                                  {{"--set", "scenario.engine", "virtual"},
                                                                   {"--set", "timing.jitter", "0.2"},
                                                                   {"--set", "faults.dead_links", "0.1"}}}) {
        const Scenario scenario = scenario_with(changes);
        const Dataset data = load_dataset(scenario);
        const Network network = random_network(chain(scenario.network.layers), 1, 3);
        WorkerPool workers(2);
        Session session(scenario, data, network, workers);
        const RunTotals totals = session.perform({});
        const Presented seen = present(scenario, data.test, to_arrays(network), {}, workers);
        CHECK(seen.presentations == 230);
        CHECK(seen.answers == totals.test->answers);
        CHECK(seen.wrong == totals.test->wrong);
        CHECK(seen.counters == totals.counters);
        CHECK(seen.fingerprint == totals.fingerprint);
        std::vector<std::int64_t> settled(20);
        for (const std::int64_t period : seen.settled_at) ++settled[static_cast<std::size_t>(period - 1)];
        CHECK(settled == totals.test->settled_at);
        for (std::size_t b = 0; b < 230; ++b) {
            const auto outputs = seen.outputs.begin() + static_cast<std::ptrdiff_t>(10 * b);
            CHECK(std::max_element(outputs, outputs + 10) - outputs == seen.answers[b]);
        }
    }
}

TEST_CASE("Samples presented to weights: states, bits and energy of every period") {
    const Scenario scenario = scenario_with({{"--set", "data.test", "3"}});
    Dataset data = load_dataset(scenario);
    const Network network = random_network(chain(scenario.network.layers), 1, 3);
    PresentOptions options;
    options.states = options.bits = options.hopfield_energy = true;
    const Presented seen = present(scenario, data.test, to_arrays(network), options);
    REQUIRE(seen.states.size() == 3 * 20 * 40);
    REQUIRE(seen.bits.size() == 3 * 20 * 824);
    REQUIRE(seen.hopfield_energy.size() == 3 * 20);
    std::uint64_t spikes = 0;
    for (const std::uint8_t bit : seen.bits) spikes += bit;
    CHECK(spikes == total(seen.counters).spikes);
    for (std::size_t b = 0; b < 3; ++b) {
        std::vector<float> x(784);
        data.test.copy_to(static_cast<std::int64_t>(b), x);
        const auto last = std::span(seen.states).subspan((b * 20 + 19) * 40, 40);
        CHECK(std::equal(last.begin() + 30, last.end(), seen.outputs.begin() + static_cast<std::ptrdiff_t>(10 * b)));
        CHECK(seen.hopfield_energy[b * 20 + 19] ==
              doctest::Approx(energy(network, {x, last.subspan(0, 30), last.subspan(30)})));
    }
    // Labels are not needed.
    data.test.labels.clear();
    const Presented unlabelled = present(scenario, data.test, to_arrays(network), options);
    CHECK(unlabelled.states == seen.states);
    CHECK(unlabelled.answers == seen.answers);
    CHECK(unlabelled.wrong == 0);
}

TEST_CASE("Samples presented to weights: spikes and messages are as many as are counted, in order, on any threads") {
    const Scenario scenario =
        scenario_with({{"--set", "scenario.engine", "virtual"}, {"--set", "timing.latency", "0.6"}});
    const Dataset data = load_dataset(scenario);  // two groups of samples
    const NetworkArrays weights = to_arrays(random_network(chain(scenario.network.layers), 1, 3));
    PresentOptions options;
    options.spikes = options.messages = true;
    const Presented seen = present(scenario, data.test, weights, options);
    const Counters counted = total(seen.counters);
    CHECK(seen.spikes.size() == counted.spikes);
    CHECK(seen.messages.size() == counted.messages);
    CHECK(seen.spikes.back().presentation == 229);
    CHECK(std::is_sorted(seen.spikes.begin(), seen.spikes.end(), [](const auto& a, const auto& b) {
        return std::tie(a.presentation, a.row.time, a.row.neuron) < std::tie(b.presentation, b.row.time, b.row.neuron);
    }));
    WorkerPool other(3);
    const Presented again = present(scenario, data.test, weights, options, other);
    CHECK(again.spikes == seen.spikes);
    CHECK(again.messages == seen.messages);
    // Who stops has those of whole groups.
    std::int64_t done = 0;
    options.progress = [&](std::int64_t now, std::int64_t) { done = now; };
    options.stop = [&] { return done > 0; };
    const Presented some = present(scenario, data.test, weights, options);
    CHECK(some.presentations == 200);
    CHECK(some.spikes.back().presentation == 199);
    CHECK(contains(error_text([&] { present(scenario_with({}), data.test, weights, options); }), "options.messages"));
}

TEST_CASE("Samples presented to weights: what is wrong is named, and who stops gets what there is") {
    const Scenario scenario = scenario_with({});
    const Dataset data = load_dataset(scenario);
    const NetworkArrays weights = to_arrays(random_network(chain(scenario.network.layers), 1, 3));
    Scenario wrong = scenario;
    wrong.phases.free = 0;
    CHECK(contains(error_text([&] { present(wrong, data.test, weights); }), "phases.free"));
    wrong = scenario;
    wrong.threads = -1;
    CHECK(contains(error_text([&] { present(wrong, data.test, weights); }), "scenario.threads"));
    Samples samples = data.test;
    samples.labels[7] = 10;
    CHECK(contains(error_text([&] { present(scenario, samples, weights); }), "samples.labels"));
    samples.inputs = 28;
    CHECK(contains(error_text([&] { present(scenario, samples, weights); }), "samples"));
    PresentOptions options;
    options.states = true;
    std::int64_t seen = 0;
    options.progress = [&](std::int64_t done, std::int64_t all) {
        CHECK(all == 230);
        seen = done;
    };
    options.stop = [&] { return seen > 0; };
    const Presented stopped = present(scenario, data.test, weights, options);
    CHECK(stopped.presentations == 200);
    CHECK(stopped.states.size() == 200 * 20 * 40);
    options.stop = [] { return true; };
    CHECK(present(scenario, data.test, weights, options).answers.empty());
    CHECK(present(scenario, Samples{}, weights).answers.empty());
}

TEST_CASE("events elsewhere are not seen in samples that are presented, but whom the others hit depends on them") {
    const std::string events = R"(
[[events]]
at = { period = 3 }
action = "kill"
fraction = 0.4
during = "train"
[[events]]
at = { epoch = 0 }
action = "kill"
fraction = 0.4
[[events]]
at = { period = 5 }
action = "kill"
population = "1"
fraction = 0.4
)";
    const Scenario scenario =
        scenario_with({{"--set", "scenario.task", "train"}, {"--set", "learning.rates", "[0, 0]"}}, events);
    const Dataset data = load_dataset(scenario);
    const Network network = random_network(chain(scenario.network.layers), 1, 3);
    PresentOptions options;
    options.bits = true;
    const Presented seen = present(scenario, data.test, to_arrays(network), options);
    const std::vector<std::int32_t> dead = Hits(scenario, network.wiring).neurons(2);
    REQUIRE(dead.size() > 5);
    std::vector<std::uint64_t> sent(824);
    for (std::size_t row = 0; row < 230 * 20; ++row) {
        for (std::size_t i = 0; row % 20 >= 6 && i < 824; ++i) sent[i] += seen.bits[row * 824 + i];
    }
    std::size_t silent = 0;
    for (std::size_t i = 784; i < 814; ++i) silent += sent[i] == 0 ? 1 : 0;
    for (const std::int32_t neuron : dead) CHECK(sent[static_cast<std::size_t>(neuron)] == 0);
    CHECK(silent < 30);  // or it says nothing
}

TEST_CASE("nobody nudges samples that have no labels") {
    const std::string nudge = "[[events]]\nat = { period = 5 }\naction = \"nudge\"\nbeta = 0.5\n";
    const Scenario scenario = scenario_with({}, nudge);
    Dataset data = load_dataset(scenario);
    const NetworkArrays weights = to_arrays(random_network(chain(scenario.network.layers), 1, 3));
    CHECK(present(scenario, data.test, weights).answers.size() == 230);
    data.test.labels.clear();
    CHECK(contains(error_text([&] { present(scenario, data.test, weights); }),
                   "looked:11:1: events.action: nudges towards labels, which the samples do not have"));
}

TEST_CASE("what events do to the presentations of a test set they do to samples that are presented") {
    const std::string events = R"(
[[events]]
at = { period = 5 }
action = "present"
sample = "next"
[[events]]
at = { period = 8 }
action = "kill"
fraction = 0.3
until = { period = 15 }
[[events]]
at = { period = 9 }
action = "cut"
fraction = 0.2
[[events]]
at = { period = 12 }
action = "present"
sample = 7
)";
    for (const char* engine : {"lockstep", "virtual"}) {
        CAPTURE(engine);
        const Scenario scenario = scenario_with({{"--set", "scenario.engine", engine}}, events);
        const Dataset data = load_dataset(scenario);
        const Network network = random_network(chain(scenario.network.layers), 1, 3);
        WorkerPool workers(2);
        Session session(scenario, data, network, workers);
        const RunTotals totals = session.perform({});
        const Presented seen = present(scenario, data.test, to_arrays(network), {}, workers);
        CHECK(seen.answers == totals.test->answers);
        CHECK(seen.wrong == totals.test->wrong);
        CHECK(seen.fingerprint == totals.fingerprint);
        // The answer is held against the sample that is there at the end.
        const auto target = static_cast<std::uint16_t>(data.test.labels[7]);
        CHECK(seen.wrong == 230 - std::count(seen.answers.begin(), seen.answers.end(), target));
        const Presented quiet =
            present(scenario_with({{"--set", "scenario.engine", engine}}), data.test, to_arrays(network), {}, workers);
        CHECK(seen.fingerprint != quiet.fingerprint);
        Scenario other = scenario;
        other.events.back().action = PresentAction{230};
        CHECK(contains(error_text([&] { present(other, data.test, to_arrays(network), {}, workers); }), "230"));
    }
}

TEST_CASE("an output may have as many neurons as a network: answers are their numbers, on every engine") {
    const char* const wide = R"([scenario]
task = "infer"
[[population]]
name = "image"
shape = [1, 1, 70000]
role = "input"
[[population]]
name = "answer"
shape = [1, 1, 70000]
role = "output"
[[projection]]
between = ["image", "answer"]
kind = "sparse"
links = { radius = 0 }
[phases]
free = 4
)";
    Samples samples;
    samples.count = 2;
    samples.inputs = 70'000;
    std::vector<float> x(140'000);
    x[69'998] = x[70'000] = 1;
    samples.x = std::move(x);
    samples.labels = {69'998, 1};
    for (const std::string engine : {"lockstep", "virtual", "free"}) {
        CAPTURE(engine);
        const Scenario scenario =
            load_scenario({"wide", "wide", "/", wide}, {{"--set", "scenario.engine", engine}}).scenario;
        NetworkArrays weights;
        weights.weights = {std::vector<float>(70'000, 1)};
        weights.biases = {std::vector<float>(70'000)};
        WorkerPool workers(2);
        const Presented seen = present(scenario, samples, weights, {}, workers);
        CHECK(seen.answers == std::vector<std::int32_t>{69'998, 0});
        CHECK(seen.wrong == 1);
    }
}

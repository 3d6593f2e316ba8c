// task = "stream": courses that are drawn by key, and runs that depend on nothing else.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

const char* const text = R"([scenario]
task = "stream"
[network]
layers = [20, 16, 5]
weights = "any.h5"
[neuron]
lambda = "0.832/t^0.584"
[stream]
dwell = { low = 3, high = 11 }
inputs = 6
streams = 5
[learning]
batch = 2
[data]
set = "random"
train = 30
)";

Scenario scenario_with(const std::vector<std::string>& sets) {
    std::vector<Override> overrides;
    for (const std::string& set : sets) overrides.push_back(parse_set(set));
    return load_scenario({"stream.toml", "stream", "/", text}, overrides).scenario;
}

RunTotals run_of(const Scenario& scenario, int threads, double scale = 2) {
    const Dataset data = load_dataset(scenario);
    WorkerPool workers(threads);
    Session session(scenario, data, random_network(chain(scenario.network.layers), scale, 3), workers);
    return session.perform({});
}

void check_same(const RunTotals& a, const RunTotals& b) {
    CHECK(a.fingerprint == b.fingerprint);
    CHECK(a.counters == b.counters);
    CHECK(a.stream->by_change == b.stream->by_change);
    CHECK(a.stream->samples == b.stream->samples);
}

}  // namespace

TEST_CASE("Dwells are keyed by seed, stream and input: more streams or inputs leave those that there are") {
    const Scenario scenario = scenario_with({});
    const Scenario more = scenario_with({"stream.streams=400", "stream.inputs=30"});
    std::set<std::int64_t> dwells;
    double sum = 0;
    for (std::int64_t stream = 0; stream < 400; ++stream) {
        const auto begins = stream_begins(more, stream);
        REQUIRE(begins.size() == 31);
        CHECK(begins.front() == 0);
        for (std::size_t i = 0; i < 30; ++i) dwells.insert(begins[i + 1] - begins[i]);
        sum += static_cast<double>(begins.back());
        if (stream >= 5) continue;
        const InputCourse course = draw_course(scenario, 30, stream);
        CHECK(std::equal(course.begins.begin(), course.begins.end(), begins.begin()));
        CHECK(draw_course(more, 30, stream).samples.size() == 30);
    }
    CHECK(dwells == std::set<std::int64_t>{3, 4, 5, 6, 7, 8, 9, 10, 11});
    CHECK(sum / 12000 == doctest::Approx(7).epsilon(0.02));  // five standard errors: 0.12
    CHECK(stream_begins(scenario, 0) != stream_begins(scenario, 1));
    CHECK(stream_begins(scenario, 0) != stream_begins(scenario_with({"scenario.seed=2"}), 0));
    std::int64_t longest = 0;
    for (std::int64_t stream = 0; stream < 5; ++stream)
        longest = std::max(longest, draw_course(scenario, 30, stream).periods());
    CHECK(longest_stream(scenario) == longest);
}

TEST_CASE("Each stream permutes the samples by its own key, or takes them as they are") {
    const Scenario scenario = scenario_with({"stream.inputs=30"});
    std::set<std::vector<std::int64_t>> orders;
    for (std::int64_t stream = 0; stream < 5; ++stream) {
        std::vector<std::int64_t> samples = draw_course(scenario, 30, stream).samples;
        orders.insert(samples);
        std::sort(samples.begin(), samples.end());
        CHECK(std::unique(samples.begin(), samples.end()) - samples.begin() == 30);
        CHECK(samples.back() == 29);
    }
    CHECK(orders.size() == 5);
    const Scenario in_order = scenario_with({"stream.order=data"});
    for (const std::int64_t stream : {0, 3})
        CHECK(draw_course(in_order, 30, stream).samples == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("A stream is one presentation: it begins with its first input and ends after its last") {
    const Scenario scenario = scenario_with({});
    const Dataset data = load_dataset(scenario);
    const std::vector<InputCourse> courses = {draw_course(scenario, 30, 3), draw_course(scenario, 30, 4)};
    const Minibatch minibatch = stream_minibatch(scenario, courses, 3, data.train, PresentationId::Part::test);
    REQUIRE(minibatch.batch() == 2);
    for (int b = 0; b < 2; ++b) {
        const auto at = static_cast<std::size_t>(b);
        const InputCourse& course = courses[at];
        const PresentationId id = PresentationId::of(minibatch.presentations[at]);
        CHECK(id.part == PresentationId::Part::test);
        CHECK(id.position == at + 3);
        CHECK(minibatch.samples[at] == course.samples[0]);
        CHECK(minibatch.nexts(b) == 5);
        CHECK(minibatch.plans[at].periods == course.periods());
        for (int input = 1; input < 6; ++input) {
            const auto sample = course.samples[static_cast<std::size_t>(input)];
            const std::size_t row = minibatch.next(b, input - 1);
            CHECK(minibatch.next_samples[row] == sample);
            CHECK(minibatch.next_labels[row] == data.train.labels[static_cast<std::size_t>(sample)]);
            std::vector<float> x(20);
            data.train.copy_to(sample, x);
            CHECK(std::equal(x.begin(), x.end(),
                             minibatch.next_x.begin() + static_cast<std::ptrdiff_t>(row) * padded_size(20)));
        }
    }
}

TEST_CASE("Streams depend on nothing but the scenario: threads, shards, how many go together") {
    for (const std::string engine : {"lockstep", "virtual"}) {
        std::vector<std::string> sets = {"scenario.engine=" + engine};
        if (engine == "virtual")
            sets.insert(sets.end(), {"timing.jitter=0.1", "timing.phase=random", "timing.loss=0.1",
                                     "timing.latency={ low = 0.3, high = 0.6 }"});
        const RunTotals one = run_of(scenario_with(sets), 1);
        REQUIRE(one.stream);
        CHECK(one.presentations == 5);
        CHECK(one.stream->changes == 25);  // the first input of a stream is no change
        for (std::size_t i = 0; i < 25; ++i) {
            CHECK(one.stream->by_change[i].stream == static_cast<std::int64_t>(i / 5));
            CHECK(one.stream->by_change[i].input == static_cast<std::int64_t>(i % 5) + 1);
        }
        CHECK(conserved(one.counters));
        CAPTURE(engine);
        check_same(run_of(scenario_with(sets), 3), one);
        sets.emplace_back("learning.batch=5");
        check_same(run_of(scenario_with(sets), 2), one);
        for (const char* shard : {"1", "7"}) {
            if (engine == "lockstep") continue;
            sets.push_back(std::string("scenario.shard=") + shard);
            check_same(run_of(scenario_with(sets), 2), one);
        }
    }
}

TEST_CASE(
    "With zero jitter, aligned phases and a latency of one period virtual time is lockstep, through all changes") {
    for (const std::string quantizer : {"sigma-delta", "stochastic"}) {
        const std::string neuron = "neuron.quantizer=" + quantizer;
        check_same(run_of(scenario_with({"scenario.engine=virtual", neuron}), 2), run_of(scenario_with({neuron}), 2));
    }
    // Drawn digits are 0 in most places: inputs leave while they still have bits to send, and come back.
    const std::vector<std::string> digits = {"data.set=digits",
                                             "data.test=40",
                                             "data.train=1",
                                             "network.layers=[784, 12, 10]",
                                             "stream.inputs=30",
                                             "stream.dwell={low=1,high=9}",
                                             "neuron.restart={rule=\"surprise\"}"};
    std::vector<std::string> apart = digits;
    apart.push_back("scenario.engine=virtual");
    check_same(run_of(scenario_with(apart), 2), run_of(scenario_with(digits), 2));
}

TEST_CASE("Nothing is reset at a change, and each stream has noise of its own") {
    // Two streams of the same inputs at the same times differ by their noise alone.
    const std::vector<std::string> sets = {"stream.order=data", "stream.dwell=8", "neuron.quantizer=stochastic"};
    const RunTotals noisy = run_of(scenario_with(sets), 1);
    CHECK(noisy.stream->by_change[0].tracking_distance != noisy.stream->by_change[5].tracking_distance);
    const RunTotals still = run_of(scenario_with({sets[0], sets[1]}), 1);
    CHECK(still.stream->by_change[0].tracking_distance == still.stream->by_change[5].tracking_distance);
    // An input that comes after another is left from where that has led: not from rest.
    const RunTotals other = run_of(scenario_with({sets[0], "stream.dwell=40"}), 1);
    // One period after the change: after a reset it would be the same, however long the input before has stayed.
    CHECK(other.stream->samples.front().distance != still.stream->samples.front().distance);
}

TEST_CASE("A continuous network follows too, down to its fixed points, and sends no bits") {
    const RunTotals totals = run_of(
        scenario_with({"neuron.kind=continuous", "neuron.epsilon=0.5", "neuron.lambda=1", "stream.dwell=120"}), 2, 0.5);
    CHECK(totals.stream->reference_residual < 1e-12);
    CHECK(totals.stream->static_distance < 1e-6);
    CHECK(totals.stream->tracking_distance > 1e-4);
    CHECK(!totals.stream->bits_moving);
}

TEST_CASE("Rows have every spike of a stream once, of inputs too that come and go") {
    const std::vector<std::string> common = {"data.set=digits", "network.layers=[784, 16, 10]", "data.test=20",
                                             "stream.streams=3", "stream.dwell={low = 5, high = 14}"};
    const std::vector<std::vector<std::string>> engines = {
        {},
        {"scenario.engine=virtual"},
        {"scenario.engine=virtual", "timing.phase=random", "timing.jitter=0.1", "timing.latency={low=0.3, high=0.6}"},
        {"scenario.engine=virtual", "timing.phase=random", "timing.drift=0.1", "timing.scope=synapse",
         "scenario.shard=100"}};
    for (const auto& engine : engines) {
        std::vector<std::string> sets = common;
        sets.insert(sets.end(), engine.begin(), engine.end());
        const Scenario scenario = scenario_with(sets);
        const Dataset data = load_dataset(scenario);
        WorkerPool workers(1);
        const auto run = [&](const Observer& observer) {
            Session session(scenario, data, random_network(chain(scenario.network.layers), 2, 3), workers);
            return session.perform(observer);
        };
        std::uint64_t inputs = 0, others = 0;
        Observer observer;
        observer.records = [](std::int64_t) { return true; };
        observer.ticks = [&](const TickRows& rows) {
            for (std::size_t i = 0; i < rows.bits.size(); ++i) (i % 810 < 784 ? inputs : others) += rows.bits[i];
        };
        const RunTotals recorded = run(observer);
        CHECK(recorded.counters[0].spikes > 1000);
        CHECK(inputs == recorded.counters[0].spikes);
        CHECK(others == recorded.counters[1].spikes + recorded.counters[2].spikes);
        check_same(recorded, run({}));
    }
}

TEST_CASE("More inputs than samples are refused, by name and number") {
    Scenario scenario = scenario_with({});
    scenario.stream.inputs = 31;
    CHECK(error_text([&] { load_dataset(scenario); }).find("stream.inputs: asks for 31 samples, but there are 30") !=
          std::string::npos);
    CHECK_THROWS(run_of(scenario, 1));
}

TEST_CASE("Streams stop inside") {
    const Scenario scenario = scenario_with({"stream.streams=50"});
    const Dataset data = load_dataset(scenario);
    WorkerPool workers(2);
    Session session(scenario, data, random_network(chain(scenario.network.layers), 2, 3), workers);
    std::atomic<int> looks{0};
    Observer observer;
    observer.stop = [&] { return ++looks > 700; };
    const RunTotals totals = session.perform(observer);
    CHECK(totals.stopped);
    CHECK(!totals.stream);
}

// The script of a run: who acts when, and the plans that come of it.
#include "sim/runs/session/script.hpp"

#include <algorithm>

#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/plans.hpp"
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

constexpr std::int64_t samples = 50;  // minibatches of 20 begin at 0, 20, 40, 50, 70 …

/// A scenario on asynchronous hardware, 10 periods free and 6 nudged, with these events.
Scenario scripted_scenario(const std::string& events, const std::vector<std::string>& sets = {}) {
    std::vector<std::string> all = {"scenario.engine=virtual", "phases.free=10", "phases.nudged=6",
                                    "learning.beta_sign=fixed", "learning.epochs=3"};
    all.insert(all.end(), sets.begin(), sets.end());
    return load_with(events, all).scenario;
}

std::string event(const std::string& at, const std::string& rest) {
    return "[[events]]\nat = { " + at + " }\n" + rest + "\n";
}

const std::string loss = "action = \"set\"\nkey = \"timing.loss\"\nvalue = ";

struct Scripted {
    Scenario scenario;
    Network network;
    Device device;
    Script script;

    explicit Scripted(const Scenario& given)
        : scenario(given),
          network(initial_network(given)),
          device(draw_device(network, device_settings(given))),
          script(given, network.wiring, samples) {}

    ScriptedInstants within(PresentationId::Part part = PresentationId::Part::train) const {
        return script.within(part, script.beginning(), device, network);
    }
    double loss_at(std::int64_t presentations) const { return script.regime(presentations).scenario.timing.loss; }
};

template <class What>
std::vector<std::int64_t> periods_of(const std::vector<Instant>& instants, Branch branch = Branch::main) {
    std::vector<std::int64_t> periods;
    for (const Instant& instant : instants) {
        const auto* one = std::get_if<What>(&instant);
        if (one && one->branch == branch) periods.push_back(one->period);
    }
    return periods;
}

using Periods = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("an event between minibatches acts from the first one that begins at or after its time") {
    const Scripted run(scripted_scenario(event("presentation = 15", loss + "0.1") + event("epoch = 1", loss + "0.2")));
    CHECK(run.loss_at(0) == 0);
    CHECK(run.loss_at(20) == 0.1);
    CHECK(run.loss_at(40) == 0.1);
    CHECK(run.loss_at(50) == 0.2);
    CHECK(run.loss_at(120) == 0.2);
    REQUIRE(run.script.occurrences(20).size() == 1);
    CHECK(run.script.occurrences(20)[0].event == 0);
    CHECK(run.script.occurrences(15).empty());
    CHECK(run.script.occurrences_before(50).size() == 1);
    CHECK(run.script.occurrences_before(51).size() == 2);
    CHECK(run.script.changes(run.script.beginning(), 20));
    CHECK_FALSE(run.script.changes(run.script.beginning(), 0));
    CHECK_FALSE(run.script.changes(run.script.regime(20), 40));
}

TEST_CASE("until brings back what holds without the event, and the later of two wins") {
    const Scripted run(scripted_scenario(event("presentation = 20", loss + "0.1\nuntil = { presentation = 70 }") +
                                         event("presentation = 40", loss + "0.2\nuntil = { presentation = 90 }") +
                                         event("presentation = 40", loss + "0.3\nuntil = { presentation = 50 }")));
    CHECK(run.loss_at(20) == 0.1);
    CHECK(run.loss_at(40) == 0.3);
    CHECK(run.loss_at(50) == 0.2);
    CHECK(run.loss_at(70) == 0.2);
    CHECK(run.loss_at(90) == 0);
    const std::vector<Occurrence> at_fifty = run.script.occurrences(50);
    REQUIRE(at_fifty.size() == 1);
    CHECK(at_fifty[0].ended);
}

TEST_CASE("a ramp takes a step a presentation, from what holds when it begins, and ends at its value") {
    const Scripted run(scripted_scenario(
        event("presentation = 0", loss + "0.2") +
        event("presentation = 20", "action = \"ramp\"\nkey = \"timing.loss\"\nvalue = 0.6\nover = 40")));
    CHECK(run.loss_at(20) == 0.2);
    CHECK(run.loss_at(40) == doctest::Approx(0.4));
    CHECK(run.loss_at(50) == doctest::Approx(0.5));
    CHECK(run.loss_at(70) == 0.6);
    CHECK(run.script.changes(run.script.regime(40), 50));
    CHECK_FALSE(run.script.changes(run.script.regime(70), 90));
}

TEST_CASE("a ramp within presentations is a step a period, and ends in whole conditions") {
    const Scripted run(scripted_scenario(event(
        "period = 2", "action = \"ramp\"\nkey = \"timing.loss\"\nvalue = 0.4\nover = 4\nuntil = { period = 9 }")));
    const ScriptedInstants scripted = run.within();
    CHECK(periods_of<Alter>(scripted.instants) == Periods{3, 4, 5, 6, 9});
    REQUIRE(scripted.tables);
    CHECK(scripted.tables->conditions[0].loss == doctest::Approx(0.1));
    CHECK(scripted.tables->conditions[3].loss == 0.4);
    CHECK(scripted.tables->conditions[4].loss == 0);
}

TEST_CASE("events that are right alone and wrong together are refused at the one that comes last") {
    const auto set = [](const std::string& at, const std::string& key, const std::string& value) {
        return event(at, "action = \"set\"\nkey = \"" + key + "\"\nvalue = " + value);
    };
    const auto ramp = [](const std::string& at, const std::string& key, const std::string& value) {
        return event(at, "action = \"ramp\"\nkey = \"" + key + "\"\nover = 2\nvalue = " + value);
    };
    const std::string latencies = "[timing]\nlatency = { low = 0.3, high = 0.6 }\n";
    const auto refusal = [](const std::string& events) {
        const Scenario scenario = scripted_scenario(events);  // it is read, and every event is right alone
        return error_text([&] { check_script(scenario, samples); });
    };
    const std::string after = ": after the events that act before it, ";
    // Line 5 begins what is added to the minimal scenario; an event has five lines.
    CHECK(contains(refusal(latencies + set("period = 5", "timing.latency.low", "0.55") +
                           set("period = 7", "timing.latency.high", "0.4")),
                   "bad.toml:13:1: events.value" + after + "timing.latency"));
    CHECK(contains(refusal(set("epoch = 0", "faults.stuck_at_zero", "0.6") +
                           set("presentation = 20", "faults.stuck_at_one", "0.7")),
                   "bad.toml:11:1: events.value" + after + "faults.stuck_at_zero: 0.6 of the neurons"));
    // Wherever the file has the one that comes first.
    CHECK(contains(refusal(set("presentation = 20", "faults.stuck_at_one", "0.7") +
                           set("epoch = 0", "faults.stuck_at_zero", "0.6")),
                   "bad.toml:6:1: events.value" + after + "faults.stuck_at_zero"));
    CHECK(contains(refusal(set("epoch = 0", "neuron.epsilon.exponent", "-0.05") +
                           set("epoch = 1", "neuron.epsilon.initial", "0.9")),
                   "bad.toml:11:1: events.value" + after + "neuron.epsilon: is "));
    CHECK(contains(refusal(set("epoch = 0", "learning.beta", "-0.5") + ramp("epoch = 1", "learning.beta", "0.3")),
                   "bad.toml:11:1: events.value" + after + "from -0.5 to 0.3 the nudge passes 0"));
    CHECK(contains(refusal(set("period = 2", "timing.latency", "{ low = 0.3, high = 0.6 }") +
                           ramp("period = 3", "timing.latency", "0.5")),
                   "events.key" + after + "timing.latency is {"));
    CHECK(contains(refusal(set("epoch = 0", "timing.jitter", "{ width = 0.1, accumulate = true }") +
                           set("period = 3", "timing.jitter", "0.2")),
                   "accumulate may not change at a period; expected accumulate = true"));
    // Between and within presentations together.
    CHECK(contains(refusal(latencies + set("period = 5", "timing.latency.low", "0.55") +
                           set("epoch = 1", "timing.latency.high", "0.4")),
                   after + "timing.latency"));
    // What is wrong alone may be right after another.
    CHECK(refusal(set("epoch = 0", "learning.beta", "-0.5") + ramp("epoch = 1", "learning.beta", "-0.3")).empty());
    CHECK(refusal(set("epoch = 0", "neuron.lambda", "0.5") + ramp("epoch = 1", "neuron.lambda", "0.3")).empty());
    // They never act together.
    CHECK(refusal(latencies + set("period = 2", "timing.latency.low", "0.55\nuntil = { period = 5 }") +
                  set("period = 5", "timing.latency.high", "0.4"))
              .empty());
    // On its way to 0 a width is below the unit of time.
    CHECK(refusal("[timing]\njitter = 0.000005\n" +
                  event("period = 1", "action = \"ramp\"\nkey = \"timing.jitter\"\nover = 9\nvalue = 0"))
              .empty());
}

TEST_CASE("a stream has events while its inputs change, up to the end of the longest") {
    const std::string stream =
        "[scenario]\ntask = \"stream\"\n[network]\nlayers = [6, 5, 3]\nweights = \"any.h5\"\n"
        "[neuron]\nlambda = 0.3\n[stream]\ndwell = { low = 3, high = 11 }\ninputs = 6\nstreams = 2\n";
    const auto scenario_of = [&](const std::string& events) {
        return load(stream + events, {parse_set("scenario.engine=virtual")}).scenario;
    };
    const auto refusal = [&](const std::string& events) {
        return error_text([&] { check_script(scenario_of(events), 0); });
    };
    const std::string mark = "action = \"mark\"";
    CHECK(contains(refusal(event("period = 5", "action = \"present\"\nsample = 3")),
                   "events.action: the inputs of a stream are its script"));
    CHECK(contains(refusal(event("period = 66", mark)),
                   "events.at: never happens: period 66 is beyond the streams; expected 0 to 65"));
    const std::int64_t longest = longest_stream(scenario_of(""));
    REQUIRE(longest < 66);
    CHECK(contains(refusal(event("period = " + std::to_string(longest), mark)),
                   "events.at: never happens: no stream is longer than " + std::to_string(longest) + " periods"));
    CHECK(refusal(event("period = " + std::to_string(longest - 1), mark)).empty());
    // Its plan has them among the changes of its input, after the one at the same time.
    const Scenario scenario = scenario_of(event("period = 4", loss + "0.1"));
    const Wiring wiring = chain(scenario.network.layers);
    const Network network = random_network(wiring, 1, 3);
    const Device device = draw_device(network, device_settings(scenario));
    const Script script(scenario, wiring, 0);
    const InputCourse course{{0, 1, 2}, {0, 4, 8, 12}};
    const Plan plan = scripted(stream_plan(scenario, course),
                               script.within(PresentationId::Part::test, script.beginning(), device, network));
    CHECK(periods_of<Present>(plan.instants) == Periods{4, 8});
    CHECK(periods_of<Alter>(plan.instants) == Periods{4});
    CHECK(std::holds_alternative<Present>(plan.instants[0]));
    CHECK(std::holds_alternative<Alter>(plan.instants[1]));
}

TEST_CASE("what changes nothing leaves no trace in a plan") {
    const Scripted run(
        scripted_scenario(event("period = 2", loss + "0") + event("period = 3", "action = \"kill\"\nfraction = 0") +
                          event("period = 3", "action = \"cut\"\nfraction = 0") +
                          event("period = 4", "action = \"revive\"") + event("period = 5", "action = \"mark\"")));
    const ScriptedInstants scripted = run.within();
    CHECK(scripted.instants.empty());
    CHECK(scripted.tables == nullptr);
    CHECK(settle::scripted(training_plan(run.scenario, 0.5), scripted) == training_plan(run.scenario, 0.5));
}

TEST_CASE("events come after readings and phase changes of their period, in every branch that lives") {
    const std::string events = event("period = 4", loss + "0.1") +
                               event("period = 10", "action = \"nudge\"\nbeta = 0.25") +
                               event("period = 10", "action = \"release\"") + event("period = 12", loss + "0.3");
    const Scripted run(scripted_scenario(events, {"phases.splitstream=true"}));
    const Plan plan = scripted(training_plan(run.scenario, 0.5), run.within());
    CHECK(periods_of<Alter>(plan.instants) == Periods{4, 12});
    CHECK(periods_of<Alter>(plan.instants, Branch::free) == Periods{12});
    CHECK(periods_of<Nudge>(plan.instants) == Periods{10, 10, 10});
    CHECK(periods_of<Nudge>(plan.instants, Branch::free) == Periods{10, 10});
    std::vector<float> betas;
    std::size_t fork = 0, read = 0, first_nudge = 0, at = 0;
    for (const Instant& instant : plan.instants) {
        const auto* nudge = std::get_if<Nudge>(&instant);
        if (nudge && nudge->branch == Branch::main) betas.push_back(nudge->beta);
        if (nudge && first_nudge == 0) first_nudge = at;
        if (std::holds_alternative<Fork>(instant)) fork = at;
        if (std::holds_alternative<Reading>(instant) && read == 0) read = at;
        ++at;
    }
    CHECK(betas == std::vector<float>{0.5f, 0.25f, 0});
    CHECK(read < fork);
    CHECK(fork < first_nudge);
}

TEST_CASE("an evaluation has the events of its part, and none after its end") {
    const Scripted run(
        scripted_scenario(event("period = 4", loss + "0.1\nduring = \"test\"") + event("period = 12", loss + "0.2")));
    CHECK(periods_of<Alter>(run.within(PresentationId::Part::test).instants) == Periods{4});
    CHECK(periods_of<Alter>(run.within().instants) == Periods{12});
}

TEST_CASE("the dead are those of all events that still act, and a revival brings back what events took") {
    const Scripted run(scripted_scenario(
        event("period = 2", "action = \"kill\"\npopulation = 1\nneurons = [0, 3]\nuntil = { period = 8 }") +
        event("period = 4", "action = \"kill\"\npopulation = 1\nneurons = [3, 4]") +
        event("period = 9", "action = \"revive\"\npopulation = 1\nneurons = [4, 1]") +
        event("period = 12", "action = \"revive\"")));
    const ScriptedInstants scripted = run.within();
    CHECK(periods_of<Silence>(scripted.instants) == Periods{2, 4, 8, 9, 12});
    using Neurons = std::vector<std::int32_t>;
    REQUIRE(scripted.tables);
    CHECK(scripted.tables->silent == std::vector<Neurons>{{6, 9}, {6, 9, 10}, {9, 10}, {9}});
    CHECK(std::get<Silence>(scripted.instants.back()).neurons == -1);
}

TEST_CASE("a larger fraction hits what the smaller one does, keyed by the event and the chip") {
    const auto hit = [](const std::string& fraction, const std::string& more = "",
                        const std::vector<std::string>& sets = {}) {
        const Scenario scenario = load("[network]\nlayers = [6, 200, 3]\n[learning]\nrates = [0.1, 0.05]\n" + more +
                                           event("period = 2", "action = \"kill\"\nfraction = " + fraction),
                                       [&] {
                                           std::vector<Override> all;
                                           for (const std::string& set : sets) all.push_back(parse_set(set));
                                           return all;
                                       }())
                                      .scenario;
        return Hits(scenario, wiring_of(scenario)).neurons(scenario.events.size() - 1);
    };
    const auto few = hit("0.2"), many = hit("0.5");
    CHECK(few.size() > 20);
    CHECK(few.size() < 65);
    CHECK(std::includes(many.begin(), many.end(), few.begin(), few.end()));
    CHECK(hit("0").empty());
    CHECK(hit("1").size() == 203);
    CHECK(hit("0.2", event("period = 1", "action = \"kill\"\nfraction = 0")) == few);
    CHECK(hit("0.2", event("period = 1", "action = \"kill\"\nfraction = 0.1")) != few);
    CHECK(hit("0.2", "", {"scenario.engine=virtual", "timing.device_seed=7"}) != few);
}

TEST_CASE("cut links are dead beside those of the chip, until they are restored") {
    const Scripted run(scripted_scenario(
        event("period = 2", "action = \"cut\"\nfraction = 0.5\nprojection = 0\nuntil = { period = 6 }"),
        {"faults.dead_links=0.2"}));
    const ScriptedInstants scripted = run.within();
    CHECK(periods_of<Sever>(scripted.instants) == Periods{2, 6});
    CHECK(std::get<Sever>(scripted.instants.back()).links == -1);
    REQUIRE(scripted.tables);
    const DeadLinks& dead = scripted.tables->dead[0];
    CHECK(dead[0].count() > run.device.dead[0].count());
    CHECK(dead[1].count() == run.device.dead[1].count());
}

TEST_CASE("what is presented next follows what is presented now") {
    const Scripted run(scripted_scenario(event("period = 2", "action = \"present\"\nsample = \"next\"") +
                                         event("period = 4", "action = \"present\"\nsample = 1") +
                                         event("period = 6", "action = \"present\"\nsample = \"next\"")));
    Samples some;
    some.count = 3;
    some.inputs = 2;
    some.x = std::vector<float>{0, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f};
    some.labels = {7, 8, 9};
    Minibatch minibatch;
    minibatch.presentations = {0, 1};
    minibatch.samples = {2, 0};
    add_inputs(minibatch, some, run.script.presented(PresentationId::Part::train));
    CHECK(minibatch.first_next == std::vector<std::int64_t>{0, 3, 6});
    CHECK(minibatch.next_samples == std::vector<std::int64_t>{0, 1, 2, 1, 1, 2});
    CHECK(minibatch.next_labels == std::vector<std::int32_t>{7, 8, 9, 8, 8, 9});
    CHECK(minibatch.next_x[static_cast<std::size_t>(2 * padded_size(2))] == 0.4f);
}

TEST_CASE("the conditions that engines are told of beforehand bound those of every plan") {
    const std::string up = "action = \"ramp\"\nkey = \"timing.duplication\"\nvalue = 0.3\nover = 4\n";
    const std::string low = "action = \"set\"\nkey = \"timing.duplication\"\nvalue = 0.01\n";
    for (const std::string& events :
         {event("period = 2", up + "until = { period = 6 }"), event("period = 2", up + "until = { period = 5 }"),
          event("period = 2", up) + event("period = 4", low),
          event("period = 2", up) + event("period = 4", low + "until = { period = 5 }"),
          event("presentation = 0",
                "action = \"ramp\"\nkey = \"timing.duplication\"\nvalue = 0.3\nover = 60\nuntil = { presentation = 60 "
                "}") +
              event("presentation = 50", low)}) {
        CAPTURE(events);
        const Scripted run(scripted_scenario(events));
        double told = 0, met = 0;
        for (const Conditions& conditions : run.script.conditions().all) told = std::max(told, conditions.duplication);
        for (const std::int64_t presentations : {0, 20, 40, 50, 70, 90}) {
            const Regime regime = run.script.regime(presentations);
            met = std::max(met, regime.scenario.timing.duplication);
            const ScriptedInstants scripted =
                run.script.within(PresentationId::Part::train, regime, run.device, run.network);
            if (!scripted.tables) continue;
            for (const Conditions& conditions : scripted.tables->conditions)
                met = std::max(met, conditions.duplication);
        }
        CHECK(met > 0.05);
        CHECK(told >= met);
        CHECK(told <= 0.3);
    }
}

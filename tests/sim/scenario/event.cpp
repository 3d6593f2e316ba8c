// [[events]]: how they are read, refused with place and reason, and written again.
#include "sim/scenario/event.hpp"

#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

/// The events of this table begin at line 6 of the file.
std::string refusal(const std::string& lines, const std::string& before = "", const std::string& section = "") {
    return error_text([&] { load(minimal + "[[events]]\n" + lines + before + section); });
}

const std::string lossy = "at = { period = 50 }\naction = \"set\"\nkey = \"timing.loss\"\nvalue = 0.1\n";
const std::string engine = "[scenario]\nengine = \"virtual\"\n";

struct Refused {
    const char* lines;
    const char* text;  ///< part of the message
};

void check_all(const std::vector<Refused>& all, const std::string& after = "") {
    for (const Refused& one : all) {
        const std::string text = refusal(one.lines, after);
        CAPTURE(one.lines);
        CHECK(contains(text, one.text));
    }
}

Event only(const std::string& lines, const std::string& before = "") {
    const Scenario scenario = load(before + minimal + "[[events]]\n" + lines).scenario;
    REQUIRE(scenario.events.size() == 1);
    return scenario.events.front();
}

}  // namespace

TEST_CASE("an event says when, what and with what") {
    const Event set =
        only(lossy + "until = { time = \"60 ms\" }\nname = \"bits get lost\"\nduring = \"train\"\n", engine);
    CHECK(set.name == "bits get lost");
    CHECK(set.named);
    CHECK(std::get<AtPeriod>(set.at).period == 50);
    CHECK(std::get<SetAction>(set.action).key == "timing.loss");
    CHECK(std::get<AtPeriod>(*std::get<SetAction>(set.action).until).period == 60);
    CHECK(set.in_training);
    CHECK_FALSE(set.in_validation);
    CHECK_FALSE(set.in_test);
    CHECK(set.place.line == 8);

    const Event kill = only("at = { epoch = 0.5 }\naction = \"kill\"\npopulation = 1\nneurons = [4, 0]\n");
    CHECK(kill.name == "event 1");
    CHECK_FALSE(kill.named);
    CHECK_FALSE(kill.within_presentations());
    CHECK(std::get<KillAction>(kill.action).population == "1");
    CHECK(std::get<KillAction>(kill.action).neurons == std::vector<std::int32_t>{4, 0});

    CHECK_FALSE(std::get<PresentAction>(only("at = { period = 0 }\naction = \"present\"\nsample = \"next\"\n").action)
                    .sample.has_value());
    CHECK(std::get<RampAction>(
              only("at = { presentation = 40 }\naction = \"ramp\"\nkey = \"learning.beta\"\nvalue = 1\nover = 20\n")
                  .action)
              .over == 20);
    CHECK(std::get<CutAction>(only("at = { period = 3 }\naction = \"cut\"\nfraction = 0\n").action).projection.empty());
}

TEST_CASE("what is no event is refused where it stands") {
    CHECK(contains(errors_with("[events]\nat = 3\n"),
                   "bad.toml:5:2: events: is not an array of tables; expected [[events]]"));
    CHECK(contains(error_text([] { load("events = [3]\n" + minimal); }), "bad.toml:1:11: events: is not a table; "));
    check_all({
        {"at = { period = 1 }\n", "bad.toml:5:1: events.action: has no action; expected one of set, ramp, present, "},
        {"action = \"mark\"\n", "bad.toml:5:1: events: has no time; expected at = { period = 250 }, "},
        {"at = { period = 1 }\naction = \"kil\"\n", "bad.toml:7:1: events.action: \"kil\" is unknown; "},
        {"at = { period = 1 }\naction = \"kil\"\n", "did you mean kill?"},
        {"at = { period = 1 }\naction = \"mark\"\nnmae = \"x\"\n",
         "bad.toml:8:1: events.nmae: unknown key; expected name, at, "},
        {"at = { period = 1 }\naction = \"mark\"\nnmae = \"x\"\n", "did you mean events.name?"},
        {"at = { period = 1 }\naction = \"mark\"\nvalue = 1\n",
         "bad.toml:8:1: events.value: does not go with action = \"mark\"; "},
        {"at = { period = 1 }\naction = \"mark\"\nname = \"\"\n", "bad.toml:8:1: events.name: is empty"},
        {"at = 3\naction = \"mark\"\n", "bad.toml:6:1: events.at: is not a table; expected { period = 250 }, "},
        {"at = {}\naction = \"mark\"\n", "bad.toml:6:1: events.at: says no time"},
        {"at = { period = 1, epoch = 1 }\naction = \"mark\"\n", "bad.toml:6:1: events.at: says more than one time"},
        {"at = { perriod = 1 }\naction = \"mark\"\n", "bad.toml:6:8: events.at.perriod: unknown key; "},
        {"at = { perriod = 1 }\naction = \"mark\"\n", "did you mean events.at.period?"},
        {"at = { period = -1 }\naction = \"mark\"\n", "bad.toml:6:8: events.at.period: -1 is out of range"},
        {"at = { time = \"1.5 ms\" }\naction = \"mark\"\n",
         "bad.toml:6:8: events.at.time: is no whole number of periods of 1 ms; "},
        {"at = { time = \"-1 ms\" }\naction = \"mark\"\n", "events.at.time: is negative"},
        {"at = { time = \"soon\" }\naction = \"mark\"\n", "events.at.time: \"soon\" is not a duration"},
        {"at = { epoch = -0.5 }\naction = \"mark\"\n", "bad.toml:6:8: events.at.epoch: -0.5 is out of range"},
    });
}

TEST_CASE("an event that never can happen is refused") {
    check_all({
        {"at = { period = 150 }\naction = \"mark\"\n",
         "bad.toml:6:1: events.at: never happens: period 150 is beyond the phases; expected 0 to 149, before "
         "phases.free + "
         "phases.nudged = 150"},
        {"at = { period = 100 }\naction = \"mark\"\nduring = \"test\"\n",
         "bad.toml:6:1: events.at: never happens: period 100 is beyond the phases; expected 0 to 99, before "
         "phases.free = 100"},
        {"at = { period = 1 }\naction = \"mark\"\nduring = \"validation\"\n",
         "bad.toml:8:1: events.during: never happens: "},
        {"at = { period = 1 }\naction = \"mark\"\nduring = \"tset\"\n", "did you mean test?"},
        {"at = { epoch = 1 }\naction = \"mark\"\n",
         "bad.toml:6:1: events.at: never happens: no minibatch begins at epoch 1 or after; expected less than "
         "learning.epochs = 1"},
        {"at = { epoch = 0.5 }\naction = \"mark\"\nduring = \"test\"\n",
         "bad.toml:8:1: events.during: does not go with "},
        {"at = { period = 1 }\naction = \"ramp\"\nkey = \"timing.loss\"\nvalue = 1\nover = 150\n[scenario]\nengine = "
         "\"virtual\"\n",
         "bad.toml:10:1: events.over: from period 1 on, 150 steps end beyond the phases; expected 1 to 149"},
    });
    CHECK(refusal("at = { period = 149 }\naction = \"mark\"\n").empty());
    CHECK(refusal("at = { period = 99 }\naction = \"mark\"\nduring = \"test\"\n").empty());
    for (const char* task : {"infer", "converge"}) {
        const std::string text = refusal("at = { presentation = 1 }\naction = \"mark\"\n",
                                         std::string("[scenario]\ntask = \"") + task + "\"\n");
        CHECK(contains(text,
                       std::string("bad.toml:6:1: events.at: never happens: the task ") + task + " does not train"));
    }
    CHECK(contains(refusal("at = { period = 100 }\naction = \"mark\"\n", "[scenario]\ntask = \"infer\"\n"),
                   "beyond the phases"));
    CHECK(contains(errors_with("[[events]]\nat = { epoch = 0 }\naction = \"mark\"\n", {"learning.epochs=0"}),
                   "events.at: never happens: learning.epochs is 0"));
}

TEST_CASE("actions have their times, and until is later and of the same kind") {
    check_all({
        {"at = { period = 1 }\naction = \"checkpoint\"\n",
         "bad.toml:6:1: events.at: a checkpoint is between minibatches; "},
        {"at = { presentation = 1 }\naction = \"present\"\nsample = 0\n",
         "events.at: \"present\" is within presentations; "},
        {"at = { epoch = 0 }\naction = \"nudge\"\nbeta = 1\n", "events.at: \"nudge\" is within presentations; "},
        {"at = { epoch = 0 }\naction = \"release\"\n", "events.at: \"release\" is within presentations; "},
        {"at = { epoch = 0 }\naction = \"restart-annealing\"\n",
         "events.at: \"restart-annealing\" is within presentations; "},
        {"at = { period = 9 }\naction = \"kill\"\nfraction = 1\nuntil = { period = 9 }\n",
         "bad.toml:9:1: events.until: period 9 is not after period 9; "},
        {"at = { period = 9 }\naction = \"kill\"\nfraction = 1\nuntil = { epoch = 1 }\n",
         "events.until: is of another kind than at; "},
        {"at = { period = 9 }\naction = \"kill\"\nfraction = 1\nuntil = { period = 151 }\n",
         "events.until: period 151 is beyond the phases; expected at most 150, or no until"},
        {"at = { epoch = 0.5 }\naction = \"cut\"\nfraction = 1\nuntil = { epoch = 2 }\n",
         "events.until: epoch 2 is beyond the training"},
    });
    CHECK(refusal("at = { period = 9 }\naction = \"kill\"\nfraction = 1\nuntil = { period = 150 }\n").empty());
}

TEST_CASE("populations, projections, neurons and fractions are those that there are") {
    check_all({
        {"at = { period = 1 }\naction = \"kill\"\nfraction = 1.5\n",
         "bad.toml:8:1: events.fraction: 1.5 is out of range; expected a number, 0 to 1"},
        {"at = { period = 1 }\naction = \"kill\"\n",
         "bad.toml:5:1: events: says nobody; expected fraction = 0.05, or neurons"},
        {"at = { period = 1 }\naction = \"kill\"\nfraction = 1\nneurons = [1]\n",
         "bad.toml:9:1: events.neurons: does not go with fraction"},
        {"at = { period = 1 }\naction = \"kill\"\nfraction = 1\npopulation = \"0\"\n",
         "bad.toml:9:1: events.population: \"0\" is the input, clamped to the data; expected one of 1, 2"},
        {"at = { period = 1 }\naction = \"kill\"\nfraction = 1\npopulation = 3\n",
         "events.population: \"3\" is unknown; expected one of 1, 2"},
        {"at = { period = 1 }\naction = \"restart-annealing\"\npopulation = 3\n",
         "events.population: \"3\" is unknown; expected one of 0, 1, 2"},
        {"at = { period = 1 }\naction = \"kill\"\nneurons = [1]\n",
         "bad.toml:8:1: events.neurons: are of no population"},
        {"at = { period = 1 }\naction = \"kill\"\npopulation = 1\nneurons = [5]\n",
         "bad.toml:9:12: events.neurons: 5 is out of range; expected an integer, 0 to 4"},
        {"at = { period = 1 }\naction = \"kill\"\npopulation = 1\nneurons = [2, 2]\n",
         "bad.toml:9:15: events.neurons: 2 is there twice"},
        {"at = { period = 1 }\naction = \"kill\"\npopulation = 1\nneurons = []\n", "events.neurons: names nobody"},
        {"at = { period = 1 }\naction = \"cut\"\n", "bad.toml:5:1: events: has no fraction"},
        {"at = { period = 1 }\naction = \"cut\"\nfraction = -1\n", "events.fraction: -1 is out of range"},
        {"at = { period = 1 }\naction = \"cut\"\nfraction = 0\nprojection = 2\n",
         "events.projection: \"2\" is unknown; expected one of 0, 1"},
        {"at = { period = 1 }\naction = \"present\"\nsample = \"nxet\"\n",
         "events.sample: \"nxet\" is unknown; expected an index in the same set"},
        {"at = { period = 1 }\naction = \"present\"\nsample = -1\n", "events.sample: -1 is out of range"},
        {"at = { period = 1 }\naction = \"nudge\"\n", "bad.toml:5:1: events: has no beta"},
        {"at = { period = 1 }\naction = \"nudge\"\nbeta = \"much\"\n", "events.beta: \"much\" is not a number"},
    });
}

TEST_CASE("two events have two names") {
    const std::string mark = "[[events]]\nat = { period = 1 }\naction = \"mark\"\n";
    CHECK(contains(errors_with(mark + "name = \"a\"\n" + mark + "name = \"a\"\n"),
                   "bad.toml:12:1: events.name: two events are called \"a\"; expected a name of its own"));
    CHECK(
        contains(errors_with(mark + "name = \"event 2\"\n" + mark), "events.name: two events are called \"event 2\""));
    CHECK(errors_with(mark + mark).empty());
}

TEST_CASE("a key changes only when the table of keys says so, to what its own reader takes") {
    const auto set = [](const std::string& at, const std::string& key, const std::string& value,
                        const std::string& more = engine) {
        return refusal("at = { " + at + " }\naction = \"set\"\nkey = \"" + key + "\"\nvalue = " + value + "\n", more);
    };
    CHECK(set("period = 1", "timing.loss", "0.1").empty());
    CHECK(set("period = 1", "timing.latency", "{ low = 0.3, high = 0.6 }").empty());
    CHECK(set("epoch = 0", "timing.drift", "0.05").empty());
    CHECK(set("epoch = 0", "neuron.epsilon.initial", "0.5").empty());
    CHECK(set("epoch = 0", "learning.rates", "[0.1, 0.2]").empty());
    CHECK(contains(set("period = 1", "timing.los", "0.1"),
                   "bad.toml:8:1: events.key: \"timing.los\" is unknown; expected a key that the "
                   "table of keys (settle keys) lets change at a period: timing.jitter, "));
    CHECK(contains(set("period = 1", "timing.los", "0.1"), "did you mean timing.loss?"));
    CHECK(contains(set("epoch = 0", "network.layers", "[6, 3]"),
                   "bad.toml:8:1: events.key: network.layers may not change while a run "
                   "lasts; expected a key that the table of keys (settle keys) lets "));
    CHECK(contains(set("period = 1", "timing.drift", "0.1"), "events.key: timing.drift may not change at a period; "));
    CHECK(contains(set("period = 1", "timing.loss", "1.5"),
                   "bad.toml:9:1: events.value: timing.loss: 1.5 is out of range; expected a number, 0 to 1"));
    CHECK(contains(set("period = 1", "timing.latency", "0"),
                   "events.value: timing.latency: a bit cannot arrive at the tick "));
    CHECK(contains(set("epoch = 0", "timing.link", "\"pules\""), "did you mean pulse?"));
    CHECK(contains(set("epoch = 0", "learning.beta", "0"), "events.value: learning.beta: "));
    CHECK(contains(set("epoch = 0", "learning.rates", "[0.1]"),
                   "bad.toml:9:1: events.value: learning.rates: has 1 items; expected 2"));
    CHECK(contains(
        set("epoch = 0", "faults.stuck_at_one", "0.7", engine + "[faults]\nstuck_at_zero = 0.5\n"),
        "events.value: faults.stuck_at_one: 0.5 of the neurons stuck at zero and 0.7 stuck at one are more than all"));
    for (const std::string at : {"period = 1", "epoch = 0"})
        CHECK(contains(set(at, "timing.loss", "0.9", engine + "[timing]\nburst = 5\n"),
                       "bad.toml:9:1: events.value: timing.burst: 5 is too short for timing.loss = 0.9; expected 1, or "
                       "at least 1/(1 - timing.loss) = 10"));
    CHECK(contains(set("epoch = 0", "neuron.epsilon", "1.5"), "events.value: neuron.epsilon: is 1.5 at t = 1"));
    CHECK(contains(set("epoch = 0", "neuron.epsilon", "{ rule = \"osa\" }"),
                   "bad.toml:9:1: events.value: neuron.epsilon would become another kind of rule; expected a number or "
                   "a schedule"));
    CHECK(contains(set("epoch = 0", "neuron.epsilon", "0.5", "[neuron]\nepsilon = { rule = \"osa\" }\n"),
                   "another kind of rule"));
    CHECK(contains(set("period = 1", "timing.jitter", "{ width = 0.1, accumulate = true }"),
                   "accumulate may not change at a period"));
}

TEST_CASE("a ramp goes from a number to a number") {
    const auto ramp = [](const std::string& at, const std::string& key, const std::string& value,
                         const std::string& over = "3") {
        return refusal("at = { " + at + " }\naction = \"ramp\"\nkey = \"" + key + "\"\nvalue = " + value +
                           "\nover = " + over + "\n",
                       engine);
    };
    CHECK(ramp("period = 1", "timing.jitter", "0.2").empty());
    CHECK(ramp("period = 1", "timing.latency", "2").empty());
    CHECK(ramp("epoch = 0", "neuron.epsilon.initial", "0.5").empty());
    CHECK(contains(ramp("epoch = 0", "neuron.epsilon", "0.5"),
                   "bad.toml:8:1: events.key: neuron.epsilon is \"0.843/t^0.0923\" and no number, so "
                   "that it has no steps; expected a part that is one, such as neuron.epsilon.initial"));
    // The remedy is a part that is a number.
    CHECK(contains(refusal("at = { period = 1 }\naction = \"ramp\"\nkey = \"timing.jitter\"\nvalue = 0.2\nover = 3\n",
                           engine + "[timing]\njitter = { distribution = \"normal\", width = 0.1 }\n"),
                   "expected a part that is one, such as timing.jitter.width"));
    CHECK(contains(ramp("epoch = 0", "learning.rates", "0.5"),
                   "events.key: learning.rates is [0.1, 0.05] and no number"));
    CHECK(contains(ramp("epoch = 0", "neuron.lambda", "0.5"),
                   "events.key: neuron.lambda is absent, so that it has no steps"));
    CHECK(contains(ramp("epoch = 0", "learning.beta", "-0.5"), "events.value: from 0.5 to -0.5 the nudge passes 0"));
    CHECK(
        contains(ramp("period = 1", "timing.loss", "\"0.1\""), "bad.toml:9:1: events.value: \"0.1\" is not a number"));
    CHECK(contains(ramp("period = 1", "timing.loss", "0.1", "0"), "bad.toml:10:1: events.over: 0 is out of range"));
    CHECK(contains(ramp("period = 1", "timing.loss", "1.1"), "events.value: timing.loss: 1.1 is out of range"));
}

TEST_CASE("what is not wrong and may still be another thing than was meant is noted") {
    const auto notes = [](const std::string& lines, const std::string& more = "") {
        std::string all;
        for (const std::string& note : load(minimal + more + "[[events]]\n" + lines).notes) all += note + "\n";
        return all;
    };
    const std::string nudge = "action = \"nudge\"\nbeta = 0.5\nname = \"hint\"\nat = { period = ";
    const char* told = "\"hint\" nudges the output towards the label while answers are given";
    CHECK(contains(notes(nudge + "50 }\n"), told));
    CHECK(contains(notes(nudge + "50 }\nduring = \"test\"\n"), told));
    CHECK(lacks(notes(nudge + "120 }\n"), told));
    CHECK(lacks(notes(nudge + "50 }\n", "[scenario]\ntask = \"converge\"\n"), told));
    const std::string restart = "action = \"restart-annealing\"\nat = { period = 50 }\n";
    const char* nothing = "\"event 1\" changes nothing: neuron.epsilon and neuron.lambda are the same at every t";
    CHECK(contains(notes(restart, "[neuron]\nepsilon = 0.3\n"), nothing));
    CHECK(contains(notes(restart, "[neuron]\nepsilon = 0.3\nlambda = 0.3\nrestart = \"announced\"\n"),
                   "neuron.restart changes nothing: "));
    CHECK(lacks(notes(restart, "[neuron]\nepsilon = 0.3\nlambda = \"0.3/t^0.1\"\n"), "changes nothing"));
    CHECK(lacks(notes(restart, "[neuron]\nepsilon = { rule = \"osa\" }\n"), "changes nothing"));
    CHECK(lacks(notes(restart), "changes nothing"));
}

TEST_CASE("an engine that cannot honour an event is named, and so is what it cannot honour") {
    CHECK(contains(
        refusal(lossy),
        "bad.toml:8:1: events.key: the lockstep engine cannot honour timing.loss; expected scenario.engine = virtual"));
    CHECK(contains(refusal("at = { period = 1 }\naction = \"set\"\nkey = \"timing.jitter\"\nvalue = "
                           "0.1\n[scenario]\nengine = \"free\"\n"),
                   "events.key: the free engine cannot honour timing.jitter; expected scenario.engine = virtual"));
    const Scenario scenario = load_with("[scenario]\nengine = \"virtual\"\n[[events]]\n" + lossy).scenario;
    for (const EngineKind one : allowed_engines(scenario)) CHECK(one != EngineKind::lockstep);
    CHECK(contains(
        refusal(
            "at = { period = 1 }\naction = \"restart-annealing\"\n[neuron]\nkind = \"continuous\"\nepsilon = 0.5\n"),
        "bad.toml:7:1: events.action: continuous neurons have a constant step size"));
}

TEST_CASE("a scenario with events is written so that it reads the same, and differs where they do") {
    const std::string events =
        "[[events]]\n" + lossy + "until = { period = 60 }\nname = \"bits \\\"get\\\" lost\"\nduring = \"test\"\n" +
        "[[events]]\nat = { time = \"70 ms\" }\naction = \"kill\"\nfraction = 0.05\nduring = [\"train\", \"test\"]\n" +
        "[[events]]\nat = { epoch = 0.5 }\naction = \"ramp\"\nkey = \"timing.jitter\"\nvalue = 0.25\nover = 3\n" +
        "[[events]]\nat = { presentation = 7 }\naction = \"set\"\nkey = \"neuron.epsilon\"\nvalue = \"0.5/t^0.1\"\n" +
        "[[events]]\nat = { period = 3 }\naction = \"present\"\nsample = \"next\"\n" +
        "[[events]]\nat = { period = 3 }\naction = \"revive\"\n[[events]]\nat = { period = 4 }\naction = "
        "\"restore\"\nfraction = 0.5\n" +
        "[[events]]\nat = { presentation = 9 }\naction = \"checkpoint\"\n[[events]]\nat = { period = 5 }\naction = "
        "\"nudge\"\nbeta = -0.25\n" +
        "[[events]]\nat = { period = 6 }\naction = \"release\"\n[[events]]\nat = { period = 6 }\naction = "
        "\"restart-annealing\"\npopulation = 0\n";
    const Scenario scenario = load_with("[scenario]\nengine = \"virtual\"\n" + events).scenario;
    REQUIRE(scenario.events.size() == 11);
    const std::string text = scenario_as_toml(scenario);
    const Scenario again = load(text).scenario;
    CHECK(scenario_as_toml(again) == text);
    CHECK(differing_keys(scenario, again).empty());
    check_scenario(scenario);
    CHECK(contains(text, "[[events]]\nname = \"bits \\\"get\\\" lost\"\nat = { period = 50 }\naction = \"set\"\n"));
    Scenario other = scenario;
    other.events.pop_back();
    CHECK(differing_keys(scenario, other) == std::vector<std::string>{"events"});
    CHECK(event_text(scenario.events[0]) ==
          "period 50 (test): timing.loss becomes 0.1 until period 60  \"bits \"get\" lost\"");
}

TEST_CASE("a scenario built in code is held to the same, and a point of a sweep too") {
    Scenario scenario = load_with("[scenario]\nengine = \"virtual\"\n[[events]]\n" + lossy).scenario;
    scenario.phases.free = 20;
    scenario.phases.nudged = 10;
    CHECK(contains(error_text([&] { check_scenario(scenario); }),
                   "events.at: never happens: period 50 is beyond the phases"));
    const LoadedScenario loaded = load_with("[scenario]\nengine = \"virtual\"\n[[events]]\n" + lossy);
    CHECK(load_varied(loaded.base, {{"phases.free", Value{std::int64_t{90}, {}}}}).scenario.events.size() == 1);
    CHECK(contains(error_text([&] {
                       load_varied(loaded.base, {{"phases.free", Value{std::int64_t{20}, {}}},
                                                 {"phases.nudged", Value{std::int64_t{10}, {}}}});
                   }),
                   "bad.toml:8:1: events.at: never happens"));
}

TEST_CASE("what depends on the data is seen as soon as they are known") {
    const auto on = [](const std::string& lines, const SampleCounts& counts, const std::string& more = "") {
        const Scenario scenario = load(minimal + "[[events]]\n" + lines + more).scenario;
        return error_text([&] { check_events_on(scenario, counts); });
    };
    const std::string present = "at = { period = 1 }\naction = \"present\"\nsample = 100\n";
    CHECK(on(present, {101, 0, 101}).empty());
    CHECK(contains(on(present, {101, 0, 100}),
                   "bad.toml:8:1: events.sample: the test set has no sample 100; expected 0 to 99"));
    CHECK(on(present + "during = \"train\"\n", {101, 0, 5}).empty());
    CHECK(on("at = { period = 120 }\naction = \"present\"\nsample = 100\n", {101, 0, 5}).empty());
    const std::string mark = "at = { presentation = 81 }\naction = \"mark\"\n";
    CHECK(on("at = { presentation = 80 }\naction = \"mark\"\n", {100, 0, 0}).empty());
    CHECK(contains(on(mark, {100, 0, 0}),
                   "bad.toml:6:1: events.at: never happens: no minibatch begins at presentation 81 or after; expected "
                   "at most 80"));
    CHECK(contains(on("at = { epoch = 0.81 }\naction = \"mark\"\n", {100, 0, 0}), "events.at: never happens"));
    const Scenario longer = load_with("[[events]]\n" + mark, {"learning.epochs=2"}).scenario;
    CHECK(error_text([&] { check_events_on(longer, {100, 0, 0}); }).empty());
    CHECK(contains(on("at = { period = 1 }\naction = \"mark\"\nduring = \"test\"\n", {100, 0, 0}),
                   "events.at: never happens: there are no such"));
    const std::string kill = "at = { presentation = 21 }\naction = \"kill\"\nfraction = 1\nuntil = { presentation = ";
    CHECK(on(kill + "41 }\n", {100, 0, 0}).empty());
    CHECK(contains(on(kill + "40 }\n", {100, 0, 0}), "events.until: never acts: no minibatch begins before it does"));
    CHECK(contains(on(kill + "101 }\n", {100, 0, 0}), "events.until: is beyond the training"));
    CHECK(minibatch_begin(41, 50, 20) == 50);
    CHECK(minibatch_begin(51, 50, 20) == 70);
    CHECK(presentation_of(AtEpoch{0.07}, 100) == 7);
    CHECK(presentation_of(AtEpoch{0.071}, 100) == 8);
    CHECK(presentation_of(AtPresentation{12}, 100) == 12);
}

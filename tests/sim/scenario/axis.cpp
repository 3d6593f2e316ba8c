// What a sweep or a search varies: the forms of [sweep] and [search], their points, and what the points set.
#include "sim/scenario/axis.hpp"

#include "sim/formats/toml.hpp"
#include "sim/runs/studies/sweep.hpp"
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

const std::string timed = "[scenario]\nengine = \"virtual\"\n";

LoadedScenario load_sweep(const std::string& lines, const std::vector<std::string>& sets = {}) {
    std::vector<Override> overrides;
    for (const std::string& set : sets) overrides.push_back(parse_set(set));
    return load_scenario(source(minimal + lines), overrides, Command::sweep);
}

Sweep plan(const std::string& lines, const std::vector<std::string>& sets = {}) {
    return plan_sweep(load_sweep(lines, sets));
}

std::vector<std::string> labels(const Sweep& sweep) {
    std::vector<std::string> found;
    for (const SweepPoint& point : sweep.points) found.push_back(point.label);
    return found;
}

std::string sweep_errors(const std::string& lines) {
    return error_text([&] { plan(lines); });
}

std::string search_errors(const std::string& lines) {
    return error_text([&] { load_scenario(source(minimal + lines), {}, Command::search); });
}

Schedule epsilon(const SweepPoint& point) {
    return std::get<Schedule>(point.scenario.neuron.epsilon);
}

}  // namespace

TEST_CASE("a sweep is the grid of its axes with the last one fastest") {
    const Sweep sweep = plan(timed +
                             "[sweep]\nrepeats = 3\nover = { \"timing.jitter\" = [0.0, 0.1, 1], "
                             "\"timing.link\" = [\"pulse\", \"level\"] }\n");
    CHECK(labels(sweep) ==
          std::vector<std::string>{"0.0, pulse", "0.0, level", "0.1, pulse", "0.1, level", "1, pulse", "1, level"});
    CHECK(sweep.repeats() == 3);
    CHECK(sweep.points[3].scenario.timing.jitter.width() == 1e5);
    CHECK(sweep.points[3].scenario.timing.link == Link::level);
    CHECK(sweep.points[4].scenario.timing.jitter.width() == 1e6);
    CHECK(*sweep.axes[0].choices[2].number == 1);
    CHECK(!sweep.axes[1].choices[0].number);
}

TEST_CASE("a section as an axis moves several of its keys together") {
    const Sweep sweep = plan(
        "[neuron]\nepsilon = { initial = 0.5, exponent = 0.25, floor = 0.125 }\nlambda = 0.5\n"
        "[sweep]\nover = { neuron = [{ label = \"as it is\" }, { label = \"osa\", epsilon = { rule = \"osa\" } }, "
        "{ label = \"short\", epsilon = \"0.75/t^0.5\", lambda = 1, quantizer = \"stochastic\" }, "
        "{ label = \"table\", epsilon = { initial = 0.25 } }] }\n");
    CHECK(labels(sweep) == std::vector<std::string>{"as it is", "osa", "short", "table"});
    CHECK(epsilon(sweep.points[0]) == Schedule{0.5, 0.25, 0.125});
    CHECK(std::holds_alternative<Osa>(sweep.points[1].scenario.neuron.epsilon));
    CHECK(*sweep.points[1].scenario.neuron.lambda == Schedule{0.5, 0, 0});
    CHECK(epsilon(sweep.points[2]) == Schedule{0.75, 0.5, 0});
    CHECK(*sweep.points[2].scenario.neuron.lambda == Schedule{1, 0, 0});
    CHECK(sweep.points[2].scenario.neuron.quantizer == Quantizer::stochastic);
    // A table takes the place of the whole value.
    CHECK(epsilon(sweep.points[3]) == Schedule{0.25, 0, 0});
}

TEST_CASE("parts of a schedule can be swept whichever form the file uses and win over what contains them") {
    for (const char* form : {"\"0.5/t^0.25\"", "{ initial = 0.5, exponent = 0.25 }"}) {
        const Sweep sweep = plan("[neuron]\nepsilon = " + std::string(form) +
                                 "\n[sweep]\nover = { \"neuron.epsilon.initial\" = [0.125, 0.75] }\n");
        CHECK(epsilon(sweep.points[0]) == Schedule{0.125, 0.25, 0});
        CHECK(epsilon(sweep.points[1]) == Schedule{0.75, 0.25, 0});
    }
    // Neither is given: the part is that of the default.
    const Sweep by_default = plan("[sweep]\nover = { \"neuron.epsilon.exponent\" = [0.5] }\n");
    CHECK(epsilon(by_default.points[0]) == Schedule{0.843, 0.5, 0});
    const Sweep both = plan(
        "[sweep]\nover = { \"neuron.epsilon.initial\" = [0.125], \"neuron.epsilon\" = [\"0.5/t^0.25\"], "
        "neuron = [{ label = \"a\", epsilon = 0.75, lambda = 0.5 }] }\n");
    CHECK(epsilon(both.points[0]) == Schedule{0.125, 0.25, 0});
    CHECK(*both.points[0].scenario.neuron.lambda == Schedule{0.5, 0, 0});
    const Sweep labelled = plan(
        "[sweep]\nover = { \"phases.free\" = [{ label = \"long\", value = 200 }, { label = \"short\", value = 9 }] "
        "}\n");
    CHECK(labels(labelled) == std::vector<std::string>{"long", "short"});
    CHECK(labelled.points[1].scenario.phases.free == 9);
}

TEST_CASE("repeats have networks and chips and noise of their own, the same at every point") {
    const Sweep sweep = plan(
        "[scenario]\nseed = 5\nengine = \"virtual\"\n[timing]\ndevice_seed = 9223372036854775807\n"
        "[sweep]\nrepeats = 3\nover = { \"timing.jitter\" = [0, 0.1] }\n");
    for (int repeat = 0; repeat < 3; ++repeat) {
        const Scenario one = scenario_of(sweep, 0, repeat), other = scenario_of(sweep, 1, repeat);
        CHECK(differing_keys(one, other) == std::vector<std::string>{"timing.jitter"});
        CHECK(one.seed == static_cast<std::uint64_t>(5 + repeat));
        CHECK(one.network.seed == static_cast<std::uint64_t>(5 + repeat));
        const auto device = repeat == 0 ? std::uint64_t{9223372036854775807} : static_cast<std::uint64_t>(repeat - 1);
        CHECK(one.timing.device_seed == device);
    }
    // A seed that is swept is what the user says.
    const Sweep seeds = plan("[sweep]\nrepeats = 2\nover = { \"network.seed\" = [7, 8] }\n");
    CHECK(scenario_of(seeds, 0, 1).network.seed == 7);
    CHECK(scenario_of(seeds, 1, 1).network.seed == 8);
    CHECK(scenario_of(seeds, 1, 1).seed == 2);
    CHECK(scenario_of(seeds, 1, 1).timing.device_seed == 2);
}

TEST_CASE("a resolved sweep and a resolved search hold their axes and load again to the same") {
    const std::string lines =
        "[sweep]\nrepeats = 2\nover = { \"network.weights\" = [\"w.h5\", { label = \"v\", value = \"/v.h5\" }], "
        "neuron = [{ label = \"1/t\", epsilon = \"1/t^1\" }, { label = \"b\", lambda = 0.5 }] }\n"
        "[search]\ntrials = 7\nobjective = \"test_error\"\nover = { \"neuron.epsilon.initial\" = [0.0, 1.0], "
        "\"neuron.quantizer\" = [\"sigma-delta\", \"threshold\"] }\n"
        "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"w.h5, b\"\nthan = \"w.h5, 1/t\"\n";
    std::string there = lines;
    there.replace(there.find("\"w.h5, b\""), 9, "\"/experiments/june/w.h5, b\"");
    there.replace(there.find("\"w.h5, 1/t\""), 11, "\"/experiments/june/w.h5, 1/t\"");
    for (const auto command : {Command::sweep, Command::search}) {
        const Scenario first = load_scenario(source(minimal + there), {}, command).scenario;
        const std::string text = scenario_as_toml(first, command);
        CAPTURE(text);
        const ScenarioSource elsewhere{"again.toml", "again", "/elsewhere", text};
        const Scenario again = load_scenario(elsewhere, {}, command).scenario;
        CHECK(differing_keys(first, again, command).empty());
        CHECK(scenario_as_toml(again, command) == text);
        CHECK(contains(text, command == Command::sweep ? "\"/experiments/june/w.h5\", { label = \"v\"" : "trials = 7"));
        // The other one's section is no part of it.
        CHECK(lacks(text, command == Command::sweep ? "[search]" : "[sweep]"));
    }
    const Scenario run = load_scenario(source(minimal + there), {}).scenario;
    CHECK(run.expectations.at(0).than_point);
    CHECK(lacks(scenario_as_toml(run), "than"));
    CHECK(contains(errors_with(lines), "than"));
}

TEST_CASE("notes say which expectations are left to another command and which options a sweep overrules") {
    const std::string lines = timed +
                              "[sweep]\nover = { \"timing.jitter\" = [0, 0.1] }\n[search]\ntrials = 3\n"
                              "[[expect]]\nmetric = \"lost\"\nequals = 0\n"
                              "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"0.1\"\n";
    CHECK(
        load_sweep(lines, {"timing.jitter=0.3", "timing.drift=0.1", "timing.jitter.distribution=normal"}).notes ==
        std::vector<std::string>{"[search] is ignored by sweep",
                                 "1 of the expectations is about the scenario itself, and left to settle run",
                                 "timing.jitter is what the sweep varies, and --set has no effect on it",
                                 "timing.jitter.distribution is what the sweep varies, and --set has no effect on it"});
    CHECK(contains(load_sweep(lines, {"record.state=true"}).notes.back(), "record.* is ignored by sweep"));
}

TEST_CASE("a grid that an option makes smaller leaves out what is expected of points that are gone") {
    const std::string lines =
        "[sweep]\nover = { \"phases.free\" = [5, 6, 7] }\n[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"5\"\n"
        "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"7\"\n"
        "[[expect]]\nmetric = \"spikes\"\nbelow = 0\npoint = \"5\"\nthan = \"6\"\n";
    CHECK(load_sweep(lines).scenario.expectations.size() == 3);
    const LoadedScenario smaller = load_sweep(lines, {"sweep.over={ \"phases.free\" = [5, 9] }"});
    REQUIRE(smaller.scenario.expectations.size() == 1);
    CHECK(smaller.scenario.expectations[0].point == "5");
    CHECK(smaller.notes ==
          std::vector<std::string>{"2 of the expectations are about a point that is not in this grid"});
}

TEST_CASE("everything that is wrong with a sweep is said before anything runs") {
    CHECK(sweep_errors("") ==
          "bad.toml: sweep.over: is missing; expected what to vary, such as { \"timing.jitter\" = "
          "[0.0, 0.1] }");
    CHECK(contains(sweep_errors("[sweep]\nover = {}\n"), "bad.toml:6:1: sweep.over: is empty"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"timing.jiter\" = [1] }\n"), "did you mean timing.jitter?"));
    CHECK(contains(sweep_errors("[sweep]\nover = { timming = [{ label = \"a\" }] }\n"), "unknown key"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"phases.free\" = [] }\n"), "\"phases.free\": is empty"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"phases.free\" = [5, 5] }\n"), "\"5\" is there twice"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"phases.free\" = [5, 0] }\n"),
                   "bad.toml:6:30: phases.free: 0 is out of range"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"phases.free\" = [5, \"x\"] }\n"), "\"x\" is not an integer"));
    CHECK(
        contains(sweep_errors("[sweep]\nover = { \"scenario.threads\" = [1] }\n"), "does not differ between the runs"));
    CHECK(contains(sweep_errors("[sweep]\nover = { neuron = [0.5] }\n"), "is not a table; expected { label, …"));
    CHECK(contains(sweep_errors("[sweep]\nover = { neuron = [{ lambda = 0.5 }] }\n"), "has no label"));
    CHECK(contains(sweep_errors("[sweep]\nover = { neuron = [{ label = \"a\", lamda = 0.5 }] }\n"),
                   "did you mean neuron.lambda?"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"neuron.lambda\" = [{ label = \"a\" }] }\n"), "has no value"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"neuron.lambda\" = [0.5, 1.5] }\n"),
                   "neuron.lambda: is 1.5 at t = 1; expected above 0, to 1, at every t"));
    CHECK(contains(sweep_errors("[sweep]\nover = { \"timing.jitter\" = [0, 0.5] }\n"),
                   "timing.jitter: the lockstep engine cannot honour it"));
    const std::string point =
        "[sweep]\nover = { neuron = [{ label = \"annealed\" }] }\n[[expect]]\nmetric = "
        "\"lost\"\nequals = 0\npoint = \"anneal\"\n";
    CHECK(contains(sweep_errors(point), "bad.toml:10:1: expect.point: \"anneal\" is unknown"));
    CHECK(contains(sweep_errors(point), "did you mean annealed?"));
    std::string big = "[sweep]\nover = {";
    for (const char* key : {"free", "nudged"}) {
        big += std::string(big.back() == '{' ? "" : ",") + " \"phases." + key + "\" = [";
        for (int i = 1; i <= 400; ++i) big += (i > 1 ? "," : "") + std::to_string(i);
        big += "]";
    }
    CHECK(contains(sweep_errors(big + " }\n"), "the grid has too many points; expected at most 100000"));
}

TEST_CASE("everything that is wrong with a search is said before anything runs") {
    const std::string over = "over = { \"neuron.epsilon.initial\" = [0.1, 1.0] }\n";
    CHECK(contains(search_errors(""), "bad.toml: search.over: is missing"));
    CHECK(contains(search_errors("[search]\n" + over), "bad.toml: search.objective: is missing"));
    CHECK(contains(search_errors("[search]\nobjective = \"final_distance\"\n" + over),
                   "bad.toml:6:1: search.objective: \"final_distance\" is not reported by the task train"));
    CHECK(contains(search_errors("[search]\nobjective = \"test_eror\"\n" + over), "did you mean test_error?"));
    // Neither is what the scenario's phases, data or engine leave out, unless the search itself brings it in.
    const auto minimised = [&](const std::string& metric, const std::string& axis = "") {
        return search_errors("[search]\nobjective = \"" + metric +
                             "\"\nover = { \"neuron.epsilon.initial\" = [0.1, 1.0]" + axis + " }\n");
    };
    CHECK(contains(minimised("validation_error"), "\"validation_error\" is not reported by the task train"));
    CHECK(minimised("validation_error", ", \"data.validation\" = [1, 5]").empty());
    CHECK(contains(minimised("late_ticks"), "\"late_ticks\" is not reported by the task train"));
    const std::string objective = "[search]\nobjective = \"test_error\"\n";
    CHECK(search_errors(objective + over).empty());
    CHECK(contains(search_errors(objective + "over = { \"phases.free\" = [9, 9] }\n"), "the range [9, 9] is empty"));
    CHECK(contains(search_errors(objective + "over = { \"phases.free\" = [9, 3] }\n"), "the range [9, 3] is empty"));
    CHECK(contains(search_errors(objective + "over = { \"phases.free\" = [1, 2, 3] }\n"), "[1, 2, 3] is no range"));
    CHECK(contains(search_errors(objective + "over = { \"phases.free\" = [] }\n"), "is empty"));
    CHECK(contains(search_errors(objective + "over = { \"neuron.epsilonn\" = [0, 1] }\n"),
                   "did you mean neuron.epsilon"));
}

TEST_CASE("whole numbers are searched among whole numbers, and so are the parts of keys that are") {
    const auto is_whole = [](const std::string& name) {
        const Value range(Value::Array{Value(std::int64_t{2}, {}), Value(std::int64_t{20}, {})}, {});
        const Axis axis = axes_of({{name, range}}, AxesOf::search).at(0);
        REQUIRE(axis.range);
        return axis.range->integer;
    };
    for (const char* name : {"phases.free", "stream.dwell", "stream.dwell.low", "stream.dwell.high",
                             "phases.readout.mean", "neuron.restart.pause", "neuron.restart.to", "stream.train.epochs",
                             "stream.train.samples", "network.train.epochs"}) {
        CAPTURE(name);
        CHECK(is_whole(name));
    }
    for (const char* name : {"timing.latency", "timing.latency.low", "neuron.restart.gain", "neuron.epsilon.initial"}) {
        CAPTURE(name);
        CHECK(!is_whole(name));
    }
}

// From a file and options to a resolved scenario, and back to a file.
#include <algorithm>
#include <filesystem>

#include "sim/scenario/checks.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/words.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

/// Whether the notes tell no more than that something is left to `settle sweep` or `settle search`, or what a scenario
/// is about.
bool left_to_other_commands(const std::vector<std::string>& notes) {
    return std::all_of(notes.begin(), notes.end(), [](const std::string& note) {
        return note.rfind("[sweep]", 0) == 0 || note.rfind("[search]", 0) == 0 ||
               note.find("left to settle sweep") != std::string::npos || note.rfind("network.weights", 0) == 0 ||
               note.rfind("eigenvalues are left out", 0) == 0;
    });
}

/// Loads what the scenario resolves to; the keys that come out different.
std::vector<std::string> changed_by_a_round_trip(const Scenario& scenario) {
    const std::string text = scenario_as_toml(scenario);
    CAPTURE(text);
    const LoadedScenario again = load_scenario({"again.toml", "another-name", "/elsewhere", text}, {});
    CHECK(again.warnings.empty());
    CHECK(left_to_other_commands(again.notes));
    CHECK(scenario_as_toml(again.scenario) == text);
    return differing_keys(scenario, again.scenario);
}

}  // namespace

TEST_CASE("what is not given has its default") {
    const Scenario scenario = load(minimal).scenario;
    CHECK(scenario.name == "bad");
    CHECK(scenario.task == Task::train);
    CHECK(scenario.engine == EngineKind::lockstep);
    CHECK(scenario.seed == 1);
    CHECK(std::get<Schedule>(scenario.neuron.epsilon) == Schedule{0.843, 0.0923, 0});
    CHECK(!scenario.neuron.lambda);
    CHECK(scenario.phases.free == 100);
    CHECK(scenario.phases.nudged == 50);
    CHECK(scenario.timing.latency == Uniform{1e6, 1e6});
    CHECK(!scenario.data.train);
    CHECK(scenario.data.path.empty());
}

TEST_CASE("seeds and latency follow the keys they depend on") {
    const Scenario seeded = load_with("", {"scenario.seed=7"}).scenario;
    CHECK(seeded.network.seed == 7);
    CHECK(seeded.timing.device_seed == 7);
    const Scenario apart = load_with("", {"scenario.seed=7", "network.seed=3"}).scenario;
    CHECK(apart.network.seed == 3);
    CHECK(apart.timing.device_seed == 7);
    const auto fast = load_with("[timing]\nperiod = \"3 us\"\n").scenario.timing;
    CHECK(fast.unit == TimeUnit{-12});
    CHECK(fast.period == 3'000'000);
    CHECK(fast.latency == Uniform{3e6, 3e6});
}

TEST_CASE("a resolved scenario loads again to the same one") {
    const std::vector<std::vector<std::string>> variants = {
        {},
        {"neuron.epsilon=0.5"},
        {"neuron.epsilon=1e-7/t^1e-9"},
        {"neuron.epsilon={ initial = 0.1, exponent = -0.01, floor = 0.3 }"},
        {"neuron.epsilon={ rule = 'osa', target = 0.0503, floor = 1e-7 }"},
        {"neuron.epsilon={ rule = 'kesten', a = 6.81, b = 0.1 }", "neuron.lambda=0.3333333333333333"},
        {"neuron.lambda=1"},
        {"neuron.restart=announced"},
        {"neuron.lambda=0.5", "neuron.restart=surprise"},
        {"neuron.lambda=0.5",
         "neuron.restart={ rule = 'surprise', gain = 0.07, spread = 1e-3, threshold = 2.5, pause = 3, to = 9, input = "
         "0.3 }"},
        {"neuron.lambda=0.5", "neuron.restart={ rule = 'warmed-surprise', to = 1 }"},
        {"neuron.lambda={ initial = 0.832, exponent = 0.584, floor = 0.1 }"},
        {"neuron.kind=continuous", "neuron.epsilon=0.5"},
        {"neuron.kind=continuous", "neuron.epsilon=0.5", "neuron.lambda=1"},
        {"scenario.description=\"quote \\\" backslash \\\\ bell \\u0007 line\\nend \\u2713\"", "scenario.name=a.b-c_1"},
        {"scenario.seed=9223372036854775807", "network.seed=0", "scenario.threads=1024", "scenario.shard=64"},
        {"network.weights=w.h5", "network.init_scale=0.1", "data.set=hdf5", "data.path=../x/data.h5"},
        {"data.train=100", "data.test=0", "data.validation=99", "data.shuffle=false", "data.set=random"},
        {"data.train=all", "data.test=all", "data.set=mnist"},
        {"phases.readout={ mean = 10 }", "phases.splitstream=true", "phases.settle_tolerance=1e-3"},
        {"learning.beta=-0.1", "learning.beta_sign=both", "learning.update=full", "learning.rates=[1e-300, 0]"},
        {"record.state=true", "record.bits={ layers = [0, 2], neurons = 5, from = 3, to = 9, every = 2 }"},
        {"record.weights={ every = 100 }", "record.metrics_every=3"},
        {"timing.period=1 ns"},
        {"timing.period=1e12 s"},
        {"timing.period=123456.789 us"},
        {"timing.period=999999999999 ns", "timing.jitter=0.1", "timing.latency=0.5", "--engine"},
        {"sweep.repeats=5", "search.trials=3"},
        {"scenario.task=infer", "phases.nudged=0"},
        {"scenario.task=converge", "data.repeats=5", "learning.beta_sign=fixed"},
    };
    for (const auto& variant : variants) {
        std::vector<Override> overrides;
        for (const std::string& set : variant) {
            overrides.push_back(set == "--engine" ? Override{"--engine", "scenario.engine", "lockstep"}
                                                  : parse_set(set));
        }
        CHECK(changed_by_a_round_trip(load(minimal, overrides).scenario).empty());
    }
}

TEST_CASE("a key whose value cannot be chosen in this version is still written as it is read") {
    // The other engines are refused, so the writing of [timing] and [free] is tested without loading.
    Scenario scenario = load(minimal).scenario;
    scenario.timing.jitter = Normal{0, 100'000};
    scenario.timing.accumulate = true;
    scenario.timing.drift = Uniform{-0.01, 0.01};
    scenario.timing.latency_jitter = Normal{0, 20'000};
    scenario.timing.latency = Uniform{300'001, 600'000};
    scenario.free.pace = std::chrono::milliseconds(2);
    scenario.checkpoint.every = {5000, WallDuration::zero()};
    const std::string text = scenario_as_toml(scenario);
    CHECK(contains(text, "jitter = { distribution = \"normal\", width = 0.1, accumulate = true }\n"));
    CHECK(contains(text, "drift = 0.01\n"));
    CHECK(contains(text, "latency_jitter = { distribution = \"normal\", width = 0.02 }\n"));
    CHECK(contains(text, "latency = { low = \"300001 ns\", high = \"600 us\" }\n"));
    CHECK(contains(text, "pace = \"2 ms\"\n"));
    CHECK(contains(text, "[checkpoint]\nevery = 5000\n"));
}

TEST_CASE("every built-in scenario loads, describes itself and resolves to itself") {
    CHECK(builtin_scenarios().size() >= 5);
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        CAPTURE(builtin.name);
        const LoadedScenario loaded = load_scenario(source_of(builtin), {});
        CHECK(loaded.scenario.name == builtin.name);
        CHECK(loaded.scenario.description.size() > 20);
        CHECK(loaded.warnings.empty());
        CHECK(left_to_other_commands(loaded.notes));
        CHECK(changed_by_a_round_trip(loaded.scenario).empty());
        CHECK(find_scenario(std::string(builtin.name)).text == builtin.text);
    }
}

TEST_CASE("paths in a file are relative to the file, in options to the working directory") {
    const std::string here = std::filesystem::current_path().string();
    const std::string data = "[data]\nset = \"hdf5\"\npath = \"../data/x.h5\"\n";
    CHECK(load_with(data).scenario.data.path == "/experiments/data/x.h5");
    CHECK(load_with(data, {"data.path=./y.h5"}).scenario.data.path == here + "/y.h5");
    CHECK(load_with("", {"network.weights=w.h5"}).scenario.network.weights == here + "/w.h5");
    CHECK(load_with("", {"network.weights=/a/./b/../w.h5"}).scenario.network.weights == "/a/w.h5");
    CHECK(contains(errors_with("", {"network.weights="}), "network.weights: the path is empty; expected a path"));
    CHECK(contains(errors_with("", {"network.weights=\"a\\u0000b\""}), "is not a path"));
}

TEST_CASE("a scenario is found by path or by built-in name") {
    const TemporaryFolder folder;
    const std::string path = folder.file("two words!.toml");
    write_file(path, minimal);
    const ScenarioSource found = find_scenario(path);
    CHECK(found.text == minimal);
    CHECK(found.stem == "two_words_");
    CHECK(found.folder == folder.path());
    CHECK(contains(error_text([] { find_scenario("mnits"); }), "did you mean mnist?"));
    CHECK(error_text([&] { find_scenario(folder.path()); }) ==
          folder.path() + ": is a folder; expected a path, or a name of `settle list`");
    write_file(folder.file("large.toml"), std::string((1 << 20) + 1, '#'));
    CHECK(contains(error_text([&] { find_scenario(folder.file("large.toml")); }), "is larger than 1 MB"));
    CHECK(error_text([] { load_scenario({"empty.toml", "empty", "/", "\xef\xbb\xbf"}, {}); }).size() > 0);
    CHECK_NOTHROW(load("\xef\xbb\xbf" + minimal));
}

TEST_CASE("the engine and the keys that it cannot honour are both named") {
    CHECK(errors_with("[timing]\njitter = 0.1\n") ==
          "bad.toml:6:1: timing.jitter: the lockstep engine cannot honour it; "
          "expected scenario.engine = virtual, or this key at its default, 0");
    CHECK(contains(errors_with("[faults]\ndead_links = 0.1\n"), "expected scenario.engine = virtual, free"));
    CHECK(contains(errors_with("[free]\nmax_lead = 9\n"), "free.max_lead: the lockstep engine cannot honour it"));
    CHECK(contains(errors_with("[free]\nmax_lead = 2\n"), "free.max_lead: the lockstep engine cannot honour it"));
    // Earlier versions wrote this into every resolved scenario, when it was the default.
    CHECK(errors_with("[free]\nmax_lead = 4\n") == "");
    CHECK(contains(errors_with("[free]\npace = \"1 ms\"\n"), "free.pace: the lockstep engine cannot honour it"));
}

TEST_CASE("keys at their defaults, the period and the shard size suit every engine") {
    const std::string lines =
        "[scenario]\nshard = 8\n[timing]\nperiod = \"2 ms\"\njitter = 0\nphase = \"aligned\"\nlatency = \"2 ms\"\n"
        "device_seed = 1\nlink = \"pulse\"\n[faults]\ndead_links = 0\n[free]\nmax_lead = 1\n";
    const LoadedScenario loaded = load_with(lines);
    CHECK(loaded.warnings.empty());
    CHECK(loaded.scenario.shard == 8);
}

TEST_CASE("asking for lockstep on the command line turns what [timing] asks for into warnings") {
    const std::string timing = "[timing]\njitter = 0.1\nlatency = 0.5\nperiod = \"2 ms\"\n";
    for (const Override& engine :
         {Override{"--engine", "scenario.engine", "lockstep"}, Override{"--set", "scenario.engine", "lockstep"}}) {
        const LoadedScenario loaded = load(minimal + timing + "[scenario]\nengine = \"virtual\"\n", {engine});
        REQUIRE(loaded.warnings.size() == 2);
        CHECK(loaded.warnings[0] == "timing.jitter: the lockstep engine leaves it out");
        CHECK(loaded.warnings[1] == "timing.latency: the lockstep engine leaves it out");
        // What is left out is not in the resolved scenario, which then loads without the option.
        CHECK(loaded.scenario.timing.jitter.none());
        CHECK(loaded.scenario.timing.latency == Uniform{2e6, 2e6});
        CHECK(changed_by_a_round_trip(loaded.scenario).empty());
    }
    CHECK(contains(
        errors_of(minimal + timing + "[faults]\ndead_links = 0.1\n", {{"--engine", "scenario.engine", "lockstep"}}),
        "faults.dead_links: the lockstep engine cannot honour it"));
    CHECK(contains(errors_of(minimal + "[scenario]\nengine = \"lockstep\"\n" + timing), "timing.jitter"));
}

TEST_CASE("a scenario allows the engines that honour all its keys") {
    using Engines = std::vector<EngineKind>;
    Scenario scenario = load(minimal).scenario;
    CHECK(allowed_engines(scenario) ==
          Engines{EngineKind::lockstep, EngineKind::virtual_time, EngineKind::free_running});
    scenario.timing.loss = 0.1;
    CHECK(allowed_engines(scenario) == Engines{EngineKind::virtual_time, EngineKind::free_running});
    scenario.timing.jitter = Uniform{-1e5, 1e5};
    CHECK(allowed_engines(scenario) == Engines{EngineKind::virtual_time});
    scenario = load_with("", {"neuron.kind=continuous", "neuron.epsilon=0.5"}).scenario;
    CHECK(allowed_engines(scenario) == Engines{EngineKind::lockstep});
    scenario.timing.loss = 0.1;
    CHECK(allowed_engines(scenario).empty());
}

TEST_CASE("free-running clocks and links are what the machine does") {
    const std::string free = "[scenario]\nengine = \"free\"\n[timing]\n";
    for (const std::string key :
         {"jitter = 0.1", "drift = 0.01", "phase = \"random\"", "latency = 0.5", "link = \"level\"",
          "latency_jitter = 0.1", "scope = \"synapse\"", "duplication = 0.1"}) {
        const std::string errors = errors_with(free + key + "\n");
        CAPTURE(errors);
        CHECK(contains(errors, "bad.toml:8:1: timing." + key.substr(0, key.find(' ')) +
                                   ": the free engine cannot honour it: its clocks and links are what the machine "
                                   "does; expected scenario.engine = virtual"));
    }
    CHECK(errors_with(free + "loss = 0.1\njitter = 0\nperiod = \"2 ms\"\n").empty());
    CHECK(contains(errors_with("[free]\nmax_lead = 2\n"), "free.max_lead: the lockstep engine cannot honour it; "));
}

TEST_CASE("what this version cannot do yet is refused, not ignored") {
    CHECK(contains(errors_with("[record]\nweights = { layers = [0] }\n"), "bad.toml:6:1: record.weights: "));
    CHECK(errors_with("[checkpoint]\nevery = \"10 min\"\n[record]\nspikes = true\n").empty());
}

TEST_CASE("convergence has one sign of beta, and needs no rates") {
    const std::string converge = "[scenario]\ntask = \"converge\"\n";
    const LoadedScenario loaded = load("[network]\nlayers = [4, 3, 2]\n" + converge);
    CHECK(loaded.scenario.learning.beta_sign == BetaSign::fixed);
    CHECK(at_default(*find_key("learning.beta_sign"), loaded.scenario));
    CHECK(differing_keys(load(scenario_as_toml(loaded.scenario)).scenario, loaded.scenario).empty());
    CHECK(load_with("").scenario.learning.beta_sign == BetaSign::random);
    for (const std::string sign : {"random", "both"}) {
        CHECK(contains(errors_with(converge, {"learning.beta_sign=" + sign}),
                       "learning.beta_sign: convergence is measured with the sign of learning.beta itself"));
    }
    CHECK(contains(errors_with(converge + "[data]\ntrain = 9000000\n"), "data.train: the convergence of 9000000"));
}

TEST_CASE("sweep and search are checked, and run says that it ignores them") {
    const LoadedScenario loaded = load_with(
        "[sweep]\nrepeats = 5\nover = { \"timing.jitter\" = [0.1], neuron = [{ label = \"a\" }] }\n"
        "[search]\nmethod = \"sobol\"\nobjective = \"final_distance\"\n"
        "over = { \"neuron.epsilon.initial\" = [0.0, 1.0] }\n");
    CHECK(loaded.notes == std::vector<std::string>{"[search] is ignored by run", "[sweep] is ignored by run"});
    CHECK(loaded.scenario.sweep.repeats == 5);
    CHECK(loaded.scenario.search.method == SearchMethod::sobol);
    CHECK(lacks(scenario_as_toml(loaded.scenario), "sweep"));
    CHECK(load_with("[sweep]\n").notes.size() == 1);
    CHECK(contains(errors_of("sweep = 3\n" + minimal), "bad.toml:1:1: sweep: is not a table; expected [sweep]"));
    CHECK(contains(errors_with("[sweep]\nrepeat = 3\n"), "did you mean sweep.repeats?"));
    CHECK(contains(errors_with("[sweep]\nover = { \"timing.jiter\" = [1] }\n"), "did you mean timing.jitter?"));
    CHECK(contains(errors_with("[sweep]\nover = { \"sweep.repeats\" = [1] }\n"), "unknown key"));
    CHECK(contains(errors_with("[search]\nover = { \"timing.jitter\" = 1 }\n"), "is not an array"));
    CHECK(contains(errors_with("[search]\nmethod = \"grid\"\n"), "expected one of random, sobol"));
}

TEST_CASE("notes say what is asked for in vain") {
    const auto continuous = load_with("", {"neuron.kind=continuous", "neuron.epsilon=0.5", "record.bits=true"});
    CHECK(continuous.notes == std::vector<std::string>{"record.bits writes nothing: continuous neurons send no bits"});
    const auto random = load_with("", {"scenario.task=infer"}).notes;
    REQUIRE(random.size() == 1);
    CHECK(contains(random.front(), "network.weights is not given: "));
    const auto infer = load_with("", {"scenario.task=infer", "network.weights=w.h5", "record.weights=true"});
    CHECK(infer.notes == std::vector<std::string>{"record.weights writes nothing: only training changes weights"});
}

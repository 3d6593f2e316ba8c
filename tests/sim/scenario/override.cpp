#include "sim/scenario/override.hpp"

#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

Schedule epsilon_of(const LoadedScenario& loaded) {
    return std::get<Schedule>(loaded.scenario.neuron.epsilon);
}

}  // namespace

TEST_CASE("--set is split at the first equals sign") {
    CHECK(parse_set("a.b=c=d").key == "a.b");
    CHECK(parse_set("a.b=c=d").value == "c=d");
    CHECK(parse_set("a.b=").value.empty());
    CHECK(error_text([] { parse_set("a.b"); }) == "--set: \"a.b\" sets nothing; expected KEY=VALUE");
    CHECK(contains(error_text([] { parse_set("=3"); }), "sets nothing"));
}

TEST_CASE("a value is TOML, and a string where it is none") {
    CHECK(load_with("", {"data.set=mnist"}).scenario.data.set == DataSet::mnist);
    CHECK(load_with("", {"data.set=\"mnist\""}).scenario.data.set == DataSet::mnist);
    CHECK(epsilon_of(load_with("", {"neuron.epsilon=0.775/t^0.313"})) == Schedule{0.775, 0.313, 0});
    CHECK(load_with("", {"scenario.description=two words # and more"}).scenario.description == "two words # and more");
    CHECK(load_with("", {"learning.rates=[1, 2.5]"}).scenario.learning.rates == std::vector<double>{1, 2.5});
    CHECK(load_with("", {"learning.batch=0x10"}).scenario.learning.batch == 16);
    // One argument sets one key.
    CHECK(contains(errors_with("", {"learning.batch=3\nepochs = 4"}), "learning.batch: \"3\\nepochs = 4\" is not an"));
    CHECK(contains(errors_with("", {"learning.batch=3\repochs = 4"}), "is not an integer"));
}

TEST_CASE("the type of the key decides") {
    CHECK(contains(errors_with("", {"learning.batch=\"3\""}), "--set: learning.batch: \"3\" is not an integer"));
    CHECK(contains(errors_with("", {"scenario.name=3"}), "--set: scenario.name: 3 is not a string"));
    CHECK(contains(errors_with("", {"data.shuffle=yes"}), "--set: data.shuffle: \"yes\" is neither true nor false"));
}

TEST_CASE("later wins over earlier, and options over the file") {
    CHECK(load_with("[phases]\nfree = 3\n", {"phases.free=4", "phases.free=5"}).scenario.phases.free == 5);
    CHECK(load_with("[phases]\nfree = 0\n", {"phases.free=4"}).scenario.phases.free == 4);
    const std::vector<Override> options = {
        {"--set", "scenario.seed", "3"}, {"--set", "scenario.threads", "3"}, {"--threads", "scenario.threads", "2"}};
    CHECK(load(minimal, options).scenario.seed == 3);
    CHECK(load(minimal, options).scenario.threads == 2);
}

TEST_CASE("an option is named as the place of its error") {
    CHECK(errors_of(minimal, {{"--threads", "scenario.threads", "-1"}}) ==
          "--threads: scenario.threads: -1 is out of range; expected an integer, 0 to 1024");
    CHECK(errors_of(minimal, {{"--engine", "scenario.engine", "lock-step"}}) ==
          "--engine: scenario.engine: \"lock-step\" is unknown; expected one of lockstep, virtual, free; "
          "did you mean lockstep?");
    CHECK(contains(errors_of(minimal, {{"--seed", "scenario.seed", "one"}}), "--seed: scenario.seed: \"one\" is not"));
}

TEST_CASE("a key that there is not cannot be set") {
    CHECK(errors_with("", {"neuron.lamda=1"}) ==
          "--set: neuron.lamda: unknown key; expected a scenario key; did you mean neuron.lambda?");
    CHECK(contains(errors_with("", {"neuron.epsilon.initail=1"}), "did you mean neuron.epsilon.initial?"));
    CHECK(contains(errors_with("", {"learning.rates.0=1"}), "--set: learning.rates.0: unknown key"));
    CHECK(contains(errors_with("", {"batch=1"}), "did you mean learning.batch?"));
    CHECK(errors_with("", {"neuron={ epsilon = 1 }"}) ==
          "--set: neuron: is a section; expected one of its keys, such as neuron.KEY");
    CHECK(errors_with("", {"events.at=1"}) ==
          "--set: events.at: arrays of tables cannot be set; expected [[events]] in the scenario file");
    CHECK(contains(errors_with("", {"expect=[]"}), "arrays of tables cannot be set"));
}

TEST_CASE("parts of a step size can be set in whatever form the file has") {
    const std::vector<std::string> forms = {"0.8", "\"0.8\"", "\"0.8/t^0\"", "{ initial = 0.8 }",
                                            "{ initial = 0.8, exponent = 0, floor = 0 }"};
    for (const std::string& form : forms) {
        CAPTURE(form);
        const std::string file = "[neuron]\nepsilon = " + form + "\n";
        CHECK(epsilon_of(load_with(file, {"neuron.epsilon.exponent=0.5"})) == Schedule{0.8, 0.5, 0});
        CHECK(epsilon_of(load_with(file, {"neuron.epsilon.floor=0.1"})) == Schedule{0.8, 0, 0.1});
        CHECK(epsilon_of(load_with(file, {"neuron.epsilon.initial=0.5", "neuron.epsilon.floor=0.1"})) ==
              Schedule{0.5, 0, 0.1});
    }
    CHECK(epsilon_of(load_with("[neuron]\nepsilon.initial = 0.5\n", {"neuron.epsilon.floor=0.1"})) ==
          Schedule{0.5, 0, 0.1});
    // The default is a form like any other.
    CHECK(epsilon_of(load_with("", {"neuron.epsilon.initial=0.5"})) == Schedule{0.5, 0.0923, 0});
    CHECK(epsilon_of(load_with("", {"neuron.epsilon=0.5", "neuron.epsilon.exponent=1"})) == Schedule{0.5, 1, 0});
    CHECK(epsilon_of(load_with("", {"neuron.epsilon.exponent=1", "neuron.epsilon=0.5"})) == Schedule{0.5, 0, 0});
}

TEST_CASE("a part does not hide that the rest is wrong") {
    CHECK(contains(errors_with("[neuron]\nepsilon = \"abc\"\n", {"neuron.epsilon.floor=0.1"}), "is not a schedule"));
    CHECK(contains(errors_with("[neuron]\nepsilon = true\n", {"neuron.epsilon.floor=0.1"}), "bad.toml:6:1: neuron"));
    CHECK(contains(errors_with("[phases]\nreadout = \"lats\"\n", {"phases.readout.mean=3"}), "\"lats\" is unknown"));
    CHECK(contains(errors_with("[record]\nstate = 5\n", {"record.state.every=3"}), "5 is neither true nor false"));
    CHECK(contains(errors_with("", {"neuron.lambda.exponent=0.5"}), "neuron.lambda: the table has no initial value"));
}

TEST_CASE("a rule and its parts can be set in any order") {
    for (const auto& sets : {std::vector<std::string>{"neuron.epsilon.rule=osa", "neuron.epsilon.target=0.05"},
                             std::vector<std::string>{"neuron.epsilon.target=0.05", "neuron.epsilon.rule=osa"}}) {
        CHECK(std::get<Osa>(load_with("", sets).scenario.neuron.epsilon) == Osa{0.05, 1e-15});
    }
    const std::string osa = "[neuron]\nepsilon = { rule = \"osa\", target = 0.05, floor = 1e-7 }\n";
    // The same rule again keeps its parts, another one has its own.
    CHECK(std::get<Osa>(load_with(osa, {"neuron.epsilon.rule=osa"}).scenario.neuron.epsilon) == Osa{0.05, 1e-7});
    CHECK(std::get<Kesten>(
              load_with(osa, {"neuron.epsilon.rule=kesten", "neuron.epsilon.a=3"}).scenario.neuron.epsilon) ==
          Kesten{3, 2.64});
    CHECK(contains(errors_with(osa, {"neuron.epsilon.initial=0.5"}), "neuron.epsilon.initial: unknown key"));
    CHECK(epsilon_of(load_with(osa, {"neuron.epsilon=0.5"})) == Schedule{0.5, 0, 0});
}

TEST_CASE("the rule of restarts and its parts can be set, from a word as from a table") {
    const auto restart_of = [](const std::string& lines, const std::vector<std::string>& sets) {
        return load_with("[neuron]\nlambda = 0.5\n" + lines, sets).scenario.neuron.restart;
    };
    SurpriseRestarts surprise;
    CHECK(restart_of("", {"neuron.restart=surprise"}) == RestartRule(surprise));
    CHECK(restart_of("restart = { rule = \"surprise\" }\n", {}) == RestartRule(surprise));
    CHECK(restart_of("", {}) == RestartRule(NeverRestarts()));
    SurpriseRestarts warmed;
    warmed.warmed = true;
    CHECK(restart_of("", {"neuron.restart=warmed-surprise"}) == RestartRule(warmed));
    CHECK(restart_of("restart = \"surprise\"\n", {"neuron.restart.rule=warmed-surprise"}) == RestartRule(warmed));
    CHECK(restart_of("restart = \"surprise\"\n", {"neuron.restart.rule=announced"}) ==
          RestartRule(AnnouncedRestarts()));
    surprise.to = 7;
    surprise.gain = 0.25;
    CHECK(restart_of("restart = \"surprise\"\n", {"neuron.restart.to=7", "neuron.restart.gain=0.25"}) ==
          RestartRule(surprise));
    CHECK(restart_of("", {"neuron.restart.gain=0.25", "neuron.restart.rule=surprise", "neuron.restart.to=7"}) ==
          RestartRule(surprise));
}

TEST_CASE("parts of other tables can be set as well") {
    CHECK(load_with("", {"neuron.lambda.initial=0.5"}).scenario.neuron.lambda == Schedule{0.5, 0, 0});
    CHECK(load_with("", {"phases.readout.mean=7"}).scenario.phases.readout_mean == 7);
    CHECK(load_with("[phases]\nreadout = { mean = 3 }\n", {"phases.readout.mean=7"}).scenario.phases.readout_mean == 7);
    const Recording recording =
        load_with("[record]\nstate = { neurons = 4 }\n", {"record.state.every=3", "record.state.layers=[1]"})
            .scenario.record.state;
    CHECK(recording == Recording{true, {1}, 4, 0, 0, 3});
    CHECK(load_with("", {"record.bits.to=1"}).scenario.record.bits == Recording{true, {}, 0, 0, 1, 1});
}

TEST_CASE("parts of [timing] are read as the file's form and the period want it") {
    // The engines that honour these are refused, so what is read shows in the problems alone.
    const auto problems = [](const std::string& lines, const std::vector<std::string>& sets) {
        return errors_with("[scenario]\nengine = \"virtual\"\n[timing]\n" + lines, sets);
    };
    CHECK(lacks(problems("jitter = 0.1\n", {"timing.jitter.accumulate=true"}), "timing"));
    CHECK(lacks(problems("", {"timing.jitter.width=0.1", "timing.jitter.distribution=normal"}), "timing"));
    CHECK(contains(problems("", {"timing.jitter.width=-1"}), "--set: timing.jitter.width: -1 is out of range"));
    // The default latency is one period, so half a period is below it.
    CHECK(lacks(problems("period = \"9 ms\"\n", {"timing.latency.low=0.5"}), "timing"));
    CHECK(contains(problems("period = \"9 ms\"\n", {"timing.latency.high=0.5"}), "high is below low"));
    CHECK(lacks(problems("latency = \"1 us\"\n", {"timing.latency.high=0.5"}), "timing"));
    // On a chip it is 0.
    const std::string chip = "period = \"9 ms\"\n[chip]\nmesh = [2, 2]\n";
    CHECK(lacks(problems(chip, {"timing.latency.high=0.5"}), "timing"));
    CHECK(contains(problems(chip, {"timing.latency.low=0.5"}), "high is below low"));
}

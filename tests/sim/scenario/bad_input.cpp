// What users read when a scenario is wrong: whole messages, since they are what people work with.
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

TEST_CASE("an unknown key is reported with its place and the nearest name") {
    CHECK(errors_with("[neuron]\nlamda = 0.5\n") ==
          "bad.toml:6:1: neuron.lamda: unknown key; expected a key of [neuron]; did you mean neuron.lambda?");
    CHECK(errors_with("[neuron]\nqqqqqqqqqq = 0.5\n") ==
          "bad.toml:6:1: neuron.qqqqqqqqqq: unknown key; expected a key of [neuron]");
}

TEST_CASE("a key in the wrong section, or in none, is sent to the right one") {
    CHECK(contains(errors_with("[scenario]\nlayers = [3, 4]\n"), "did you mean network.layers?"));
    CHECK(contains(errors_of("batch = 3\n" + minimal), "bad.toml:1:1: batch: unknown key; "));
    CHECK(contains(errors_of("batch = 3\n" + minimal), "did you mean learning.batch?"));
}

TEST_CASE("an unknown section is reported with the nearest one") {
    const std::string text = errors_with("[neurn]\nepsilon = 0.5\n");
    CHECK(contains(text, "bad.toml:5:2: neurn: unknown section; expected [scenario], [network], "));
    CHECK(contains(text, ", [[population]], [[projection]], [[events]], [[expect]]"));
    CHECK(contains(text, "did you mean neuron?"));
}

TEST_CASE("a section must be a table") {
    CHECK(errors_of("timing = 5\n" + minimal) == "bad.toml:1:1: timing: is not a table; expected [timing]");
}

TEST_CASE("an unknown part of a table is an unknown key too") {
    CHECK(errors_with("[neuron]\nepsilon = { initial = 0.5, exponnt = 1 }\n") ==
          "bad.toml:6:28: neuron.epsilon.exponnt: unknown key; expected initial, exponent, floor; "
          "did you mean neuron.epsilon.exponent?");
    CHECK(contains(errors_with("[neuron]\nepsilon = { rule = \"osa\", initial = 0.5 }\n"),
                   "neuron.epsilon.initial: unknown key; expected rule, target, floor"));
    CHECK(contains(errors_with("[neuron]\nlambda = { initial = 0.5, rule = \"osa\" }\n"),
                   "neuron.lambda.rule: unknown key"));
    CHECK(contains(errors_with("[neuron]\n\"epsilon.initial\" = 0.5\n"),
                   "neuron.\"epsilon.initial\": unknown key; expected a key of [neuron]"));
}

TEST_CASE("a value of the wrong type is reported with the right one") {
    CHECK(errors_with("[data]\nshuffle = 1\n") ==
          "bad.toml:6:1: data.shuffle: 1 is neither true nor false; expected true or false");
    CHECK(errors_with("[phases]\nfree = 2.0\n") ==
          "bad.toml:6:1: phases.free: 2.0 is not an integer; expected an integer, 1 to 10000000");
    CHECK(errors_with("[phases]\nfree = \"many\"\n") ==
          "bad.toml:6:1: phases.free: \"many\" is not an integer; expected an integer, 1 to 10000000");
    CHECK(errors_with("[timing]\nloss = [0.1]\n") ==
          "bad.toml:6:1: timing.loss: an array is not a number; expected a number, 0 to 1");
    CHECK(errors_with("[scenario]\ntask = { name = \"train\" }\n") ==
          "bad.toml:6:1: scenario.task: a table is not a string; expected one of train, infer, converge, stream");
    CHECK(errors_with("[data]\nset = \"mnits\"\n") ==
          "bad.toml:6:1: data.set: \"mnits\" is unknown; expected one of digits, mnist, fashion-mnist, idx, hdf5, "
          "random; "
          "did you mean mnist?");
    CHECK(errors_with("[scenario]\ndescription = 1979-05-27\ntask = 07:32:00\n") ==
          "bad.toml:7:1: scenario.task: \"07:32:00\" is unknown; expected one of train, infer, converge, stream");
}

TEST_CASE("a value out of range is reported with the range") {
    CHECK(errors_with("[timing]\nloss = 1.5\n") ==
          "bad.toml:6:1: timing.loss: 1.5 is out of range; expected a number, 0 to 1");
    CHECK(errors_with("[scenario]\nseed = -1\n") ==
          "bad.toml:6:1: scenario.seed: -1 is out of range; expected an integer, 0 to 9223372036854775807");
    CHECK(contains(errors_with("[timing]\ndrift = 1\n"), "timing.drift: 1 is out of range"));
    CHECK(contains(errors_with("[phases]\nfree = 0\n"), "phases.free: 0 is out of range"));
    CHECK(contains(errors_with("[phases]\nsettle_tolerance = 0\n"), "phases.settle_tolerance: 0 is out of range"));
    CHECK(contains(errors_with("[phases]\nreadout = { mean = 0 }\n"), "phases.readout.mean: 0 is out of range"));
    CHECK(contains(errors_with("[data]\ntrain = 0\n"), "data.train: 0 is out of range"));
    CHECK(contains(errors_with("[record]\nstate = { every = 0 }\n"), "record.state.every: 0 is out of range"));
    CHECK(contains(errors_with("[record]\nstate = { neurons = 0 }\n"), "record.state.neurons: 0 is out of range"));
    CHECK(contains(errors_with("[record]\nbits = { to = 0 }\n"), "record.bits.to: 0 is out of range"));
    CHECK(contains(errors_with("[record]\nbits = { layers = [] }\n"), "record.bits.layers: names no layer"));
}

TEST_CASE("nan and infinity are numbers of TOML and out of every range") {
    const std::vector<std::string> keys = {"neuron.epsilon",
                                           "neuron.lambda",
                                           "neuron.epsilon.initial",
                                           "neuron.epsilon.floor",
                                           "neuron.epsilon.exponent",
                                           "network.init_scale",
                                           "phases.settle_tolerance",
                                           "learning.beta",
                                           "timing.jitter",
                                           "timing.jitter.width",
                                           "timing.drift",
                                           "timing.latency",
                                           "timing.latency.high",
                                           "timing.latency_jitter",
                                           "timing.loss",
                                           "timing.burst",
                                           "timing.duplication",
                                           "faults.stuck_at_zero",
                                           "faults.stuck_at_one",
                                           "faults.dead_links"};
    for (const std::string& key : keys) {
        for (const std::string word : {"nan", "inf", "-inf"}) {
            CAPTURE(key);
            CHECK(contains(errors_with("", {key + "=" + word}), "--set: " + key + ": " + word + " is out of range"));
        }
    }
    CHECK(contains(errors_with("", {"learning.rates=[0.1, nan]"}), "--set: learning.rates: nan is out of range"));
    CHECK(contains(errors_with("", {"neuron.epsilon={ rule = 'osa', target = nan }"}),
                   "--set: neuron.epsilon.target: nan is out of range"));
    CHECK(contains(errors_with("", {"neuron.epsilon=nan/t^0.5"}), "is not a schedule"));
    CHECK(contains(errors_with("", {"timing.period=nan ms"}), "is not a duration"));
}

TEST_CASE("what is no TOML is reported with line and column") {
    CHECK(errors_of("[network\nlayers = [1, 2]\n") == "bad.toml:1:9: this is not TOML: expected ']', saw '\\n'");
    CHECK(contains(errors_with("momentum = .5\n"), "bad.toml:5:12: this is not TOML: "));
    CHECK(contains(errors_with("update = bidirectional\n"),
                   "expected a number, true or false, or a text in quotation marks"));
    CHECK(contains(errors_with("[scenario]\ndescription = '\xff'\n"), "bad.toml:6:"));
    CHECK(contains(errors_with("[scenario]\ndescription = \"\x1b[31m\"\n"), "bad.toml:6:"));
    // These break an assertion of the TOML library.
    for (const std::string header : {"[&", "[[[a]]]", "[[[1]]]", "[[[]]", "[[=", "[[", "[", "[a.", "[a.&]"}) {
        CAPTURE(header);
        CHECK(contains(errors_of(header), "bad.toml:1:"));
        CHECK(contains(errors_of(header), ": this is not TOML: "));
    }
    const std::string deep = "x = " + std::string(5000, '[') + std::string(5000, ']');
    CHECK(contains(errors_of(deep), "bad.toml:1:"));
}

TEST_CASE("a key or a section that is given twice is an error") {
    CHECK(errors_of("[network]\nlayers = [6, 5]\nlayers = [6, 4]\n") ==
          "bad.toml:3:10: this is not TOML: 'layers' is given twice; expected every key once");
    CHECK(errors_with("[learning]\nbatch = 3\n") ==
          "bad.toml:5:1: this is not TOML: 'learning' is given twice; expected every key once");
}

TEST_CASE("integers that fit no machine are errors, in files and options") {
    CHECK(errors_of("[network]\nlayers = [99999999999999999999, 3]\n") ==
          "bad.toml:2:31: this is not TOML: '99999999999999999999' is not representable in 64 bits");
    CHECK(errors_with("", {"scenario.seed=99999999999999999999"}) ==
          "--set: scenario.seed: 99999999999999999999 is out of range; "
          "expected an integer, 0 to 9223372036854775807");
}

TEST_CASE("networks that fit no machine are refused before anything is allocated") {
    CHECK(contains(errors_of("[network]\nlayers = [2000000000, 10]\n"),
                   "bad.toml:2:11: network.layers: 2000000000 is out of range; expected an integer, 1 to 10000000"));
    CHECK(contains(errors_of("[network]\nlayers = [100000, 100000]\n"),
                   "bad.toml:2:19: network.layers: there are too many weights; "
                   "expected at most 1000000000 in a network"));
    CHECK(contains(errors_of("[network]\nlayers = [6000000, 1, 6000000]\n"),
                   "network.layers: there are too many neurons; expected at most 10000000 in a network"));
    // Every projection is small enough, all together are not.
    std::string layers = "30000";
    for (int i = 0; i < 3; ++i) layers += ", 30000";
    CHECK(contains(errors_of("[network]\nlayers = [" + layers + "]\n"), "too many weights"));
    CHECK(contains(errors_with("", {"network.layers=[1000, 100, 10]", "learning.batch=1000000", "phases.free=10000"}),
                   "learning.batch: 1000000 presentations of 10050 ticks are too many; expected at most 199004"));
}

TEST_CASE("the layers are at least two, each with a neuron") {
    CHECK(contains(errors_of("[network]\nlayers = [784]\n"), "bad.toml:2:1: network.layers: has fewer than 2 layers"));
    CHECK(contains(errors_of("[network]\nlayers = 784\n"), "bad.toml:2:1: network.layers: is not an array"));
    CHECK(contains(errors_of("[network]\nlayers = [784, 0]\n"), "bad.toml:2:16: network.layers: 0 is out of range"));
}

TEST_CASE("a missing key is named, without a line") {
    CHECK(errors_of("") ==
          "bad.toml: network.layers: is missing; expected the neurons of each layer, such as [784, 500, 10]\n"
          "bad.toml: learning.rates: is missing; expected a learning rate for each projection");
    CHECK(errors_of("[network]\nlayers = [4, 3, 2]\n") ==
          "bad.toml: learning.rates: is missing; expected 2 learning rates, one for each projection");
    CHECK(errors_of("[scenario]\ntask = \"infer\"\n[network]\nlayers = [4, 3, 2]\n").empty());
}

TEST_CASE("there is one learning rate for each projection") {
    CHECK(errors_of("[network]\nlayers = [4, 3, 2]\n[learning]\nrates = [0.1]\n") ==
          "bad.toml:4:1: learning.rates: has 1 items; expected 2, one for each projection of network.layers");
    CHECK(contains(errors_of("[network]\nlayers = [4, 3, 2]\n[learning]\nrates = []\n"), "has 0 items"));
    CHECK(contains(errors_of("[network]\nlayers = [4, 3]\n[learning]\nrates = [-0.1]\n"), "-0.1 is out of range"));
}

TEST_CASE("all problems come at once: unknown names first, then in the order of the file, then options") {
    const std::string text =
        "[phases]\nfree = 0\nfreee = 1\n"
        "[network]\nlayers = [4, 3]\n"
        "[learning]\nbatch = \"big\"\nrates = [0.1]\n"
        "[neuron]\nepsilon = { intial = 1 }\n"
        "[data]\nset = \"hdf5\"\n";
    CHECK(errors_of(text, {{"--set", "timing.los", "1"}, {"--threads", "scenario.threads", "-1"}}) ==
          "bad.toml:3:1: phases.freee: unknown key; expected a key of [phases]; did you mean phases.free?\n"
          "bad.toml:10:13: neuron.epsilon.intial: unknown key; expected initial, exponent, floor; "
          "did you mean neuron.epsilon.initial?\n"
          "--set: timing.los: unknown key; expected a scenario key; did you mean timing.loss?\n"
          "bad.toml:2:1: phases.free: 0 is out of range; expected an integer, 1 to 10000000\n"
          "bad.toml:7:1: learning.batch: \"big\" is not an integer; expected an integer, 1 to 1000000\n"
          "bad.toml:10:1: neuron.epsilon: the table has no initial value; expected { initial, exponent, floor }\n"
          "--threads: scenario.threads: -1 is out of range; expected an integer, 0 to 1024\n"
          "bad.toml: data.path: is missing; expected the path of an HDF5 file");
}

TEST_CASE("one mistake makes one message") {
    // Nothing is said about what only follows from the mistake.
    CHECK(contains(errors_with("[scenario]\nengine = \"virtul\"\n[timing]\njitter = 0.1\n"), "did you mean virtual?"));
    CHECK(lacks(errors_with("[scenario]\nengine = \"virtul\"\n[timing]\njitter = 0.1\n"), "\n"));
    CHECK(lacks(errors_of("[scenario]\ntask = \"infr\"\n[network]\nlayers = [4, 3]\n"), "\n"));
    CHECK(lacks(errors_of("[network]\nlayers = [4, 3]\n[learning]\nrate = [0.1]\n"), "missing"));
    CHECK(lacks(errors_with("[phases]\nnudged = -1\n"), "\n"));
}

TEST_CASE("control characters of a scenario never reach the terminal") {
    const std::string text = errors_with("[scenario]\nname = \"a\\u001b[31m\\n\"\n\"k\\u001b[31m\" = 1\n");
    CHECK(text ==
          "bad.toml:7:1: scenario.\"k\\u001B[31m\": unknown key; expected a key of [scenario]\n"
          "bad.toml:6:1: scenario.name: \"a\\u001B[31m\\n\" is not a name; expected letters, digits, '.', '_' and '-'");
    CHECK(lacks(errors_with("", {"a.\x1b[31m=1"}), "\x1b"));
    CHECK(lacks(errors_with("", {"data.set=\x1b[31m"}), "\x1b"));
    CHECK(lacks(errors_with("", {"data.set=\"\\u009b31m\""}), "\xc2\x9b"));
    CHECK(contains(errors_with("", {"scenario.description=\xff\xfe"}), "\"\\xFF\\xFE\" is not UTF-8"));
}

TEST_CASE("long values are cut in messages") {
    CHECK(errors_with("", {"data.set=" + std::string(100000, 'x')}).size() < 300);
    CHECK(errors_with("", {std::string(100000, 'x') + "=1"}).size() < 300);
}

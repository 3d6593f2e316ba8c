// What keys must fulfil together.
#include "sim/scenario/checks.hpp"

#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

/// [timing] and [faults] are for engines that honour them.
const std::vector<std::string> virtual_time = {"scenario.engine=virtual"};

}  // namespace

TEST_CASE("epsilon is within 0 and 1, lambda above 0, at every tick") {
    CHECK(errors_with("[neuron]\nepsilon = 1.5\n") ==
          "bad.toml:6:1: neuron.epsilon: is 1.5 at t = 1; expected 0 to 1 at every t");
    CHECK(errors_with("[neuron]\nepsilon = \"1.5/t^0.1\"\n") ==
          "bad.toml:6:1: neuron.epsilon: is 1.5 at t = 1; expected 0 to 1 at every t");
    // Grows: only the last tick tells.
    CHECK(errors_with("[neuron]\nepsilon = \"0.5/t^-0.5\"\n") ==
          "bad.toml:6:1: neuron.epsilon: is 6.1237245 at t = 150; expected 0 to 1 at every t");
    CHECK(errors_with("[neuron]\nepsilon = \"0.5/t^-0.5\"\n[phases]\nfree = 3\nnudged = 1\n").empty());
    CHECK(errors_with("[neuron]\nlambda = 0\n") ==
          "bad.toml:6:1: neuron.lambda: is 0 at t = 1; expected above 0, to 1, at every t");
    // Above 0 as a double, but the neuron computes in float32.
    CHECK(contains(errors_with("[neuron]\nlambda = 1e-60\n"), "neuron.lambda: is 0 at t = 1"));
    CHECK(contains(errors_with("[neuron]\nlambda = \"0.5/t^40\"\n"), "neuron.lambda: is 0 at t = 150"));
    CHECK(errors_with("[neuron]\nlambda = { initial = 0.5, exponent = 40, floor = 0.01 }\n").empty());
    CHECK(errors_with("[neuron]\nepsilon = 0\nlambda = 1\n").empty());
    CHECK(contains(errors_with("[neuron]\nepsilon = \"abc\"\n"), "\"abc\" is not a schedule; expected a number, "));
    CHECK(contains(errors_with("[neuron]\nepsilon = \"0.5/t^1e300\"\n"), "1e+300 is out of range"));
    // 0 / 0 in double on the way; the floor holds.
    CHECK(errors_with("[neuron]\nepsilon = \"0/t^-90\"\n[phases]\nfree = 10000000\n").empty());
}

TEST_CASE("adaptive rules take what cannot lead to nan") {
    CHECK(errors_with("[neuron]\nepsilon = { rule = \"osa\" }\n").empty());
    CHECK(errors_with("[neuron]\nepsilon = { rule = \"kesten\", a = 0, b = 0 }\n").empty());
    CHECK(contains(errors_with("[neuron]\nepsilon = { rule = \"osa\", target = 0 }\n"),
                   "bad.toml:6:27: neuron.epsilon.target: 0 is out of range"));
    CHECK(contains(errors_with("[neuron]\nepsilon = { rule = \"osa\", floor = 0 }\n"), "neuron.epsilon.floor: 0 is"));
    CHECK(contains(errors_with("[neuron]\nepsilon = { rule = \"kesten\", a = -1 }\n"), "neuron.epsilon.a: -1 is"));
    CHECK(contains(errors_with("[neuron]\nepsilon = { rule = \"kesten\", b = -1 }\n"), "neuron.epsilon.b: -1 is"));
    const std::string unknown = errors_with("[neuron]\nepsilon = { rule = \"kestn\" }\n");
    CHECK(contains(unknown, "neuron.epsilon.rule: \"kestn\" is unknown; expected one of osa, kesten"));
    CHECK(contains(unknown, "; did you mean kesten?"));
}

TEST_CASE("neurons that are surprised need a prediction, and counters that go back need schedules that reach so far") {
    const std::string lambda = "[neuron]\nlambda = 0.5\n";
    CHECK(errors_with("[neuron]\nrestart = { rule = \"surprise\" }\n") ==
          "bad.toml:6:1: neuron.restart: without prediction no neuron can be surprised; "
          "expected neuron.lambda, or another rule");
    CHECK(errors_with(lambda + "restart = { rule = \"surprise\" }\n").empty());
    CHECK(errors_with(lambda + "restart = \"surprise\"\n").empty());
    CHECK(contains(errors_with("[neuron]\nlambda = 1\nrestart = \"surprise\"\n"), "without prediction no neuron"));
    CHECK(errors_with("[neuron]\nrestart = \"warmed-surprise\"\n") ==
          "bad.toml:6:1: neuron.restart: without prediction no neuron can be surprised; "
          "expected neuron.lambda, or another rule");
    CHECK(errors_with(lambda + "restart = { rule = \"warmed-surprise\", spread = 0.005 }\n").empty());
    CHECK(errors_with("[neuron]\nrestart = \"announced\"\n").empty());
    CHECK(errors_with("[neuron]\nrestart = \"never\"\n").empty());
    CHECK(contains(errors_with(lambda + "restart = \"suprise\"\n"),
                   "neuron.restart: \"suprise\" is unknown; expected one of never, announced, surprise, "
                   "warmed-surprise; did you mean surprise?"));
    CHECK(contains(errors_with(lambda + "restart = { gain = 0.1 }\n"), "neuron.restart: the table has no rule"));
    CHECK(contains(errors_with(lambda + "restart = { rule = \"never\", gain = 0.1 }\n"),
                   "neuron.restart.gain: unknown key; expected rule"));
    CHECK(
        contains(errors_with(lambda + "restart = { rule = \"surprise\", gian = 0.1 }\n"),
                 "neuron.restart.gian: unknown key; expected rule, gain, spread, threshold, pause, to, input; did you "
                 "mean neuron.restart.gain?"));
    for (const char* part : {"gain = 1.5", "spread = -0.1", "threshold = -1", "pause = -1", "pause = 0.5", "to = 0",
                             "input = 2", "gain = nan"}) {
        CAPTURE(part);
        const std::string name = std::string(part).substr(0, std::string(part).find(' '));
        CHECK(contains(errors_with(lambda + "restart = { rule = \"surprise\", " + part + " }\n"),
                       "neuron.restart." + name + ": "));
    }
    CHECK(contains(errors_with("[neuron]\nlambda = \"0.5/t^20\"\nrestart = { rule = \"surprise\", to = 1000 }\n"),
                   "neuron.lambda: is 0 at t = 1149"));
    CHECK(contains(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\nrestart = \"announced\"\n"),
                   "neuron.restart: continuous neurons do not anneal"));
}

TEST_CASE("a mean of states fits both phases") {
    CHECK(errors_with("[phases]\nfree = 20\nnudged = 5\nreadout = { mean = 30 }\n") ==
          "bad.toml:8:1: phases.readout: a mean over 30 periods does not fit the nudged phase; "
          "expected at most phases.nudged = 5");
    CHECK(contains(errors_with("[phases]\nfree = 20\nnudged = 5\nreadout = { mean = 6 }\n"), "the nudged phase"));
    CHECK(errors_with("[phases]\nfree = 20\nnudged = 5\nreadout = { mean = 5 }\n").empty());
    CHECK(errors_with("[phases]\nnudged = 0\nreadout = { mean = 100 }\n[scenario]\ntask = \"infer\"\n").empty());
    CHECK(
        errors_with("[phases]\nfree = 8\nnudged = 3\nreadout = { mean = 8 }\n[scenario]\ntask = \"infer\"\n").empty());
    CHECK(contains(errors_with("[phases]\nreadout = \"lats\"\n"),
                   "\"lats\" is unknown; expected \"last\" or { mean = K }"));
    CHECK(contains(errors_with("[phases]\nreadout = {}\n"), "the table has no mean"));
}

TEST_CASE("training needs a nudge and something that it does") {
    CHECK(contains(errors_with("[phases]\nnudged = 0\n"), "phases.nudged: training needs a nudged phase"));
    CHECK(errors_with("", {"learning.beta=0"}) ==
          "--set: learning.beta: 0 does not nudge; expected a number other than 0");
    CHECK(contains(errors_with("", {"learning.beta=1e-60"}), "does not nudge"));
    CHECK(contains(errors_with("", {"phases.splitstream=true", "learning.beta_sign=both"}),
                   "phases.splitstream: does not go with learning.beta_sign = \"both\""));
}

TEST_CASE("continuous neurons have a constant step size, and neither predict nor quantize") {
    CHECK(errors_with("[neuron]\nkind = \"continuous\"\n") ==
          "bad.toml: neuron.epsilon: continuous neurons have a constant step size; expected a number, such as 0.5");
    CHECK(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\n").empty());
    CHECK(contains(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = { rule = \"osa\" }\n"), "constant step"));
    CHECK(contains(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\nlambda = 0.5\n"),
                   "bad.toml:8:1: neuron.lambda: continuous neurons send rho(s) itself and predict nothing"));
    CHECK(contains(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\nquantizer = \"threshold\"\n"),
                   "neuron.quantizer: continuous neurons send rho(s) itself and have no quantizer"));
    CHECK(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\nquantizer = \"sigma-delta\"\n").empty());
    CHECK(contains(errors_with("[neuron]\nkind = \"continuous\"\nepsilon = 0.5\n[scenario]\nengine = \"virtual\"\n"),
                   "neuron.kind: the virtual engine cannot honour continuous neurons"));
}

TEST_CASE("data sets from files have a path, drawn ones have none") {
    CHECK(errors_with("[data]\nset = \"hdf5\"\n") ==
          "bad.toml: data.path: is missing; expected the path of an HDF5 file");
    CHECK(contains(errors_with("[data]\nset = \"idx\"\n"), "data.path: is missing; expected the folder"));
    for (const std::string set : {"digits", "random"}) {
        CHECK(contains(errors_with("[data]\nset = \"" + set + "\"\npath = \"x\"\n"),
                       "bad.toml:7:1: data.path: the data set " + set + " is drawn by the program"));
    }
    CHECK(errors_with("[data]\nset = \"mnist\"\npath = \"x\"\n").empty());
    CHECK(errors_with("[data]\ntrain = 100\nvalidation = 100\n") ==
          "bad.toml:7:1: data.validation: 100 of 100 training samples leave none; expected less than data.train = 100");
    CHECK(contains(errors_with("[data]\ntrain = \"some\"\n"), "\"some\" is not an integer"));
}

TEST_CASE("durations have a unit, or are numbers of periods") {
    CHECK(errors_with("[timing]\nperiod = 5\n") ==
          "bad.toml:6:1: timing.period: 5 has no unit; "
          "expected a duration with its unit, such as \"1 ms\" (ns, us, ms, s, min)");
    for (const std::string period : {"0.99 ns", "0 s", "-1 ms", "1.1e12 s"}) {
        CHECK(errors_with("[timing]\nperiod = \"" + period + "\"\n") ==
              "bad.toml:6:1: timing.period: \"" + period + "\" is out of range; expected 1 ns to 10^12 s");
    }
    CHECK(contains(errors_with("[timing]\nperiod = \"1 hour\"\n"), "\"1 hour\" is not a duration"));
    for (const std::string latency : {"0", "\"0 ns\"", "\"0.4 ns\"", "1e-9", "-1", "{ low = 0, high = 1 }"}) {
        CAPTURE(latency);
        CHECK(errors_with("[timing]\nlatency = " + latency + "\n") ==
              "bad.toml:6:1: timing.latency: a bit cannot arrive at the tick that sent it, nor before it; "
              "expected a latency of at least 1 ns");
    }
    CHECK(contains(errors_with("[timing]\nlatency = { low = 2, high = 1 }\n"), "high is below low"));
    CHECK(contains(errors_with("[timing]\nlatency = { low = 2 }\n"), "the table has no high"));
    CHECK(contains(errors_with("[timing]\nlatency = 1e9\nperiod = \"9.5 s\"\n", virtual_time),
                   "timing.latency: 1000000000.0 is out of range; expected at most 150000000 min"));
    CHECK(contains(errors_with("[timing]\nlatency = 1.1e9\n"), "out of range"));
    CHECK(contains(errors_with("[timing]\njitter = \"-1 ms\"\n"), "timing.jitter: is negative"));
    CHECK(contains(errors_with("[timing]\njitter = { distribution = \"gauss\", width = 1 }\n"),
                   "timing.jitter.distribution: \"gauss\" is unknown; expected one of uniform, normal"));
}

TEST_CASE("a width of less than one unit of time is refused, one below ten gets a warning") {
    const auto errors = [&](const std::string& text) {
        return errors_with("[timing]\nperiod = \"10 ns\"\n" + text, virtual_time);
    };
    for (const std::string key : {"jitter", "drift", "latency_jitter"}) {
        CAPTURE(key);
        CHECK(errors(key + " = 0.00009\n") == "bad.toml:7:1: timing." + key +
                                                  ": comes to 0.9 units of time (1 ps); "
                                                  "expected 0, or at least one unit: 0.0001 of the period of 10 ns");
        CHECK(contains(errors(key + " = { distribution = \"normal\", width = 1e-9 }\n"),
                       "timing." + key + ".width: comes to 1e-05 units"));
        CHECK(errors(key + " = 0.0001\n").empty());
        CHECK(errors(key + " = 0\n").empty());
        const auto warnings = [&](const std::string& width) {
            return load_with("[timing]\nperiod = \"10 ns\"\n" + key + " = " + width +
                             "\n[scenario]\nengine = \"virtual\"\n")
                .warnings;
        };
        CHECK(warnings("0.001").empty());
        CHECK(warnings("0").empty());
        REQUIRE(warnings("0.0003").size() == 1);
        CHECK(warnings("0.0003").front() ==
              "bad.toml:7:1: timing." + key + ": comes to 3 units of time (1 ps), so that draws take few values");
    }
    CHECK(contains(errors("jitter = \"0.4 ps\"\n"), "timing.jitter: comes to 0.4 units of time (1 ps)"));
    CHECK(contains(errors_with("[timing]\njitter = \"999 ps\"\n", virtual_time),
                   "timing.jitter: comes to 0.999 units of time (1 ns)"));
    CHECK(contains(errors_with("[timing]\nlatency = \"999 ps\"\n", virtual_time), "a latency of at least 1 ns"));
}

TEST_CASE("what is no whole number of units of time is rounded, with a warning") {
    const auto warnings = [](const std::string& timing) {
        std::string all;
        for (const std::string& one : load_with(timing + "[scenario]\nengine = \"virtual\"\n").warnings)
            all += one + "\n";
        return all;
    };
    CHECK(warnings("[timing]\nperiod = \"1.0000004 ms\"\n") ==
          "bad.toml:6:1: timing.period: \"1.0000004 ms\" is 1000000.4 units of time (1 ns), and rounded to 1000000\n");
    CHECK(warnings("[timing]\nlatency = { low = \"1.5 ns\", high = 2 }\n") ==
          "bad.toml:6:13: timing.latency.low: \"1.5 ns\" is 1.5 units of time (1 ns), and rounded to 2\n");
    CHECK(warnings("[timing]\nperiod = \"2 s\"\njitter = \"100000.5 us\"\n") ==
          "bad.toml:7:1: timing.jitter: \"100000.5 us\" is 100000.5 units of time (1 us), and rounded to 100001\n");
    CHECK(contains(warnings("[timing]\nlatency = 0.3333333\n"),
                   "is 333333.3 units of time (1 ns), and rounded to 333333"));
    CHECK(warnings("[timing]\nperiod = \"3.7 ms\"\nlatency = 0.1\njitter = \"1 us\"\nlatency_jitter = 0.37\n").empty());
    // Drift has no unit, and what a run leaves out is no matter.
    CHECK(warnings("[timing]\ndrift = 0.012345678\n").empty());
    CHECK(load_with("[timing]\nlatency = 0.3333333\n", {"scenario.engine=lockstep"}).warnings.size() == 1);
}

TEST_CASE("only ticks accumulate their jitter") {
    for (const std::string key : {"drift", "latency_jitter"}) {
        CAPTURE(key);
        const std::string text =
            "[timing]\n" + key + " = { distribution = \"normal\", width = 0.1, accumulate = true }\n";
        CHECK(contains(errors_with(text, virtual_time), "timing." + key + ".accumulate: unknown"));
        CHECK(contains(errors_with(text, virtual_time), "expected distribution, width"));
        CHECK(contains(errors_with("[timing]\n" + key + " = { distribution = \"normal\" }\n", virtual_time),
                       "the table has no width; expected { distribution, width }"));
    }
    CHECK(lacks(errors_with("[timing]\njitter = { width = 0.1, accumulate = true }\n", virtual_time), "unknown"));
}

TEST_CASE("no more neurons are stuck than there are") {
    CHECK(contains(errors_with("[faults]\nstuck_at_zero = 0.7\nstuck_at_one = 0.4\n", virtual_time),
                   "bad.toml:7:1: faults.stuck_at_one: 0.7 of the neurons stuck at zero and 0.4 stuck at one are more "
                   "than all; expected fractions that add up to 1 at most"));
    CHECK(lacks(errors_with("[faults]\nstuck_at_zero = 0.7\nstuck_at_one = 0.3\n", virtual_time), "more than all"));
}

TEST_CASE("the times of a presentation fit 64 bits") {
    const std::string slow = "[timing]\nperiod = \"9.9 s\"\n", long_phase = "[phases]\nfree = 10000000\n";
    CHECK(errors_with(slow + "jitter = { width = 1e6, accumulate = true }\n" + long_phase, virtual_time) ==
          "bad.toml:7:1: timing.jitter: the times of a presentation do not fit 64 bits of units of time; "
          "expected less than 4611686018427387904 us in all");
    CHECK(lacks(errors_with(slow + "jitter = 1e6\n" + long_phase, virtual_time), "do not fit"));
    CHECK(errors_with(slow + long_phase).empty());
}

TEST_CASE("schedules stay in their range as long as the fastest clock may tick") {
    const std::string rising = "[neuron]\nepsilon = { initial = 0.5, exponent = -0.13 }\n[timing]\n";
    CHECK(lacks(errors_with(rising + "drift = 0\n", virtual_time), "neuron.epsilon"));
    CHECK(contains(errors_with(rising + "drift = 0.9\n", virtual_time), "neuron.epsilon: is 1.2"));
    CHECK(contains(errors_with(rising + "drift = { distribution = \"normal\", width = 0.2 }\n", virtual_time),
                   "neuron.epsilon: is "));
    CHECK(contains(errors_with(rising + "jitter = { width = 0.9, accumulate = true }\n", virtual_time),
                   "neuron.epsilon: is 1.2"));
    CHECK(contains(errors_with("[neuron]\nlambda = \"1/t^19\"\n[timing]\ndrift = 0.9\n", virtual_time),
                   "neuron.lambda: is 0 at t = "));
}

TEST_CASE("a recording names layers that there are") {
    CHECK(contains(errors_with("[record]\nstate = { layers = [3] }\n"),
                   "there is no layer 3 to record; expected 1 to 2"));
    CHECK(contains(errors_with("[record]\nstate = { layers = [0] }\n"),
                   "there is no layer 0 to record; expected 1 to 2"));
    CHECK(errors_with("[record]\nbits = { layers = [0] }\n").empty());
    CHECK(contains(errors_with("[record]\nbits = { from = 5, to = 5 }\n"), "no minibatch is from 5 on and before 5"));
    CHECK(contains(errors_with("[record]\nbits = { layers = 1 }\n"), "record.bits.layers: is not an array"));
    CHECK(contains(errors_with("[record]\nbits = 1\n"), "1 is neither true nor false"));
}

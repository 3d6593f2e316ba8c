// [[expect]]: how it is read, refused, written again and judged.
#include "sim/scenario/expectation.hpp"

#include <cmath>

#include "sim/runs/verdict.hpp"
#include "sim/scenario/metrics.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

Expectation expectation(const std::string& lines) {
    return load_with("[[expect]]\n" + lines).scenario.expectations.at(0);
}

bool passes(const std::string& lines, const Metrics& run, const Metrics& other = {}) {
    return judge(expectation(lines), run, other).passed;
}

}  // namespace

TEST_CASE("an expectation holds when all of its bounds do") {
    const std::string metric = "metric = \"test_error\"\n";
    const auto with = [](double value) { return Metrics{{"test_error", value}}; };
    CHECK(passes(metric + "below = 0.05", with(0.0499)));
    CHECK_FALSE(passes(metric + "below = 0.05", with(0.05)));
    CHECK(passes(metric + "above = 0.05", with(0.0501)));
    CHECK_FALSE(passes(metric + "above = 0.05", with(0.05)));
    CHECK(passes(metric + "within = [0.05, 0.06]", with(0.05)));
    CHECK(passes(metric + "within = [0.05, 0.06]", with(0.06)));
    CHECK_FALSE(passes(metric + "within = [0.05, 0.06]", with(0.061)));
    CHECK_FALSE(passes(metric + "within = [0.05, 0.06]", with(0.049)));
    CHECK(passes(metric + "equals = 0", with(-0.0)));
    CHECK_FALSE(passes(metric + "equals = 0", with(1e-300)));
    CHECK(passes(metric + "above = 0.1\nbelow = 0.2", with(0.15)));
    CHECK_FALSE(passes(metric + "above = 0.1\nbelow = 0.2", with(0.25)));
    CHECK_FALSE(passes(metric + "above = 0.1\nbelow = 0.2", with(0.05)));
    for (const char* bound : {"below = 1", "above = -1", "within = [-1, 1]", "equals = 0"})
        CHECK_FALSE(passes(metric + bound, with(NAN)));
}

TEST_CASE("a metric that the run does not have fails, and says so") {
    const Verdict verdict = judge(expectation("metric = \"lost\"\nequals = 0"), {{"test_error", 0.1}});
    CHECK_FALSE(verdict.passed);
    CHECK(verdict.expected == "lost equal to 0");
    CHECK(verdict.seen == "no lost in the summary of this run");
}

TEST_CASE("settled_by wants 99 of 100 presentations settled, and none unsettled") {
    CHECK(passes("settled_by = 30", {{"settling_p99", 30}}));
    CHECK_FALSE(passes("settled_by = 30", {{"settling_p99", 31}}));
    CHECK(passes("settled_by = 30", {{"settling_p99", 20}, {"unsettled", 0}}));
    CHECK_FALSE(passes("settled_by = 30", {{"settling_p99", 20}, {"unsettled", 1}}));
    CHECK_FALSE(passes("settled_by = 30", {}));
    CHECK_FALSE(passes("settled_by = 30", {{"unsettled", 20}}));
}

TEST_CASE("recovered_by wants 99 of 100 presentations settled again after the event, and none that is not") {
    Expectation quick;
    quick.recovered_by = 30;
    quick.after = "bits get lost";
    const auto recovers = [&](double p99, double unrecovered) {
        return judge(quick, {{"recovery_p99.bits get lost", p99},
                             {"unrecovered.bits get lost", unrecovered},
                             {"recovery_p99.other", 1},
                             {"settling_p99", 1}});
    };
    CHECK(recovers(30, 0).passed);
    CHECK(!recovers(31, 0).passed);
    CHECK(!recovers(20, 0.005).passed);
    CHECK(recovers(20, 0.005).seen == "period 20, 0.50 % not settled");
    CHECK(!judge(quick, {{"recovery_p99.other", 1}, {"settling_p99", 1}}).passed);
    CHECK(judge(quick, {}).seen == "no recovery_p99.bits get lost in the summary of this run");
}

TEST_CASE("than judges the difference from another scenario's metric") {
    const std::string lines = "metric = \"test_error\"\nthan = \"mnist\"\nbelow = 0.002";
    CHECK(passes(lines, {{"test_error", 0.0315}}, {{"test_error", 0.03}}));
    CHECK_FALSE(passes(lines, {{"test_error", 0.0325}}, {{"test_error", 0.03}}));
    CHECK_FALSE(passes(lines, {{"test_error", 0.0315}}, {}));
    const Verdict verdict = judge(expectation(lines), {{"test_error", 0.5}}, {{"test_error", 0.25}});
    CHECK(verdict.expected == "test_error minus that of mnist below 0.002");
    CHECK(verdict.seen == "0.25 (0.5 here, 0.25 there)");
}

TEST_CASE("times multiplies what the other scenario has before it is subtracted") {
    const std::string lines = "metric = \"test_error\"\nthan = \"mnist\"\ntimes = 1.5\nbelow = 0";
    CHECK(passes(lines, {{"test_error", 0.0449}}, {{"test_error", 0.03}}));
    CHECK_FALSE(passes(lines, {{"test_error", 0.0451}}, {{"test_error", 0.03}}));
    const Verdict verdict = judge(expectation(lines), {{"test_error", 0.5}}, {{"test_error", 0.25}});
    CHECK(verdict.expected == "test_error minus 1.5 times that of mnist below 0");
    CHECK(verdict.seen == "0.125 (0.5 here, 0.25 there)");
    CHECK(load(scenario_as_toml(load_with("[[expect]]\n" + lines).scenario)).scenario.expectations.at(0).times == 1.5);
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nbelow = 0\ntimes = 2\n"),
                   "bad.toml:8:1: expect.times: multiplies what `than` has"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nbelow = 0\nthan = \"mnist\"\ntimes = 0\n"),
                   "bad.toml:9:1: expect.times: is not above 0"));
}

TEST_CASE("a run is judged by its own expectations alone, and the summary counts them") {
    const Scenario scenario = load_with(
                                  "[[expect]]\nmetric = \"epochs\"\nequals = 3\n[[expect]]\nmetric = \"epochs\"\n"
                                  "equals = 4\n[[expect]]\nmetric = \"epochs\"\nequals = 4\npoint = \"slow\"\n")
                                  .scenario;
    Summary summary;
    summary.epochs = 3;
    const auto verdicts = judge_run(scenario, metrics_of(summary), {});
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].passed);
    CHECK_FALSE(verdicts[1].passed);
    count_verdicts(verdicts, summary);
    CHECK(summary.expectations_passed == 1);
    CHECK(summary.expectations_failed == 1);
}

TEST_CASE("every number of a summary can be expected") {
    Summary summary;
    summary.test_error = summary.train_error = summary.validation_error = 0.5;
    summary.samples_per_second = 1;
    summary.settling_median = summary.settling_p99 = 3;
    ConvergenceFigures figures;
    figures.nudged_distance = figures.nudged_distance_effective = figures.update_cosine = 0.5;
    figures.update_cosines = figures.minibatch_cosines = {0.5};
    figures.minibatch_cosine = 0.5;
    summary.convergence = figures;
    const auto& names = metric_names();
    CHECK(is_metric_name("update_cosine_3"));
    for (const char* name : {"update_cosine_", "update_cosine_x", "update_cosine_01", "update_cosine_-1", ""})
        CHECK(!is_metric_name(name));
    for (const auto& metric : metrics_of(summary)) {
        const std::string& name = metric.first;
        CAPTURE(name);
        const bool known = std::find(names.begin(), names.end(), name) != names.end();
        CHECK(known != (name.rfind("expectations_", 0) == 0));
    }
}

TEST_CASE("expectations are in the resolved scenario, which loads again to the same ones") {
    const std::string text =
        "[[expect]]\nmetric = \"test_error\"\nbelow = 0.05\nabove = 1e-3\n[[expect]]\nsettled_by = 12.5\n"
        "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"a \\\"b\\\"\"\n"
        "[[expect]]\nmetric = \"spikes\"\nthan = \"digits\"\nwithin = [-1, 2]\n";
    const LoadedScenario loaded = load_with(text);
    REQUIRE(loaded.scenario.expectations.size() == 4);
    CHECK(loaded.notes ==
          std::vector<std::string>{"1 of the expectations is about a point of a sweep, and left to settle sweep"});
    const LoadedScenario again = load(scenario_as_toml(loaded.scenario));
    CHECK(again.scenario.expectations == loaded.scenario.expectations);
    // No table: nothing is expected, and nothing is written.
    CHECK(load("expect = []\n" + minimal).scenario.expectations.empty());
    CHECK(lacks(scenario_as_toml(load(minimal).scenario), "expect"));
}

TEST_CASE("everything that is wrong with an expectation is said, with its place") {
    CHECK(errors_with("[[expect]]\nmetric = \"tets_error\"\nbelow = \"x\"\nunder = 3\n[[expect]]\n").find('\n') > 0);
    const std::string text = errors_with(
        "[[expect]]\nmetric = \"tets_error\"\nbelow = \"x\"\nbelov = 3\nthan = \"mnits\"\nwithin = [3, "
        "2]\n[[expect]]\n");
    CHECK(contains(text, "bad.toml:8:1: expect.belov: unknown key; expected metric, below, above, within, equals"));
    CHECK(contains(text, "did you mean expect.below?"));
    CHECK(
        contains(text, "bad.toml:6:1: expect.metric: \"tets_error\" is unknown; expected a number of summary.json: "));
    CHECK(contains(text, "did you mean test_error?"));
    CHECK(contains(text, "bad.toml:7:1: expect.below: \"x\" is not a number"));
    CHECK(contains(text, "bad.toml:9:1: expect.than: \"mnits\" is unknown"));
    CHECK(contains(text, "did you mean mnist?"));
    CHECK(contains(text, "bad.toml:10:1: expect.within: 3 is above 2; expected [low, high]"));
    CHECK(contains(text, "expect: says nothing to look at; expected metric, with below, above, within or equals, or "));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\n"), "expect.metric: has nothing to be compared with"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nsettled_by = 3\n"), "does not go with settled_by"));
    CHECK(
        contains(errors_with("[[expect]]\nmetric = \"lost\"\nbelow = 1\nabove = 2\n"), "nothing is below 1 and above"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nequals = nan\n"), "nan is out of range"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nwithin = [1]\n"), "has not two items"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nwithin = 1\n"), "is not an array"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"fingerprint\"\nequals = 1\n"), "is unknown"));
    CHECK(contains(errors_with("[[expect]]\nmetric = 3\nequals = 1\n"), "expect.metric: 3 is not a string"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nequals = 1\npoint = \"\"\n"), "expect.point: is empty"));
    CHECK(contains(errors_with("[[expect]]\nsettled_by = -1\n"), "expect.settled_by: -1 is out of range"));
    CHECK(contains(errors_with("[[expect]]\nrecovered_by = -1\nafter = \"e\"\n"),
                   "bad.toml:6:1: expect.recovered_by: -1 is out of range"));
    CHECK(contains(errors_with("[[expect]]\nafter = \"e\"\n"),
                   "bad.toml:6:1: expect.after: does not say by when; expected recovered_by = PERIODS"));
    CHECK(contains(errors_with("[[expect]]\nrecovered_by = 3\n"),
                   "bad.toml:6:1: expect.recovered_by: does not say after which event"));
    CHECK(contains(errors_with("[[expect]]\nmetric = \"lost\"\nequals = 0\nafter = \"e\"\n"),
                   "expect.metric: does not go with recovered_by"));
    CHECK(contains(errors_with("[[expect]]\nsettled_by = 3\nrecovered_by = 3\nafter = \"e\"\n"),
                   "expect.settled_by: does not go with recovered_by"));
    CHECK(contains(errors_with("[[expect]]\nrecovered_by = 3\nafter = \"e\"\n"),
                   "bad.toml:7:1: expect.after: \"e\": no event happens within presentations; expected an event"));
    CHECK(contains(errors_with("[[expect]]\nthan = \"\"\nmetric = \"lost\"\nequals = 1\n"), "expect.than: \"\" is"));
    CHECK(contains(errors_with("[expect]\nmetric = \"lost\"\n"), "expect: is not an array of tables"));
    CHECK(contains(errors_of("expect = [3]\n" + minimal), "bad.toml:1:11: expect: is not a table"));
    CHECK(contains(errors_of("expcet = [3]\n" + minimal), "did you mean expect?"));
    CHECK(contains(errors_with("", {"expect.metric=lost"}), "arrays of tables cannot be set"));
}

TEST_CASE("what is compared with takes the seed, the sizes, and what the two files agree on") {
    const TemporaryFolder folder;
    write_file(folder.file("other.toml"), minimal +
                                              "batch = 5\nepochs = 4\n[neuron]\nkind = \"continuous\"\n"
                                              "epsilon = 0.5\n");
    const std::string text =
        minimal + "epochs = 9\n[[expect]]\nmetric = \"spikes\"\nbelow = 0\nthan = \"other.toml\"\n";
    const ScenarioSource source{"mine.toml", "mine", folder.path(), text};
    const std::string than = load_scenario(source, {}).scenario.expectations.at(0).than;
    CHECK(than == folder.file("other.toml"));
    std::vector<Override> overrides;
    for (const char* set :
         {"scenario.seed=7", "learning.epochs=2", "learning.batch=3", "phases.free=11", "neuron.quantizer=stochastic",
          "neuron.epsilon=0.25", "timing.loss=0", "record.bits=true"}) {
        overrides.push_back(parse_set(set));
    }
    const LoadedScenario other = load_other(than, source, overrides);
    CHECK(other.scenario.seed == 7);
    CHECK(other.scenario.learning.epochs == 2);  // a size, although the files differ
    CHECK(other.scenario.learning.batch == 5);   // the files differ, which is what is compared
    CHECK(other.scenario.phases.free == 11);     // they agree
    CHECK(std::get<Schedule>(other.scenario.neuron.epsilon).initial == 0.5);
    CHECK(other.scenario.neuron.quantizer == Quantizer::sigma_delta);  // continuous neurons have none
    CHECK_FALSE(other.scenario.record.bits.on);
    REQUIRE(other.notes.size() == 3);
    CHECK(contains(other.notes[0], "keeps its own learning.batch"));
    CHECK(contains(other.notes[1], "keeps its own neuron.quantizer"));
    CHECK(contains(other.notes[2], "keeps its own neuron.epsilon"));
    write_file(folder.file("other.toml"), "[network]\nlayers = [3]\n");
    CHECK(contains(error_text([&] { load_other(than, source, overrides); }), "other.toml:2:1: network.layers"));
}

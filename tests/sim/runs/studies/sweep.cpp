// What a sweep runs and keeps, and how its points are judged.
#include "sim/runs/studies/sweep.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/runs/store/line_file.hpp"
#include "sim/scenario/point_plot_form.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string on_random_data = "batch = 4\n[data]\nset = \"random\"\ntest = 0\n[phases]\nfree = 9\nnudged = 4\n";

Sweep plan(const std::string& lines) {
    const ScenarioSource from = source(minimal + on_random_data + lines);
    return plan_sweep(load_scenario(from, {}, Command::sweep));
}

struct Done {
    SweepRuns runs;
    std::string log, table, means;
};

Done run(const Sweep& sweep, int threads, const SweepObserver& observer = {}, bool complete = true,
         const TemporaryFolder& folder = TemporaryFolder()) {
    WorkerPool workers(threads);
    SharedData data;
    Estimator estimator;
    Done done;
    done.runs = read_sweep(sweep, read_lines(folder.file("points.jsonl")), "points.jsonl");
    CHECK(run_sweep(sweep, folder.path(), workers, data, observer, done.runs) == complete);
    done.log = read_file(folder.file("points.jsonl"));
    done.table = sweep_csv(sweep, done.runs);
    done.means = means_csv(sweep, done.runs, estimator);
    return done;
}

const std::string two_axes =
    "[sweep]\nrepeats = 3\nover = { \"phases.free\" = [5, 9], \"neuron.quantizer\" = [\"sigma-delta\", \"stochastic\"] "
    "}\n";

}  // namespace

TEST_CASE("a sweep gives the same tables for any number of threads, and every run is what `run` would do") {
    const Sweep sweep = plan(two_axes);
    const Done one = run(sweep, 1), three = run(sweep, 3);
    CHECK(one.table == three.table);
    CHECK(one.means == three.means);
    CHECK(finished_runs(one.runs) == 12);
    for (std::size_t point = 0; point < 4; ++point) {
        for (int repeat = 0; repeat < 3; ++repeat) {
            const Scenario scenario = scenario_of(sweep, point, repeat);
            const auto alone = run_bare(scenario, load_dataset(scenario), {});
            CHECK(one.runs[point][static_cast<std::size_t>(repeat)]->fingerprint == alone->fingerprint);
        }
    }
    CHECK(one.table.rfind("point,label,phases.free,neuron.quantizer,repeat,metric,value\n", 0) == 0);
    CHECK(contains(one.table, "\n2,\"9, sigma-delta\",9,sigma-delta,1,lost,0\n"));
    CHECK(contains(one.means, "\n3,\"9, stochastic\",9,stochastic,lost,3,0,0,0\n"));
    CHECK(lacks(one.table, "wall_seconds"));
    CHECK(lacks(one.table, ",threads,"));
}

TEST_CASE("a sweep that was stopped or cut goes on with what is missing and ends with the same tables") {
    const Sweep sweep = plan(two_axes);
    const Done whole = run(sweep, 1);
    for (const std::size_t keep : {0, 1, 5, 11}) {
        const TemporaryFolder folder;
        std::size_t lines = 0, end = 0;
        while (lines++ < keep) end = whole.log.find('\n', end) + 1;
        // Half a line is what a kill leaves.
        write_file(folder.file("points.jsonl"), whole.log.substr(0, end + (keep == 11 ? 0 : 40)));
        const Done done = run(sweep, 2, {}, true, folder);
        CHECK(done.log.rfind(whole.log.substr(0, end), 0) == 0);
        CHECK(std::count(done.log.begin(), done.log.end(), '\n') == 12);
        CHECK(done.table == whole.table);
        CHECK(done.means == whole.means);
    }
    int asked = 0;
    const TemporaryFolder folder;
    const Done stopped = run(sweep, 1, {{}, [&] { return ++asked > 5; }}, false, folder);
    CHECK(finished_runs(stopped.runs) < 12);
    CHECK(static_cast<std::size_t>(std::count(stopped.log.begin(), stopped.log.end(), '\n')) ==
          finished_runs(stopped.runs));
    CHECK(run(sweep, 1, {}, true, folder).table == whole.table);
}

TEST_CASE("what was kept of a sweep must be of it") {
    const Sweep sweep = plan(two_axes);
    const auto error = [&](const std::string& line) {
        return error_text([&] { read_sweep(sweep, {line}, "points.jsonl"); });
    };
    CHECK(contains(error("{\"point\": 4, \"repeat\": 0}"), "points.jsonl:1: is of no point of this sweep"));
    CHECK(contains(error("{\"point\": 0, \"repeat\": 3}"),
                   "--resume: sweep.repeats: 3 is below what has been run; expected at least 4"));
    CHECK(contains(error("{\"point\": \"x\"}"), "points.jsonl:1: is damaged; expected a line as settle wrote it"));
    CHECK(contains(error("[1]"), "is damaged"));
    CHECK(contains(error("{\"point\": 0, \"metrics\": {\"lost\": \"x\"}}"), "is damaged"));
}

TEST_CASE("a run that diverges is a failed run, and the others go on") {
    const Sweep sweep = plan(
        "[sweep]\nrepeats = 2\nover = { \"network.init_scale\" = [1.0, 100000.0] }\n"
        "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"1.0\"\n"
        "[[expect]]\nmetric = \"lost\"\nequals = 0\npoint = \"100000.0\"\n");
    const Done done = run(sweep, 2);
    for (int repeat = 0; repeat < 2; ++repeat) {
        const auto& failed = *done.runs[1][static_cast<std::size_t>(repeat)];
        CHECK(contains(failed.failure, "diverged"));
        CHECK(failed.metrics.empty());
    }
    CHECK(contains(done.log, "\"failed\":\""));
    CHECK(contains(done.means, "0,1.0,1.0,lost,2,0,0,0\n"));
    CHECK(lacks(done.means, "100000"));
    const std::vector<Verdict> verdicts = judge_sweep(sweep, done.runs, {});
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].passed);
    CHECK(!verdicts[1].passed);
    CHECK(verdicts[1].seen == "a run of the point failed");
    // Failed the same way it would fail again: it is not run again.
    SweepRuns again = read_sweep(sweep, {done.log.substr(0, done.log.find('\n'))}, "p");
    CHECK(finished_runs(again) == 1);
}

TEST_CASE("points are judged by their means, and against the mean of another point") {
    const Sweep sweep = plan(
        "[scenario]\ntask = \"converge\"\n"
        "[sweep]\nrepeats = 2\nover = { neuron = [{ label = \"1/t\", epsilon = \"1/t^1\" }, { label = \"digits\", "
        "epsilon "
        "= 0.5 }] }\n"
        "[[expect]]\nmetric = \"final_distance\"\nabove = 0.25\nbelow = 0.75\npoint = \"1/t\"\n"
        "[[expect]]\nmetric = \"final_distance\"\nequals = 0.25\npoint = \"1/t\"\nthan = \"digits\"\n"
        "[[expect]]\nmetric = \"final_distance\"\nequals = -0.5\npoint = \"1/t\"\nthan = \"mnist\"\n"
        "[[expect]]\nmetric = \"bias\"\nequals = 0\npoint = \"1/t\"\n"
        "[[expect]]\nmetric = \"final_distance\"\nequals = 9\n");
    SweepRuns runs = read_sweep(sweep,
                                {"{\"point\": 0, \"repeat\": 0, \"metrics\": {\"final_distance\": 0.25}}",
                                 "{\"point\": 0, \"repeat\": 1, \"metrics\": {\"final_distance\": 0.75}}",
                                 "{\"point\": 1, \"repeat\": 0, \"metrics\": {\"final_distance\": 0.125}}",
                                 "{\"point\": 1, \"repeat\": 1, \"metrics\": {\"final_distance\": 0.375}}"},
                                "points.jsonl");
    const std::vector<Verdict> verdicts = judge_sweep(sweep, runs, {{"mnist", {{{"final_distance", 1}}, {}}}});
    // The one about no point is left to run; the label "digits" wins over the scenario of that name.
    REQUIRE(verdicts.size() == 4);
    CHECK(verdicts[0].passed);
    CHECK(verdicts[0].seen == "0.5");
    CHECK(verdicts[1].passed);
    CHECK(verdicts[1].expected == "final_distance minus that of point \"digits\" equal to 0.25 at point \"1/t\"");
    CHECK(verdicts[2].passed);
    CHECK(!verdicts[3].passed);
}

namespace {

/// A line of points.jsonl with one or two metrics.
std::string line(int point, int repeat, const std::string& metrics) {
    return "{\"point\": " + std::to_string(point) + ", \"repeat\": " + std::to_string(repeat) + ", \"metrics\": {" +
           metrics + "}}";
}

const std::string compared =
    "[sweep]\nrepeats = 3\nagainst = \"5, stochastic\"\nover = { \"phases.free\" = [5, 9], \"neuron.quantizer\" = "
    "[\"sigma-delta\", \"stochastic\"] }\n";

}  // namespace

TEST_CASE("a mean over repeats is absent where a repeat has none, and says of how many") {
    const Sweep sweep = plan(
        "[sweep]\nrepeats = 3\nover = { \"phases.free\" = [5, 9, 12] }\n"
        "[[expect]]\nmetric = \"settling_p99\"\nbelow = 100\npoint = \"5\"\n"
        "[[expect]]\nsettled_by = 100\npoint = \"5\"\n"
        "[[expect]]\nmetric = \"settling_p99\"\nbelow = 5\npoint = \"9\"\n");
    const std::string unsettled = "\"unsettled\": 1";
    const SweepRuns runs =
        read_sweep(sweep,
                   {line(0, 0, "\"settling_p99\": 3"), line(0, 1, unsettled), line(0, 2, "\"settling_p99\": 4"),
                    line(1, 0, "\"settling_p99\": 3"), line(1, 1, "\"settling_p99\": 4"),
                    line(1, 2, "\"settling_p99\": 5"), line(2, 0, "\"lost\": 1"), line(2, 1, "\"lost\": 2"),
                    "{\"point\": 2, \"repeat\": 2, \"failed\": \"diverged\"}"},
                   "points.jsonl");
    Estimator estimator;
    const std::string means = means_csv(sweep, runs, estimator);
    CHECK(contains(means, "\n0,5,5,settling_p99,2,,,\n"));
    CHECK(contains(means, "\n1,9,9,settling_p99,3,4,"));
    CHECK(contains(means, "\n2,12,12,lost,2,,,\n"));
    CHECK(estimate_of(runs[0], "settling_p99", estimator).absence == "not settled (1 of 3)");
    CHECK(estimate_of(runs[0], "settling_median", estimator).absence == "not settled (3 of 3)");
    CHECK(estimate_of(runs[2], "lost", estimator).absence == "failed (1 of 3)");
    CHECK(estimate_of(runs[1], "final_distance", estimator).absence.empty());
    const std::vector<Verdict> verdicts = judge_sweep(sweep, runs, {});
    REQUIRE(verdicts.size() == 3);
    CHECK(!verdicts[0].passed);
    CHECK(verdicts[0].seen == "not settled (1 of 3)");
    CHECK(!verdicts[1].passed);
    CHECK(verdicts[1].seen == "not settled (1 of 3)");
    CHECK(verdicts[2].passed);
}

TEST_CASE("differences from a chosen point are paired by repeat, and absent where a repeat lacks the metric") {
    const Sweep sweep = plan(compared);
    CHECK(*reference_point(sweep) == 1);
    const SweepRuns runs =
        read_sweep(sweep,
                   {line(0, 0, "\"bias\": 1.5, \"lost\": 4"), line(0, 1, "\"bias\": 2.25, \"lost\": 5"),
                    line(0, 2, "\"bias\": 9, \"lost\": 6"), line(1, 0, "\"bias\": 1, \"lost\": 1"),
                    line(1, 1, "\"bias\": 2, \"lost\": 2"), line(1, 2, "\"lost\": 3"), line(2, 0, "\"bias\": 7")},
                   "points.jsonl");
    Estimator estimator;
    const std::string table = differences_csv(sweep, runs, estimator);
    CHECK(table.rfind("point,label,phases.free,neuron.quantizer,against,metric,pairs,mean,low,high,p\n", 0) == 0);
    // A repeat that has come to its end without the metric leaves no mean: that of the others would look too good.
    CHECK(contains(table, "\n0,\"5, sigma-delta\",5,sigma-delta,\"5, stochastic\",bias,2,,,,\n"));
    CHECK(!difference_of(sweep, runs, 0, "bias", estimator)->mean);
    // One that is not finished yet says nothing.
    const SweepRuns so_far =
        read_sweep(sweep,
                   {line(0, 0, "\"bias\": 1.5"), line(0, 1, "\"bias\": 2.25"), line(0, 2, "\"bias\": 9"),
                    line(1, 0, "\"bias\": 1"), line(1, 1, "\"bias\": 2")},
                   "points.jsonl");
    const Difference bias = *difference_of(sweep, so_far, 0, "bias", estimator);
    CHECK(bias.pairs == 2);
    CHECK(*bias.mean == 0.375);
    // t = 3 with one degree of freedom: p = 2 (1/2 - atan(3) / pi).
    CHECK(*bias.p == doctest::Approx(0.2048327647));
    CHECK(contains(differences_csv(sweep, so_far, estimator),
                   "\n0,\"5, sigma-delta\",5,sigma-delta,\"5, stochastic\",bias,2,0.375,"));
    // All differences equal: an interval of no width, and no p.
    CHECK(contains(table, ",\"5, stochastic\",lost,3,3,3,3,\n"));
    // One pair has a difference and nothing else; the reference itself and what has no pair are not there.
    CHECK(contains(table, "\n2,\"9, sigma-delta\",9,sigma-delta,\"5, stochastic\",bias,1,6,,,\n"));
    CHECK(lacks(table, "\n1,"));
    CHECK(lacks(table, "\n3,"));
    CHECK(differences_csv(plan(two_axes), runs, estimator).empty());
}

TEST_CASE("the point to compare with must be one of the grid") {
    const auto errors = [](const std::string& label) {
        return error_text([&] { plan("[sweep]\nagainst = \"" + label + "\"\nover = { \"phases.free\" = [5, 9] }\n"); });
    };
    CHECK(contains(errors("6"),
                   "bad.toml:13:1: sweep.against: \"6\" is unknown; expected the label of a point of the "
                   "sweep; did you mean 5?"));
    CHECK(contains(errors(""), "sweep.against: is empty"));
    // A run does not look at it; a grid that options have changed leaves it out, and says so.
    const ScenarioSource from = source(minimal + on_random_data + compared);
    CHECK_NOTHROW(load_scenario(from, {}));
    const LoadedScenario other =
        load_scenario(from, {parse_set("sweep.over={ \"phases.free\" = [5, 9] }")}, Command::sweep);
    CHECK(other.scenario.sweep.against.empty());
    CHECK(std::count(other.notes.begin(), other.notes.end(),
                     "sweep.against names a point that is not in this grid: there are no differences") == 1);
    CHECK(plan(compared).base.sweep.against == "5, stochastic");
    CHECK(contains(scenario_as_toml(plan(compared).base, Command::sweep), "against = \"5, stochastic\""));
}

TEST_CASE("a file is read once, however many points are laid over it") {
    std::string values;
    for (int i = 1; i <= 2000; ++i) values += (i == 1 ? "" : ", ") + std::to_string(i);
    const ScenarioSource from =
        source(minimal + on_random_data + "[sweep]\nover = { \"phases.free\" = [" + values + "] }\n");
    LoadedScenario loaded = load_scenario(from, {}, Command::sweep);
    // What a point starts from has neither the text nor the list of all points, so that it cannot read them again.
    CHECK(loaded.base.source.text.empty());
    for (const auto& [path, value] : loaded.base.given) CHECK(lacks(path, "sweep."));
    const Sweep sweep = plan_sweep(loaded);
    REQUIRE(sweep.points.size() == 2000);
    CHECK(sweep.points[1999].scenario.phases.free == 2000);
    CHECK(sweep.points[1999].scenario.sweep.over.empty());
}

TEST_CASE("people read the names of axes where a label says nothing by itself") {
    const Sweep sweep = plan(two_axes);
    CHECK(shown_point(short_names(sweep.axes), sweep.points[0].choices) == "free 5, sigma-delta");
    const Sweep parts = plan(
        "[neuron]\nlambda = \"1/t^0.5\"\n"
        "[sweep]\nover = { \"neuron.epsilon.exponent\" = [0.5], \"neuron.lambda.exponent\" = [1], "
        "\"phases.splitstream\" = "
        "[true], \"phases.nudged\" = [{ label = \"1 short\", value = 3 }] }\n");
    CHECK(shown_point(short_names(parts.axes), parts.points[0].choices) ==
          "epsilon.exponent 0.5, lambda.exponent 1, splitstream true, 1 short");
    CHECK(parts.points[0].label == "0.5, 1, true, 1 short");
    const Sweep seeds = plan("[sweep]\nover = { \"network.seed\" = [1], \"scenario.seed\" = [2] }\n");
    CHECK(shown_point(short_names(seeds.axes), seeds.points[0].choices) == "network.seed 1, scenario.seed 2");
}

TEST_CASE("an expectation that says some axes of its point is about every point that has them") {
    const std::string lines =
        "[sweep]\nover = { \"phases.free\" = [5, 9], \"neuron.quantizer\" = [\"sigma-delta\", \"stochastic\"] }\n"
        "[[expect]]\nmetric = \"spikes\"\nbelow = 0\n";
    const std::string pairs =
        "point = { \"neuron.quantizer\" = \"stochastic\" }\nthan = { \"neuron.quantizer\" = \"sigma-delta\" }\n";
    const auto expected = plan(lines + pairs).base.expectations;
    REQUIRE(expected.size() == 2);
    CHECK(expected[0].point == "5, stochastic");
    CHECK(expected[0].than == "5, sigma-delta");
    CHECK(expected[1].point == "9, stochastic");
    CHECK(expected[1].than == "9, sigma-delta");
    // A number as it stands in the list; several axes; none that is said.
    CHECK(plan(lines + "point = { \"phases.free\" = 9, \"neuron.quantizer\" = \"stochastic\" }\n")
              .base.expectations.at(0)
              .point == "9, stochastic");
    CHECK(plan(lines + "point = {}\n").base.expectations.size() == 4);
    const auto errors = [&](const std::string& more) { return error_text([&] { plan(lines + more); }); };
    CHECK(contains(errors("point = { \"neuron.quantiser\" = \"stochastic\" }\n"),
                   "expect.point: \"neuron.quantiser\" is no axis of the sweep; expected one of phases.free, "
                   "neuron.quantizer; did you mean neuron.quantizer?"));
    CHECK(contains(errors("point = { \"phases.free\" = 8 }\n"), "\"8\" is no label of phases.free"));
    CHECK(contains(errors("point = { \"phases.free\" = 9 }\nthan = { \"phases.free\" = 6 }\n"),
                   "expect.than: \"6\" is no label of phases.free"));
    // Options that take points out of the grid take what is expected of them out, too, and that is said.
    const LoadedScenario other = load_scenario(source(minimal + on_random_data + lines + pairs),
                                               {parse_set("sweep.over={ \"phases.free\" = [5, 9] }")}, Command::sweep);
    CHECK(other.scenario.expectations.empty());
    CHECK(std::count(other.notes.begin(), other.notes.end(),
                     "2 of the expectations are about a point that is not in this grid") == 1);
    CHECK_NOTHROW(load_scenario(source(minimal + on_random_data + lines + pairs), {}));
}

TEST_CASE("what a sweep shows and plots must be metrics of its runs, over axes that it has") {
    const std::string over = "over = { \"phases.free\" = [5, 9], \"timing.loss\" = [0.0, 0.1] }\n";
    const std::string plot = "plot = { x = \"spikes\", y = \"train_error\", within = [\"phases.free\"] }\n";
    const std::string on_virtual = "[scenario]\nengine = \"virtual\"\n";
    const auto planned = [&](const std::string& lines) {
        return plan_sweep(load_scenario(source(on_virtual + minimal + on_random_data + "[sweep]\n" + over + lines), {},
                                        Command::sweep));
    };
    const auto errors = [&](const std::string& lines) { return error_text([&] { planned(lines); }); };
    const Sweep sweep = planned(plot);
    REQUIRE(sweep.base.sweep.plot.size() == 1);
    CHECK(sweep.base.sweep.plot[0] == PointPlot{"spikes", "train_error", "", {"phases.free"}});
    CHECK(shown_metrics(sweep.base) == std::vector<std::string>{"spikes", "train_error"});
    const LoadedScenario again =
        load_scenario(source(scenario_as_toml(sweep.base, Command::sweep)), {}, Command::sweep);
    CHECK(again.scenario.sweep.plot == sweep.base.sweep.plot);
    CHECK(shown_metrics(planned(plot + "show = [\"ticks\"]\n").base) == std::vector<std::string>{"ticks"});
    CHECK(contains(errors("show = [\"spike\"]\n"), "sweep.show: \"spike\" is unknown"));
    CHECK(contains(errors("show = [\"spike\"]\n"), "did you mean spikes?"));
    CHECK(contains(errors("show = []\n"), "sweep.show: is empty"));
    CHECK(contains(errors("show = [\"spikes\", \"spikes\"]\n"), "stands there twice"));
    CHECK(contains(errors("show = [\"test_error\"]\n"),
                   "sweep.show: \"test_error\" is in no summary of this sweep: data.test is 0"));
    CHECK(contains(errors("plot = { x = \"spikes\" }\n"), "sweep.plot: the table has no y"));
    CHECK(contains(errors("plot = { x = \"spikes\", y = \"ticks\", colour = \"lost\" }\n"), "colour: unknown key"));
    CHECK(contains(errors("plot = { x = \"spikes\", y = \"correct_after_median\" }\n"), "is in no summary"));
    CHECK(
        contains(errors("plot = { x = \"spikes\", y = \"ticks\", within = [\"phases.fre\"] }\n"),
                 "sweep.plot.within: \"phases.fre\" is no axis of the sweep; expected one of phases.free, timing.loss; "
                 "did you mean phases.free?"));
    const LoadedScenario other =
        load_scenario(source(on_virtual + minimal + on_random_data + "[sweep]\n" + over + plot),
                      {parse_set("sweep.over={ \"timing.loss\" = [0.0, 0.1] }")}, Command::sweep);
    CHECK(other.scenario.sweep.plot.at(0).within.empty());
    CHECK(std::count(other.notes.begin(), other.notes.end(),
                     "sweep.plot goes without phases.free, which is no axis of this grid") == 1);
}

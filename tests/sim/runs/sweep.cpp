// What a sweep runs and keeps, and how its points are judged.
#include "sim/runs/sweep.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "sim/runs/line_file.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string random_data = "batch = 4\n[data]\nset = \"random\"\ntest = 0\n[phases]\nfree = 9\nnudged = 4\n";

Sweep plan(const std::string& lines) {
    const ScenarioSource from = source(minimal + random_data + lines);
    return plan_sweep(from, {}, load_scenario(from, {}, Command::sweep).scenario);
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
    const std::vector<Verdict> verdicts = judge_sweep(sweep, runs, {{"mnist", {{"final_distance", 1}}}});
    // The one about no point is left to run; the label "digits" wins over the scenario of that name.
    REQUIRE(verdicts.size() == 4);
    CHECK(verdicts[0].passed);
    CHECK(verdicts[0].seen == "0.5");
    CHECK(verdicts[1].passed);
    CHECK(verdicts[1].expected == "final_distance minus that of point \"digits\" equal to 0.25 at point \"1/t\"");
    CHECK(verdicts[2].passed);
    CHECK(!verdicts[3].passed);
}

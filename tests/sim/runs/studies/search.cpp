// How trials are drawn, what they set, and what comes of values that make no scenario.
#include "sim/runs/studies/search.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/runs/store/line_file.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string on_random_data = "batch = 4\n[data]\nset = \"random\"\ntest = 0\n[phases]\nfree = 9\nnudged = 4\n";

Search plan(const std::string& over, const std::string& more = "") {
    const ScenarioSource from =
        source(minimal + on_random_data + "[search]\nobjective = \"train_error\"\nover = { " + over + " }\n" + more);
    return plan_search(load_scenario(from, {}, Command::search));
}

std::string errors(const std::string& over) {
    return error_text([&] { plan(over); });
}

}  // namespace

TEST_CASE("Sobol points are the published ones") {
    // Bratley and Fox 1988 (algorithm 659) and Joe and Kuo 2008: the points after the origin, in Gray code order.
    const Search search = plan(
        "\"neuron.epsilon.initial\" = [0.0, 1.0], \"neuron.lambda.initial\" = [0.1, 1.0], \"timing.loss\" = [0.0, 0.1]",
        "method = \"sobol\"\n[scenario]\nengine = \"virtual\"\n");
    const std::vector<std::vector<double>> published = {
        {0.5, 0.5, 0.5},       {0.75, 0.25, 0.25},    {0.25, 0.75, 0.75},   {0.375, 0.375, 0.625},
        {0.875, 0.875, 0.125}, {0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}};
    for (std::size_t trial = 0; trial < published.size(); ++trial)
        CHECK(trial_coordinates(search, static_cast<int>(trial)) == published[trial]);
    // Each of 16 equal intervals of each axis holds one of the points 0 to 15.
    for (std::size_t axis = 0; axis < 3; ++axis) {
        std::map<int, int> found{{0, 1}};  // of the origin
        for (int trial = 0; trial < 15; ++trial) ++found[static_cast<int>(16 * trial_coordinates(search, trial)[axis])];
        CHECK(found.size() == 16);
    }
}

TEST_CASE("random trials are keyed by seed and number and fill their ranges evenly") {
    const std::string over =
        "\"neuron.epsilon.initial\" = [0.25, 0.75], \"phases.free\" = [5, 8], "
        "\"neuron.quantizer\" = [\"sigma-delta\", \"stochastic\", \"threshold\"]";
    const Search search = plan(over), seeded = plan(over, "[scenario]\nseed = 2\n");
    CHECK(trial_coordinates(search, 3) == trial_coordinates(search, 3));
    CHECK(trial_coordinates(search, 3) != trial_coordinates(search, 4));
    CHECK(trial_coordinates(search, 3) != trial_coordinates(seeded, 3));
    double sum = 0, least = 1, most = 0;
    std::map<int, int> periods;
    std::map<Quantizer, int> by_quantizer;
    constexpr int trials = 1200;
    for (int trial = 0; trial < trials; ++trial) {
        const Scenario scenario = trial_scenario(search, trial);
        const auto epsilon = std::get<Schedule>(scenario.neuron.epsilon);
        CHECK(epsilon.exponent == 0.0923);  // of the default, which stays
        sum += epsilon.initial;
        least = std::min(least, epsilon.initial);
        most = std::max(most, epsilon.initial);
        ++periods[scenario.phases.free];
        ++by_quantizer[scenario.neuron.quantizer];
    }
    CHECK(std::abs(sum / trials - 0.5) < 4 * 0.5 / std::sqrt(12.0 * trials));
    CHECK((least >= 0.25 && least < 0.26 && most < 0.75 && most > 0.74));
    // Both ends of whole numbers, and all alternatives, are equally likely.
    CHECK((periods.size() == 4 && periods.begin()->first == 5));
    for (const auto& one : periods) CHECK(std::abs(one.second - trials / 4) < 4 * std::sqrt(trials * 0.25 * 0.75));
    CHECK(by_quantizer.size() == 3);
    for (const auto& one : by_quantizer) CHECK(std::abs(one.second - trials / 3) < 4 * std::sqrt(trials / 3.0 * 2 / 3));
}

TEST_CASE("ranges that a key cannot take are refused, and so is a search without one possible trial") {
    CHECK(contains(errors("\"timing.loss\" = [0.0, 1.5]"), "timing.loss: 1.5 is out of range; expected"));
    CHECK(contains(errors("\"phases.free\" = [0.5, 9.0]"), "phases.free: 0.5 is not an integer"));
    CHECK(contains(errors("\"neuron.quantizer\" = [0, 1]"), "neuron.quantizer: 0.0 is not a string"));
    CHECK(contains(errors("\"neuron.quantizer\" = [\"sigma\"]"), "neuron.quantizer: \"sigma\" is unknown"));
    CHECK(contains(errors("neuron = [{ label = \"a\", quantizer = \"sigma-delt\" }]"), "did you mean sigma-delta?"));
    CHECK(contains(errors("\"neuron.epsilon.initial\" = [2.0, 3.0]"), "neuron.epsilon: is "));
    CHECK(contains(errors("\"timing.loss\" = [0.1, 0.5]"), "timing.loss: the lockstep engine cannot honour it"));
    CHECK(errors("\"neuron.epsilon.initial\" = [0.5, 3.0]").empty());
}

TEST_CASE("a trial that makes no scenario is kept as invalid, and the best of the others is a scenario that runs") {
    const Search search = plan("\"neuron.epsilon.initial\" = [0.5, 1.5]", "trials = 8\nmethod = \"sobol\"\n");
    const TemporaryFolder folder;
    WorkerPool workers(2);
    SharedData data;
    SearchTrials trials = read_search(search, {}, "");
    CHECK(run_search(search, folder.path(), workers, data, {}, trials));
    int invalid = 0;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        REQUIRE(trials[trial]);
        const double initial = *draw_trial(search, static_cast<int>(trial))[0].number;
        CHECK(trials[trial]->invalid == (initial > 1));
        CHECK(trials[trial]->objective.has_value() == !trials[trial]->invalid);
        invalid += trials[trial]->invalid ? 1 : 0;
        if (trials[trial]->invalid) CHECK(contains(trials[trial]->failure, "neuron.epsilon: is "));
    }
    CHECK(invalid >= 3);
    const std::vector<int> best = best_trials(trials);
    CHECK(static_cast<int>(best.size()) == 8 - invalid);
    CHECK(std::is_sorted(best.begin(), best.end(), [&](int a, int b) {
        return *trials[static_cast<std::size_t>(a)]->objective < *trials[static_cast<std::size_t>(b)]->objective;
    }));
    const std::string text = trial_as_toml(search, best.front());
    CHECK(lacks(text, "[search]"));
    const Scenario scenario = load_scenario({"best.toml", "best", "/elsewhere", text}, {}).scenario;
    const auto again = run_bare(scenario, load_dataset(scenario), {});
    CHECK(again->fingerprint == trials[static_cast<std::size_t>(best.front())]->fingerprint);
    // What is kept says the same when it is read again, and nothing is left to do.
    SearchTrials reread = read_search(search, read_lines(folder.file("trials.jsonl")), "trials.jsonl");
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        CHECK(reread[trial]->objective == trials[trial]->objective);
        CHECK(reread[trial]->metrics == trials[trial]->metrics);
        CHECK(reread[trial]->failure == trials[trial]->failure);
    }
    const std::string before = read_file(folder.file("trials.jsonl"));
    CHECK(run_search(search, folder.path(), workers, data, {}, reread));
    CHECK(read_file(folder.file("trials.jsonl")) == before);
    CHECK(contains(error_text([&] { read_search(search, {"{\"trial\": 8}"}, "t"); }),
                   "--resume: search.trials: 8 is below what has been run; expected at least 9"));
    CHECK(contains(error_text([&] { read_search(search, {"{\"trial\": 0}", "{"}, "t"); }), "t:2: is damaged"));
}

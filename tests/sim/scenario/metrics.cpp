// The table of metrics: every number of a summary has its row, and a row says of which scenarios it is.
#include "sim/scenario/metrics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "sim/measures/number_text.hpp"
#include "sim/scenario/expectation.hpp"
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

namespace {

std::string reason(const std::string& name, const std::string& lines) {
    return why_absent(*find_metric(name), load_with(lines).scenario);
}

const std::string converging = "[scenario]\ntask = \"converge\"\n";

}  // namespace

TEST_CASE("names are unlike each other, and every row can be read and says what it is") {
    std::set<std::string> names;
    for (const Metric& metric : metrics()) {
        CAPTURE(metric.name);
        CHECK(names.insert(metric.name).second);
        CHECK(!metric.help.empty());
        CHECK((metric.form == Metric::Form::text) == static_cast<bool>(metric.text));
        CHECK((metric.form == Metric::Form::text) != static_cast<bool>(metric.read));
        CHECK((metric.name.back() == '.') == (metric.form == Metric::Form::by_event));
    }
    for (int Metric::*rank : {&Metric::headline, &Metric::plotted}) {
        const auto all =
            std::count_if(metrics().begin(), metrics().end(), [&](const Metric& metric) { return metric.*rank > 0; });
        CHECK(static_cast<std::ptrdiff_t>(ranked_metrics(rank).size()) == all);  // no place is taken twice
    }
}

TEST_CASE("a name finds its row, with the number of a projection behind it or without") {
    for (const char* name : {"settling_p99", "update_cosine", "update_cosine_0", "update_cosine_12", "lost"})
        CHECK(is_metric_name(name));
    for (const char* name : {"update_cosine_", "update_cosine_01", "update_cosine_x", "lost_0", "lost_by_population",
                             "fingerprint", "expectations_passed", ""})
        CHECK(!is_metric_name(name));
    CHECK(find_metric("update_cosine_3")->form == Metric::Form::by_projection);
    CHECK(find_metric("lost_by_population")->form == Metric::Form::by_population);
}

TEST_CASE("a metric of an event has its name behind it, whatever that is") {
    for (const char* name : {"recovery_p99.a", "recovery_median.bits get lost", "unrecovered.v 1.2", "unrecovered.7"}) {
        CHECK(is_metric_name(name));
        CHECK(find_metric(name)->form == Metric::Form::by_event);
    }
    for (const char* name : {"recovery_p99", "recovery_p99.", "lost.a", "update_cosine_.0", ".a"})
        CHECK(!is_metric_name(name));
    Summary summary;
    summary.recoveries = {{"bits get lost", 12.5, 40, 0}, {"v 1.2", std::nullopt, std::nullopt, 0.75}};
    std::vector<std::string> keys;
    for (const Metric& metric : metrics()) {
        if (metric.form != Metric::Form::by_event) continue;
        for (const auto& [key, number] : numbers_of(metric, summary)) {
            if (number) keys.push_back(key + " " + short_number(to_double(*number)));
        }
    }
    CHECK(keys == std::vector<std::string>{"recovery_median.bits get lost 12.5", "recovery_p99.bits get lost 40",
                                           "unrecovered.bits get lost 0", "unrecovered.v 1.2 0.75"});
    std::set<std::string> names = {"lost", "unrecovered.v 1.2"};
    add_expectable(names);
    CHECK(names == std::set<std::string>{"lost", "recovery_median.v 1.2", "recovery_p99.v 1.2", "settling_median",
                                         "settling_p99", "unrecovered.v 1.2"});
    std::set<std::string> billed = {"energy_joules", "settling_p99"};
    add_expectable(billed);
    CHECK(billed.contains("energy_to_settle"));
    std::set<std::string> of_streams = {"lost", "correct_after_median", "stream_error"};
    add_expectable(of_streams);
    CHECK(of_streams == std::set<std::string>{"lost", "correct_after_median", "stream_error"});
}

namespace {

/// A converge run of 20 presentations with an event called "loss" at period 5, and one between minibatches.
Scenario eventful() {
    Scenario scenario = load_with(converging + "[data]\nset = \"random\"\nrepeats = 2\n").scenario;
    Event event;
    event.name = "loss";
    event.at = AtPeriod{5};
    event.action = MarkAction{};
    scenario.events.push_back(event);
    event.name = "later";
    event.at = AtPresentation{5};
    scenario.events.push_back(event);
    return scenario;
}

}  // namespace

TEST_CASE("a run has the metrics of the events that are measured in it, and a search can minimise them") {
    const Scenario with = eventful(), without = load_with(converging).scenario;
    CHECK(why_absent("recovery_p99.loss", with).empty());
    CHECK(why_absent("recovery_p99.los", with) == "no event has this name");
    CHECK(why_absent("unrecovered.later", with) == "this event happens between minibatches");
    CHECK(why_absent("recovery_p99.loss", without) == "no event happens within presentations");
    Scenario between = with;
    between.events.erase(between.events.begin());
    CHECK(why_absent("recovery_p99.later", between) == "this event happens between minibatches");
    CHECK(why_absent("recovery_p99.loss", between) == "no event has this name");
    Expectation recovered;
    recovered.recovered_by = 5;
    recovered.after = "later";
    CHECK(why_hopeless(recovered, between) == "this event happens between minibatches");
    const auto names = reported_metrics(with);
    for (const char* name : {"recovery_median.loss", "recovery_p99.loss", "unrecovered.loss"})
        CHECK(std::count(names.begin(), names.end(), name) == 1);
    CHECK(std::count(names.begin(), names.end(), "unrecovered.later") == 0);
}

TEST_CASE("what did not recover is said with how many of how many") {
    const Scenario scenario = eventful();
    const Metrics run = {{"presentations", 40}, {"unrecovered.loss", 0.15}, {"recovery_median.loss", 12}};
    const Absences absences = absences_of(scenario, run);
    CHECK(absences.at("recovery_p99.loss") == "not settled (3 of 20)");
    CHECK(absences.count("recovery_median.loss") == 0);
    Expectation quick;
    quick.recovered_by = 40;
    quick.after = "loss";
    const Verdict verdict = judge(quick, run, {}, absences);
    CHECK(!verdict.passed);
    CHECK(verdict.seen == "not settled (3 of 20)");
    CHECK(verdict.expected == "99 of 100 presentations settled again by period 40 after \"loss\"");
    CHECK(absence_over_repeats("recovery_p99.loss", 3, 5, 0) == "not settled (2 of 5)");
    // Runs that train count more presentations than those of the test set.
    Scenario training = scenario;
    training.task = Task::train;
    CHECK(absences_of(training, run).at("recovery_p99.loss") == "not settled (15.00 % of the presentations)");
}

TEST_CASE("a scenario has the metrics of its task, its engine and what it asks for, and the reason says which fails") {
    CHECK(reason("test_error", "").empty());
    CHECK(reason("test_error", converging) == "a run of the task converge has none");
    CHECK(reason("test_error", "[data]\ntest = 0\n") == "data.test is 0");
    CHECK(reason("final_distance", "") == "a run of the task train has none");
    CHECK(reason("lead_max", "") == "the lockstep engine has none");
    CHECK(reason("lead_max", "[scenario]\nengine = \"free\"\n").empty());
    CHECK(reason("late_ticks", "[scenario]\nengine = \"free\"\n") == "free.pace is not given");
    CHECK(reason("posts", "").size() > 0);
    CHECK(reason("spikes", "[neuron]\nkind = \"continuous\"\nepsilon = 0.5\n") == "continuous neurons send no bits");
    CHECK(reason("update_bias", converging) == "data.repeats is 1");
    CHECK(reason("minibatch_cosine_0", converging) == "data.train gives one minibatch");
    CHECK(reason("minibatch_cosine_0", converging + "[data]\ntrain = 21\n").empty());
    CHECK(!reason("minibatch_cosine_0", converging + "[data]\ntrain = 21\nvalidation = 1\n").empty());
    CHECK(reason("update_cosine_0", converging + "[phases]\nnudged = 0\n") == "phases.nudged is 0");
    CHECK(reason("settling_p99", "").empty());
}

TEST_CASE("an expectation about a metric that no run of its scenario has is refused with the reason") {
    const auto expected = [](const std::string& metric) {
        return "[[expect]]\nmetric = \"" + metric + "\"\nabove = 0\n";
    };
    const std::string wrong = errors_with(expected("final_distance"));
    CHECK(contains(wrong,
                   "bad.toml:6:1: expect.metric: \"final_distance\" is in no summary of this scenario: a run of "
                   "the task train has none; expected one of "));
    CHECK(lacks(wrong.substr(wrong.find("expected")), "final_distance"));
    CHECK(contains(errors_with("[data]\ntest = 0\n" + expected("test_error")), "data.test is 0"));
    CHECK(contains(errors_with(expected("lag_mean")), "the lockstep engine has none"));
    // What options have made so is judged, fails, and is said beforehand; the resolved scenario loads again.
    const LoadedScenario changed = load_with(expected("test_error"), {"data.test=0"});
    CHECK(changed.scenario.expectations.size() == 1);
    CHECK(std::count(changed.notes.begin(), changed.notes.end(),
                     "test_error, which is expected, will not be there: data.test is 0") == 1);
    CHECK(load(scenario_as_toml(changed.scenario)).scenario.expectations.empty());
    // And what options have made possible is no fault.
    CHECK(load_with(expected("final_distance"), {"scenario.task=converge"}).scenario.expectations.size() == 1);
}

TEST_CASE("what did not settle is said with how many of how many") {
    const Scenario scenario = load_with(converging + "[data]\nset = \"random\"\nrepeats = 2\n").scenario;
    const Metrics run = {{"unsettled", 3}, {"presentations", 40}, {"settling_median", 12}};
    const Absences absences = absences_of(scenario, run);
    CHECK(absences.at("settling_p99") == "not settled (3 of 20)");
    CHECK(absences.count("settling_median") == 0);
    Expectation settling;
    settling.metric = "settling_p99";
    settling.below = 1000;
    const Verdict verdict = judge(settling, run, {}, absences);
    CHECK(!verdict.passed);
    CHECK(verdict.seen == "not settled (3 of 20)");
    CHECK(absence_over_repeats("settling_p99", 3, 5, 0) == "not settled (2 of 5)");
    CHECK(absence_over_repeats("settling_p99", 5, 5, 0).empty());
    CHECK(absence_over_repeats("lost", 4, 5, 1) == "failed (1 of 5)");
    CHECK(absence_over_repeats("update_cosine", 4, 5, 0) == "absent (1 of 5)");
    CHECK(absence_over_repeats("update_cosine", 0, 5, 0).empty());
}

TEST_CASE("numbers have four digits at most, and verdicts as many as decide them") {
    CHECK(short_number(0.00472035) == "0.00472");
    CHECK(short_number(8772.36) == "8772");
    CHECK(short_number(98403) == "98400");
    CHECK(short_number(39186787) == "39.19 M");
    CHECK(short_number(999999) == "1 M");
    CHECK(short_number(-1.23456e-5) == "-1.235e-05");
    CHECK(short_percent(0.0435) == "4.35 %");
    CHECK(short_percent(1) == "100 %");
    Expectation below;
    below.metric = "test_error";
    below.below = 0.05;
    CHECK(judge(below, {{"test_error", 0.0123456}}).seen == "0.01235");
    CHECK(judge(below, {{"test_error", 0.04999999}}).seen == "0.04999999");  // 0.05 would not be below
    CHECK(judge(below, {{"test_error", 0.04999999}}).value == 0.04999999);
    Expectation exactly;
    exactly.metric = "ticks";
    exactly.equals = 98400;
    CHECK(judge(exactly, {{"ticks", 98400}}).seen == "98400");
    CHECK(judge(exactly, {{"ticks", 98401}}).seen == "98401");
}

// Recovery after events: what is counted, what the figures are of, and what answers are right in presentations whose
// input changes.
#include "sim/runs/session/recovery.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "sim/runs/session/evaluation.hpp"
#include "sim/runs/session/stretch.hpp"

using namespace settle;

namespace {

/// "bad good good": whether the period ends 1, 2 … are good, as a string of 0 and 1.
std::optional<std::int64_t> recovered(const std::string& good, std::int64_t from, std::int64_t to) {
    return periods_to_recover({"e", from, to},
                              [&](std::int64_t period) { return good[static_cast<std::size_t>(period - 1)] == '1'; });
}

/// Of a plan of `free` periods that reads its answer at their end.
Plan free_plan(std::int64_t free) {
    Plan plan;
    plan.free = plan.periods = free;
    plan.slots = {true};
    plan.instants = {Sample{free, Branch::main, 0}, Reading{free, Branch::main, 0, 1}, End{free, Branch::main}};
    return plan;
}

/// Presentations of a 1-2 network with the answers (0 or 1) that they give at each period end, as digits.
Outcome outcome_of(const Plan& plan, const std::vector<std::string>& answers) {
    Outcome outcome(plan, chain({1, 2}), static_cast<int>(answers.size()));
    for (std::size_t b = 0; b < answers.size(); ++b) {
        for (std::size_t k = 0; k < answers[b].size(); ++k)
            outcome.answers[b * answers[b].size() + k] = answers[b][k] - '0';
        outcome.reads[0].of(1, static_cast<int>(b))[answers[b].back() - '0'] = 1;
    }
    return outcome;
}

Minibatch minibatch_of(const std::vector<std::int32_t>& labels) {
    Minibatch minibatch;
    minibatch.labels = labels;
    minibatch.presentations.resize(labels.size());
    minibatch.x.resize(labels.size() * static_cast<std::size_t>(padded_size(1)));
    return minibatch;
}

}  // namespace

TEST_CASE("recovered is the first period end from which all of the window are good") {
    CHECK(recovered("111111", 2, 6) == 1);
    CHECK(recovered("110111", 2, 6) == 2);
    CHECK(recovered("110101", 2, 6) == 4);
    CHECK(recovered("111110", 2, 6) == std::nullopt);
    CHECK(recovered("111110", 2, 5) == 1);  // what comes after the window does not count, nor what was before
    CHECK(recovered("000001", 0, 6) == 6);
}

TEST_CASE("what has not recovered comes after everything that has") {
    Recovery recovery{"e", {}, 0};
    for (const std::int64_t periods : {5, 1, 2}) recovery.add(periods);
    CHECK(recovery.recovered_at == std::vector<std::int64_t>{1, 1, 0, 0, 1});
    CHECK(recovery_figures({recovery}) == std::vector<RecoveryFigures>{{"e", 2.0, 5, 0.0}});
    recovery.add(std::nullopt);
    CHECK(recovery_figures({recovery}) == std::vector<RecoveryFigures>{{"e", 3.5, std::nullopt, 0.25}});
    recovery.add(std::nullopt);
    recovery.add(std::nullopt);
    CHECK(recovery_figures({recovery}) == std::vector<RecoveryFigures>{{"e", std::nullopt, std::nullopt, 0.5}});
    // An event that has happened in no presentation has no figures.
    CHECK(recovery_figures({{"never", {}, 0}}).empty());
}

TEST_CASE("an answer has recovered when it is right, by the label that is shown then, and stays right") {
    Plan plan = free_plan(8);
    plan.instants.insert(plan.instants.begin(), Present{4, Branch::main, 0});
    Minibatch minibatch = minibatch_of({0, 1, 0});
    minibatch.first_next = {0, 1, 2, 3};
    minibatch.next_labels = {1, 0, 0};
    minibatch.next_x.resize(minibatch.x.size());
    const std::vector<EventWindow> windows = {{"mark", 2, 4}, {"other input", 4, 8}};
    Evaluation evaluation;
    evaluation.add(plan, minibatch, outcome_of(plan, {"10000111", "01110100", "00001111"}), windows);
    REQUIRE(evaluation.recoveries.size() == 2);
    CHECK(evaluation.recoveries[0] == Recovery{"mark", {3}, 0});
    // 1 from the second period on; 0 from the third on, since it falls back once; never 0.
    CHECK(evaluation.recoveries[1] == Recovery{"other input", {0, 1, 1}, 1});
    // Right by the second label: the last one alone is wrong at the end.
    CHECK(evaluation.wrong == 1);
    CHECK(evaluation.wrong_at == std::vector<std::int64_t>{2, 0, 0, 0, 2, 2, 1, 1});
    // More presentations are added to the same figures.
    evaluation.add(plan, minibatch, outcome_of(plan, {"10000111", "01110100", "00000000"}), windows);
    CHECK(evaluation.recoveries[1] == Recovery{"other input", {1, 2, 2}, 1});
    Evaluation plain;
    plain.add(free_plan(8), minibatch, outcome_of(plan, {"00000000", "00000000", "11111111"}));
    CHECK(plain.recoveries.empty());
    CHECK(plain.wrong == 2);
}

TEST_CASE("stretches begin with what changes in the main branch, and several changes at one time are one") {
    Plan plan = free_plan(8);
    plan.periods = 12;
    plan.instants = {Present{2, Branch::main, 0}, Alter{2, Branch::main, 1},     Silence{5, Branch::main, 3},
                     Fork{8, Branch::free},       Nudge{8, Branch::main, 0.5f},  Present{9, Branch::free, 1},
                     Sever{10, Branch::main, 0},  Silence{11, Branch::main, -1}, End{12, Branch::main}};
    const std::vector<Stretch> stretches = stretches_of(plan);
    const std::vector<Stretch> expected = {{0, -1, 0, -1, -1, -1}, {2, 0, 0, 1, -1, -1},   {5, 0, 0, 1, 3, -1},
                                           {8, 0, 0.5f, 1, 3, -1}, {10, 0, 0.5f, 1, 3, 0}, {11, 0, 0.5f, 1, -1, 0}};
    CHECK(stretches == expected);
    // What is read at the end of a period is from before what happens there.
    CHECK(stretch_at(stretches, 2).from == 0);
    CHECK(stretch_at(stretches, 3).from == 2);
    CHECK(stretch_at(stretches, 12).from == 11);
    CHECK(stretches_of(free_plan(8)) == std::vector<Stretch>(1));
    plan.instants = {Present{0, Branch::main, 0}};
    CHECK(stretches_of(plan) == std::vector<Stretch>{{0, 0, 0, -1, -1, -1}});
}

TEST_CASE("the device of a stretch has its losses, its stuck neurons and its dead links, and else its own") {
    const Network network{chain({2, 2, 1})};
    Device device = draw_device(network, {});
    device.faults.stuck = {Stuck::no, Stuck::no, Stuck::at_one, Stuck::at_one, Stuck::no};
    Conditions lossy = conditions_of(device.settings);
    lossy.loss = 0.25;
    PlanTables tables;
    tables.conditions = {lossy};
    tables.silent = {{3, 4}};
    Plan plan;
    plan.tables = std::make_shared<const PlanTables>(tables);
    const Device same = device_in({}, plan, device);
    CHECK(same.settings.link.loss == 0);
    CHECK(same.faults.stuck == device.faults.stuck);
    const Device now = device_in({3, -1, 0, 0, 0, -1}, plan, device);
    CHECK(now.settings.link.loss == 0.25);
    CHECK(now.faults.stuck == std::vector<Stuck>{Stuck::no, Stuck::no, Stuck::at_one, Stuck::at_zero, Stuck::at_zero});
}

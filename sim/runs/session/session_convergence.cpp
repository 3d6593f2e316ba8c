// The task converge of a session.
#include <optional>
#include <utility>

#include "sim/runs/session/assembly.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/session/session.hpp"

namespace settle {

RunTotals Session::converge(const Observer& observer) {
    demand(Task::converge);
    try {
        settle_and_measure(observer);
    } catch (const Stopped&) {
        if (observer.dropped) observer.dropped(convergence_minibatch(scenario_, data_).number);
        totals_.stopped = true;
    }
    return totals();
}

void Session::settle_and_measure(const Observer& observer) {
    constexpr auto part = PresentationId::Part::train;
    Minibatch minibatch = convergence_minibatch(scenario_, data_);
    add_inputs(minibatch, data_.train, script_.presented(part));
    const Plan plan = plan_of(part, scenario_.phases.nudged > 0 ? training_plan(scenario_, scenario_.learning.beta)
                                                                : evaluation_plan(scenario_));
    if (ranks_ && !ranks_->leads()) return help_to_settle(minibatch, plan, observer);
    std::optional<Convergence> measured;
    try {
        measured.emplace(scenario_, network_, device_, minibatch, plan, workers_, observer.stop);
    } catch (const Stopped&) {
        drop(plan, minibatch, Gathered::reads, observer);
    }
    Convergence& convergence = *measured;
    if (observer.presented) observer.presented(minibatch);
    const bool recorded = observer.ticks && observer.records && observer.records(minibatch.number);
    const TickSink sink = [&](TickRows&& rows) {
        convergence.add(rows);
        if (recorded) observer.ticks(std::move(rows));
    };
    const Outcome outcome =
        present(plan, minibatch, Gathered::reads, {sink, observer.events_of(minibatch)}, observer.stop, observer.stop);
    count(outcome, plan, minibatch);
    const int repeats = scenario_.data.repeats;
    if (repeats > 1) convergence.add_update(outcome);
    for (int repeat = 1; repeat < repeats; ++repeat) {
        Minibatch again = convergence_minibatch(scenario_, data_, repeat);
        add_inputs(again, data_.train, script_.presented(part));
        const Outcome noisy = present(plan, again, Gathered::reads, {}, observer.stop, observer.stop);
        count(noisy, plan, again);
        convergence.add_update(noisy);
    }
    totals_.convergence = convergence.conclude(outcome);
    give_up_if(observer.stop);
    if (!observer.sample) return;
    for (const SettlingSample& sample : totals_.convergence->samples) observer.sample(sample);
}

/// A rank that follows presents its share; what comes of it, rank 0 measures.
void Session::help_to_settle(const Minibatch& minibatch, const Plan& plan, const Observer& observer) {
    const TickSink sent = [](TickRows&&) {};
    present(plan, minibatch, Gathered::reads, {sent, observer.events_of(minibatch)}, observer.stop, observer.stop);
    for (int repeat = 1; repeat < scenario_.data.repeats; ++repeat) {
        Minibatch again = convergence_minibatch(scenario_, data_, repeat);
        add_inputs(again, data_.train, script_.presented(PresentationId::Part::train));
        present(plan, again, Gathered::reads, {}, observer.stop, observer.stop);
    }
}

}  // namespace settle

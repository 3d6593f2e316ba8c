#include "sim/scenario/event_notes.hpp"

#include <algorithm>

#include "models/neuron/restart.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/problems.hpp"

namespace settle {

namespace {

/// A nudge before the answer is read: the network is told what it is asked.
bool tells_the_answer(const Event& event, const Scenario& scenario) {
    const auto* nudge = std::get_if<NudgeAction>(&event.action);
    const auto* at = std::get_if<AtPeriod>(&event.at);
    if (!nudge || !at || nudge->beta == 0 || scenario.task == Task::converge) return false;
    const bool answers = scenario.task == Task::stream || at->period < scenario.phases.free;
    const PresentationLengths lengths = presentation_lengths(scenario);
    return answers && ((event.in_training && lengths.train > 0) || (event.in_validation && lengths.validation > 0) ||
                       (event.in_test && lengths.test > 0));
}

bool is_constant(const Schedule& schedule) {
    return schedule.exponent == 0 || (schedule.exponent > 0 && schedule.initial <= schedule.floor);
}

/// Whether a step size or a lambda ever differs from what it was at the first tick: by its schedule, or by an event.
bool anneals(const Scenario& scenario) {
    const auto& neuron = scenario.neuron;
    const auto* epsilon = std::get_if<Schedule>(&neuron.epsilon);
    if (!epsilon || !is_constant(*epsilon) || (neuron.lambda && !is_constant(*neuron.lambda))) return true;
    return std::any_of(scenario.events.begin(), scenario.events.end(), [](const Event& event) {
        const std::string* key = changed_key_of(event);
        return key && key->rfind("neuron.", 0) == 0;
    });
}

}  // namespace

std::vector<std::string> notes_on_events(const Scenario& scenario) {
    std::vector<std::string> notes;
    for (const Event& event : scenario.events) {
        if (tells_the_answer(event, scenario))
            notes.push_back(quoted(event.name) +
                            " nudges the output towards the label while answers are given: errors and recoveries are "
                            "those of a network that is told them");
    }
    if (scenario.neuron.kind == NeuronKind::continuous || anneals(scenario)) return notes;
    const char* reason = ": neuron.epsilon and neuron.lambda are the same at every t";
    if (!std::holds_alternative<NeverRestarts>(scenario.neuron.restart))
        notes.push_back(std::string("neuron.restart changes nothing") + reason);
    for (const Event& event : scenario.events) {
        if (std::holds_alternative<RestartAnnealingAction>(event.action))
            notes.push_back(quoted(event.name) + " changes nothing" + reason);
    }
    return notes;
}

}  // namespace settle

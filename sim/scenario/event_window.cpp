#include "sim/scenario/event_window.hpp"

#include <algorithm>

#include "sim/scenario/words.hpp"

namespace settle {

namespace {

/// In which presentations a run gives the answers, or distances, that are looked at.
std::vector<During> measured_presentations(const Scenario& scenario) {
    switch (scenario.task) {
        case Task::train:
            return {&Event::in_test, &Event::in_training, &Event::in_validation};
        case Task::infer:
        case Task::stream:
            // Without a test set it is the training set; whether there is one, the data may have to tell.
            if (!scenario.data.test) return {&Event::in_test, &Event::in_training};
            return {*scenario.data.test > 0 ? &Event::in_test : &Event::in_training};
        case Task::converge:
            break;
    }
    return {&Event::in_training};
}

}  // namespace

std::vector<EventWindow> event_windows(const Scenario& scenario, During presented) {
    const std::int64_t free = scenario.task == Task::stream ? most_periods(scenario) : scenario.phases.free;
    const std::int64_t end = scenario.task == Task::converge ? free + scenario.phases.nudged : free;
    std::vector<EventWindow> windows;
    for (const Event& event : scenario.events) {
        const auto* at = std::get_if<AtPeriod>(&event.at);
        if (at && event.*presented && at->period < end)
            windows.push_back({event.name, at->period, at->period < free ? free : end});
    }
    for (EventWindow& window : windows) {
        for (const EventWindow& other : windows) {
            if (other.from > window.from) window.to = std::min(window.to, other.from);
        }
    }
    return windows;
}

std::vector<std::string> measured_events(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const Event& event : scenario.events) {
        for (const During presented : measured_presentations(scenario)) {
            const auto windows = event_windows(scenario, presented);
            const bool seen = std::any_of(windows.begin(), windows.end(),
                                          [&](const EventWindow& window) { return window.event == event.name; });
            if (!seen) continue;
            names.push_back(event.name);
            break;
        }
    }
    return names;
}

std::string why_not_measured(const std::string& event, const Scenario& scenario) {
    const auto found = std::find_if(scenario.events.begin(), scenario.events.end(),
                                    [&](const Event& one) { return one.name == event; });
    if (found == scenario.events.end()) return "no event has this name";
    if (!found->within_presentations()) return "this event happens between minibatches";
    const std::vector<std::string> measured = measured_events(scenario);
    if (std::find(measured.begin(), measured.end(), event) != measured.end()) return "";
    return "a run of the task " + to_word(scenario.task) + " measures none there";
}

}  // namespace settle

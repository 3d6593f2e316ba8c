// The forms of [[events]]: the table of actions, which exists once, and how an event is written: in a file and for
// people.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/event.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct ActionForm {
    std::string word;
    bool at_period = false, at_minibatch = false;  ///< when it may happen
    std::vector<std::string> parts = {};           ///< its own entries, beside name, at, action and during
};

/// In the order of EventAction.
const std::vector<ActionForm>& action_forms();
inline const ActionForm& form_of(const Event& event) {
    return action_forms()[event.action.index()];
}

/// Until when, of the actions that end.
const std::optional<EventTime>* until_of(const EventAction& action);
inline bool ends(const Event& event) {
    const auto* until = until_of(event.action);
    return until && until->has_value();
}

/// The key that an event changes; null: none.
const std::string* changed_key_of(const Event& event);

/// { period = 250 }
Value time_value(const EventTime& time);
/// [[events]] as a file has them; reads again to the same.
Value events_value(const std::vector<Event>& events);
std::string events_as_toml(const std::vector<Event>& events);

/// "period 250", "presentation 4000", "epoch 0.5".
std::string time_text(const EventTime& time);
/// "timing.loss becomes 0.05".
std::string action_text(const EventAction& action);
/// For people, on one line.
std::string event_text(const Event& event);

}  // namespace settle

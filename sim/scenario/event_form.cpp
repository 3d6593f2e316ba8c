#include "sim/scenario/event_form.hpp"

#include <fmt/format.h>

#include "sim/formats/toml.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/problems.hpp"

namespace settle {

namespace {

/// What is done to the named thing or to all of them.
std::string which_text(const std::string& one, const std::string& name, const std::string& all) {
    return name.empty() ? all : one + " " + name;
}

std::string some_text(const std::optional<double>& fraction, const std::vector<std::int32_t>& neurons) {
    if (fraction) return fmt::format("{} of the neurons", *fraction);
    if (neurons.empty()) return "all neurons";
    std::string text = neurons.size() == 1 ? "neuron" : "neurons";
    const std::size_t shown = neurons.size() > 8 ? 5 : neurons.size();
    for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? " " : ", ") + std::to_string(neurons[i]);
    if (shown < neurons.size()) text += fmt::format(" and {} others", neurons.size() - shown);
    return text;
}

/// What each action does, for people.
struct Describe {
    std::string operator()(const SetAction& set) const { return set.key + " becomes " + to_toml(set.value); }
    std::string operator()(const RampAction& ramp) const {
        return fmt::format("{} goes to {} in {} steps", ramp.key, ramp.value, ramp.over);
    }
    std::string operator()(const PresentAction& present) const {
        return present.sample ? fmt::format("sample {} is presented", *present.sample) : "the next sample is presented";
    }
    std::string operator()(const NudgeAction& nudge) const { return fmt::format("nudged with beta {}", nudge.beta); }
    std::string operator()(const ReleaseAction& /*release*/) const { return "no longer nudged"; }
    std::string operator()(const KillAction& kill) const {
        return some_text(kill.fraction, kill.neurons) + " of " +
               which_text("population", kill.population, "all populations but the input") + " are stuck at 0";
    }
    std::string operator()(const ReviveAction& revive) const {
        return some_text(revive.fraction, revive.neurons) + " of " +
               which_text("population", revive.population, "all populations") + " that events have taken come back";
    }
    std::string operator()(const CutAction& cut) const {
        return fmt::format("{} of the links of {} are dead", cut.fraction,
                           which_text("projection", cut.projection, "all projections"));
    }
    std::string operator()(const RestoreAction& restore) const {
        return (restore.fraction ? fmt::format("{} of the links", *restore.fraction) : "all links") + " of " +
               which_text("projection", restore.projection, "all projections") + " that events have taken come back";
    }
    std::string operator()(const RestartAnnealingAction& restart) const {
        return "the annealing of " + which_text("population", restart.population, "all populations") + " starts again";
    }
    std::string operator()(const CheckpointAction& /*checkpoint*/) const { return "the state is saved"; }
    std::string operator()(const MarkAction& /*mark*/) const { return "a mark"; }
};

Value integer_value(std::int64_t integer) {
    return make_value(integer);
}

Value neurons_value(const std::vector<std::int32_t>& neurons) {
    return make_array(std::vector<int>(neurons.begin(), neurons.end()));
}

/// The entries that an action has of its own.
struct Write {
    Value::Table& table;

    void add(const char* part, Value value) const { table.emplace_back(part, std::move(value)); }
    void add_name(const char* part, const std::string& name) const {
        if (!name.empty()) add(part, make_value(name));
    }
    void add_some(const std::optional<double>& fraction, const std::vector<std::int32_t>& neurons) const {
        if (fraction) add("fraction", make_value(*fraction));
        if (!neurons.empty()) add("neurons", neurons_value(neurons));
    }

    void operator()(const SetAction& set) const {
        add("key", make_value(set.key));
        add("value", set.value);
    }
    void operator()(const RampAction& ramp) const {
        add("key", make_value(ramp.key));
        add("value", make_value(ramp.value));
        add("over", integer_value(ramp.over));
    }
    void operator()(const PresentAction& present) const {
        add("sample", present.sample ? integer_value(*present.sample) : make_value(std::string("next")));
    }
    void operator()(const NudgeAction& nudge) const { add("beta", make_value(nudge.beta)); }
    void operator()(const ReleaseAction& /*release*/) const {}
    void operator()(const KillAction& kill) const {
        add_name("population", kill.population);
        add_some(kill.fraction, kill.neurons);
    }
    void operator()(const ReviveAction& revive) const {
        add_name("population", revive.population);
        add_some(revive.fraction, revive.neurons);
    }
    void operator()(const CutAction& cut) const {
        add_name("projection", cut.projection);
        add("fraction", make_value(cut.fraction));
    }
    void operator()(const RestoreAction& restore) const {
        add_name("projection", restore.projection);
        if (restore.fraction) add("fraction", make_value(*restore.fraction));
    }
    void operator()(const RestartAnnealingAction& restart) const { add_name("population", restart.population); }
    void operator()(const CheckpointAction& /*checkpoint*/) const {}
    void operator()(const MarkAction& /*mark*/) const {}
};

/// The parts of the data in which it happens; empty: in all.
std::vector<std::string> during_of(const Event& event) {
    std::vector<std::string> parts;
    if (event.in_training && event.in_validation && event.in_test) return parts;
    if (event.in_training) parts.emplace_back("train");
    if (event.in_validation) parts.emplace_back("validation");
    if (event.in_test) parts.emplace_back("test");
    return parts;
}

Value table_of(const Event& event) {
    Value::Table table;
    if (event.named) table.emplace_back("name", make_value(event.name));
    table.emplace_back("at", time_value(event.at));
    table.emplace_back("action", make_value(form_of(event).word));
    std::visit(Write{table}, event.action);
    if (ends(event)) table.emplace_back("until", time_value(**until_of(event.action)));
    const std::vector<std::string> during = during_of(event);
    if (during.size() == 1) table.emplace_back("during", make_value(during.front()));
    if (during.size() > 1) {
        Value::Array parts;
        for (const std::string& part : during) parts.push_back(make_value(part));
        table.emplace_back("during", Value{std::move(parts), {}});
    }
    return make_table(std::move(table));
}

}  // namespace

const std::vector<ActionForm>& action_forms() {
    static const std::vector<ActionForm> forms = {
        {"set", true, true, {"key", "value", "until"}},
        {"ramp", true, true, {"key", "value", "over", "until"}},
        {"present", true, false, {"sample"}},
        {"nudge", true, false, {"beta"}},
        {"release", true, false},
        {"kill", true, true, {"population", "fraction", "neurons", "until"}},
        {"revive", true, true, {"population", "fraction", "neurons"}},
        {"cut", true, true, {"projection", "fraction", "until"}},
        {"restore", true, true, {"projection", "fraction"}},
        {"restart-annealing", true, false, {"population"}},
        {"checkpoint", false, true},
        {"mark", true, true},
    };
    return forms;
}

const std::optional<EventTime>* until_of(const EventAction& action) {
    return std::visit(
        [](const auto& one) -> const std::optional<EventTime>* {
            if constexpr (requires { one.until; }) return &one.until;
            return nullptr;
        },
        action);
}

const std::string* changed_key_of(const Event& event) {
    if (const auto* set = std::get_if<SetAction>(&event.action)) return &set->key;
    if (const auto* ramp = std::get_if<RampAction>(&event.action)) return &ramp->key;
    return nullptr;
}

Value time_value(const EventTime& time) {
    if (const auto* period = std::get_if<AtPeriod>(&time))
        return make_table({{"period", integer_value(period->period)}});
    if (const auto* presentation = std::get_if<AtPresentation>(&time))
        return make_table({{"presentation", integer_value(presentation->presentation)}});
    return make_table({{"epoch", make_value(std::get<AtEpoch>(time).epoch)}});
}

Value events_value(const std::vector<Event>& events) {
    Value::Array tables;
    for (const Event& event : events) tables.push_back(table_of(event));
    return {std::move(tables), {}};
}

std::string events_as_toml(const std::vector<Event>& events) {
    std::string text;
    for (const Event& event : events) {
        text += "\n[[events]]\n";
        const Value table = table_of(event);
        for (const auto& [part, value] : *table.table()) text += part + " = " + to_toml(value) + "\n";
    }
    return text;
}

std::string time_text(const EventTime& time) {
    if (const auto* period = std::get_if<AtPeriod>(&time)) return fmt::format("period {}", period->period);
    if (const auto* presentation = std::get_if<AtPresentation>(&time))
        return fmt::format("presentation {}", presentation->presentation);
    return fmt::format("epoch {}", std::get<AtEpoch>(time).epoch);
}

std::string action_text(const EventAction& action) {
    return std::visit(Describe(), action);
}

std::string event_text(const Event& event) {
    std::string text = time_text(event.at);
    const std::vector<std::string> during = during_of(event);
    if (!during.empty()) text += " (" + joined(during) + ")";
    text += ": " + action_text(event.action);
    if (ends(event)) text += " until " + time_text(**until_of(event.action));
    if (event.named) text += "  " + quoted(event.name);
    return text;
}

}  // namespace settle

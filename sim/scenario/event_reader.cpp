#include "sim/scenario/event_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "sim/formats/utf8.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

constexpr std::int64_t count_limit = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::int64_t period_limit = 1'000'000'000;
constexpr const char* time_forms =
    "{ period = 250 }, { time = \"250 ms\" }, { presentation = 4000 } or { epoch = 0.5 }";
const std::vector<std::string> common_parts = {"name", "at", "action", "during"};

std::size_t problems_in(const Problems& problems) {
    return problems.unknown.size() + problems.wrong.size();
}

/// Reads one table. Everything that is wrong is noted, and then the event is of no use.
class EventReader {
public:
    EventReader(const Value& table, std::size_t number, const Scenario& scenario, Problems& problems)
        : table_(table), scenario_(scenario), problems_(problems), reader_("events", "", problems) {
        event_.name = fmt::format("event {}", number);
    }

    std::optional<Event> read() {
        const std::size_t before = problems_in(problems_);
        read_action();
        check_parts();
        read_name();
        const Value* at = table_.find("at");
        if (!at) reader_.complain(table_, "has no time", std::string("at = ") + time_forms);
        const auto time = at ? read_time(*at, "at") : std::nullopt;
        if (time) event_.at = *time;
        if (at) event_.place = at->place;
        read_during();
        if (form_) std::visit([&](auto& one) { read_into(one); }, event_.action);
        std::visit([&](auto& one) { read_until(one); }, event_.action);
        if (problems_in(problems_) > before) return std::nullopt;
        return event_;
    }

private:
    void read_action() {
        std::vector<std::string> words;
        for (const ActionForm& form : action_forms()) words.push_back(form.word);
        const Value* value = table_.find("action");
        if (!value) return reader_.complain(table_, "has no action", "one of " + joined(words), "action");
        const auto choice = read_choice(reader_, *value, words, "action");
        if (!choice) return;
        form_ = &action_forms()[*choice];
        event_.action = empty_action(*choice);
    }

    static EventAction empty_action(std::size_t index) {
        static const std::vector<EventAction> actions = {
            SetAction(),        RampAction(),   PresentAction(), NudgeAction(),   ReleaseAction(),
            KillAction(),       ReviveAction(), CutAction(),     RestoreAction(), RestartAnnealingAction(),
            CheckpointAction(), MarkAction()};
        return actions[index];
    }

    /// Entries of other actions are known names in the wrong place.
    void check_parts() {
        std::vector<std::string> own = common_parts, all = common_parts;
        for (const ActionForm& form : action_forms()) {
            for (const std::string& part : form.parts) {
                if (std::find(all.begin(), all.end(), part) == all.end()) all.push_back(part);
                if (&form == form_) own.push_back(part);
            }
        }
        for (const auto& [name, value] : *table_.table()) {
            const auto is_in = [&, n = &name](const std::vector<std::string>& names) {
                return std::find(names.begin(), names.end(), *n) != names.end();
            };
            if (!is_in(all)) {
                const std::vector<std::string>& names = form_ ? own : all;
                const std::string nearest = nearest_name(name.substr(0, 60), names);
                reader_.complain_about_key(value, name, joined(names), nearest.empty() ? "" : "events." + nearest);
            } else if (form_ && !is_in(own)) {
                reader_.complain(value, "does not go with action = " + quoted(form_->word), joined(own), name);
            }
        }
    }

    void read_name() {
        const Value* value = table_.find("name");
        if (!value) return;
        const auto name = reader_.text(*value, "a name", "name");
        if (!name) return;
        const bool printable_name = printable(*name, longest_plain_name) == *name;
        if (name->empty() || !printable_name)
            return reader_.complain(*value, name->empty() ? "is empty" : quoted(*name) + " is not a name",
                                    fmt::format("at most {} letters on one line", longest_plain_name), "name");
        event_.name = *name;
        event_.named = true;
    }

    std::optional<EventTime> read_time(const Value& value, const char* part) {
        if (!value.is_table()) {
            reader_.complain(value, "is not a table", time_forms, part);
            return std::nullopt;
        }
        KeyReader reader(std::string("events.") + part, "", problems_);
        reader.only(value, {"period", "time", "presentation", "epoch"});
        const Value::Table& entries = *value.table();
        if (entries.size() != 1) {
            reader_.complain(value, entries.empty() ? "says no time" : "says more than one time", time_forms, part);
            return std::nullopt;
        }
        const auto& [name, time] = entries.front();
        if (name == "period") {
            if (const auto period = reader.integer(time, 0, period_limit, name)) return AtPeriod{*period};
        } else if (name == "time") {
            if (const auto period = read_periods(reader, time)) return AtPeriod{*period};
        } else if (name == "presentation") {
            if (const auto count = reader.integer(time, 0, count_limit, name)) return AtPresentation{*count};
        } else if (name == "epoch") {
            if (const auto epoch = reader.number(time, 0, 1e9, name)) return AtEpoch{*epoch};
        }
        return std::nullopt;
    }

    template <class Action>
    void read_until(Action& action) {
        const Value* value = table_.find("until");
        if constexpr (requires { action.until; }) {
            if (value) action.until = read_time(*value, "until");
        }
    }

    /// A time is a whole number of periods.
    std::optional<std::int64_t> read_periods(KeyReader& reader, const Value& value) {
        const auto count = reader.time(value, scenario_, "time");
        if (!count) return std::nullopt;
        const auto& timing = scenario_.timing;
        const std::string period = duration_text(timing.period, timing.unit);
        if (count->exact < 0 || !count->whole || count->units % timing.period != 0) {
            reader.complain(
                value, count->exact < 0 ? std::string("is negative") : "is no whole number of periods of " + period,
                "at least 0, a multiple of timing.period = " + period, "time");
            return std::nullopt;
        }
        return count->units / timing.period;
    }

    void read_during() {
        const Value* value = table_.find("during");
        if (!value) return;
        if (!event_.within_presentations()) {
            return reader_.complain(*value, "does not go with presentation or epoch, which count training",
                                    "no during, or at = { period = N }", "during");
        }
        event_.in_training = event_.in_validation = event_.in_test = false;
        const std::vector<std::string> words = {"train", "validation", "test"};
        bool* const parts[] = {&event_.in_training, &event_.in_validation, &event_.in_test};
        const auto read_one = [&](const Value& word) {
            if (const auto choice = read_choice(reader_, word, words, "during")) *parts[*choice] = true;
        };
        if (!value->array()) return read_one(*value);
        if (value->array()->empty()) reader_.complain(*value, "is empty", "one of " + joined(words), "during");
        for (const Value& word : *value->array()) read_one(word);
    }

    const Value* need(const char* part, const char* expected) {
        const Value* value = table_.find(part);
        if (!value) reader_.complain(table_, std::string("has no ") + part, expected);
        return value;
    }

    void read_key(std::string& key) {
        const Value* value = need("key", "key = \"timing.loss\", or another that may change");
        if (!value) return;
        if (const auto text = reader_.text(*value, "a key, such as \"timing.loss\"", "key")) key = *text;
    }

    void read_into(SetAction& set) {
        read_key(set.key);
        if (const Value* value = need("value", "a value of the key")) set.value = *value;
    }
    void read_into(RampAction& ramp) {
        read_key(ramp.key);
        if (const Value* value = need("value", "a number")) {
            if (const auto number = reader_.number(*value, -1e15, 1e15, "value")) ramp.value = *number;
        }
        const Value* over = need("over", "over = 20, periods or presentations");
        if (!over) return;
        if (const auto steps = reader_.integer(*over, 1, count_limit, "over")) ramp.over = *steps;
    }
    void read_into(PresentAction& present) {
        const Value* value = need("sample", "an index in the same set, from 0, or \"next\"");
        if (!value) return;
        present.place = value->place;
        if (value->string()) {
            if (*value->string() != "next")
                reader_.complain_about_name(*value, *value->string(), {"next"}, "an index in the same set, or \"next\"",
                                            "sample");
            return;
        }
        present.sample = reader_.integer(*value, 0, count_limit, "sample");
    }
    void read_into(NudgeAction& nudge) {
        if (const Value* value = need("beta", "a number")) {
            if (const auto beta = reader_.number(*value, -1e6, 1e6, "beta")) nudge.beta = *beta;
        }
    }
    void read_into(ReleaseAction& /*release*/) {}
    void read_into(CheckpointAction& /*checkpoint*/) {}
    void read_into(MarkAction& /*mark*/) {}

    void read_into(KillAction& kill) {
        read_population(kill.population);
        read_some(kill.fraction, kill.neurons, kill.population, true);
    }
    void read_into(ReviveAction& revive) {
        read_population(revive.population);
        read_some(revive.fraction, revive.neurons, revive.population, false);
    }
    void read_into(CutAction& cut) {
        read_projection(cut.projection);
        const Value* value = need("fraction", "a fraction of the links, 0 to 1");
        if (!value) return;
        if (const auto fraction = reader_.number(*value, 0, 1, "fraction")) cut.fraction = *fraction;
    }
    void read_into(RestoreAction& restore) {
        read_projection(restore.projection);
        if (const Value* value = table_.find("fraction")) restore.fraction = reader_.number(*value, 0, 1, "fraction");
    }
    /// The input, too: its encoder anneals like any other.
    void read_into(RestartAnnealingAction& restart) {
        if (const auto name = read_name_of("population", population_names(scenario_))) restart.population = *name;
    }

    /// One of the names, or its number; or `other`, which nobody is told of.
    std::optional<std::string> read_name_of(const char* part, const std::vector<std::string>& names,
                                            const std::string& other = "") {
        const Value* value = table_.find(part);
        if (!value || names.empty()) return std::nullopt;
        const std::string expected = "one of " + joined(names);
        std::string name;
        if (const auto* number = std::get_if<std::int64_t>(&value->data)) {
            name = std::to_string(*number);
        } else if (const auto text = reader_.text(*value, expected, part)) {
            name = *text;
        } else {
            return std::nullopt;
        }
        if (name == other || std::find(names.begin(), names.end(), name) != names.end()) return name;
        reader_.complain_about_name(*value, name, names, expected, part);
        return std::nullopt;
    }

    void read_population(std::string& population) {
        std::vector<std::string> names = population_names(scenario_);
        if (names.empty()) return;
        const std::string input = names.front();
        names.erase(names.begin());
        const auto name = read_name_of("population", names, input);
        if (!name) return;
        if (*name == input) {
            return reader_.complain(*table_.find("population"), quoted(*name) + " is the input, clamped to the data",
                                    "one of " + joined(names), "population");
        }
        population = *name;
    }

    void read_projection(std::string& projection) {
        if (const auto name = read_name_of("projection", projection_names(scenario_))) projection = *name;
    }

    /// fraction or neurons, one of them where `needed`.
    void read_some(std::optional<double>& fraction, std::vector<std::int32_t>& neurons, const std::string& population,
                   bool needed) {
        const Value *part = table_.find("fraction"), *list = table_.find("neurons");
        const char* expected = "fraction = 0.05, or neurons = [3, 17]";
        if (part && list) return reader_.complain(*list, "does not go with fraction", expected, "neurons");
        if (needed && !part && !list) return reader_.complain(table_, "says nobody", expected);
        if (part) fraction = reader_.number(*part, 0, 1, "fraction");
        if (!list) return;
        if (!list->array() || list->array()->empty()) {
            return reader_.complain(*list, list->array() ? "names nobody" : "is not an array",
                                    "numbers within the population, such as [3, 17]", "neurons");
        }
        if (!table_.find("population"))
            return reader_.complain(*list, "are of no population", "population = \"1\", of which they are numbers",
                                    "neurons");
        const std::int64_t last = population.empty() ? period_limit : population_size(scenario_, population) - 1;
        for (const Value& item : *list->array()) {
            const auto neuron = reader_.integer(item, 0, last, "neurons");
            if (!neuron) return;
            const auto number = static_cast<std::int32_t>(*neuron);
            if (std::find(neurons.begin(), neurons.end(), number) != neurons.end())
                return reader_.complain(item, fmt::format("{} is there twice", number), "each neuron once", "neurons");
            neurons.push_back(number);
        }
    }

    const Value& table_;
    const Scenario& scenario_;
    Problems& problems_;
    KeyReader reader_;
    const ActionForm* form_ = nullptr;
    Event event_;
};

/// Outputs tell events apart by their names.
void refuse_alike(const std::vector<Event>& events, const Event& event, const Value& table, Problems& problems) {
    const auto same =
        std::find_if(events.begin(), events.end(), [&](const Event& other) { return other.name == event.name; });
    if (same == events.end()) return;
    const Value* name = table.find("name");
    problems.wrong.push_back(problem_at(name ? name->place : table.place, "events.name",
                                        "two events are called " + quoted(event.name), "a name of its own"));
}

}  // namespace

std::vector<Event> read_events(const Value& content, const Scenario& scenario, const GivenValues& given,
                               const std::string& file, Problems& problems) {
    std::vector<Event> events;
    if (!content.array()) {
        problems.wrong.push_back(problem_at(content.place, "events", "is not an array of tables", "[[events]]"));
        return events;
    }
    std::size_t number = 0;
    for (const Value& item : *content.array()) {
        ++number;
        if (!item.is_table()) {
            problems.wrong.push_back(problem_at(item.place, "events", "is not a table", "[[events]]"));
            continue;
        }
        auto event = EventReader(item, number, scenario, problems).read();
        if (!event) continue;
        refuse_alike(events, *event, item, problems);
        check_event(*event, item, {scenario, given, file, *content.array()}, problems);
        events.push_back(std::move(*event));
    }
    return events;
}

}  // namespace settle

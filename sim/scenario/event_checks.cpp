#include "sim/scenario/event_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "models/network/wiring.hpp"
#include "sim/formats/toml.hpp"
#include "sim/scenario/changed_key.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/population_names.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

bool at_period(const EventTime& time) {
    return std::holds_alternative<AtPeriod>(time);
}

std::vector<std::string> changeable_keys(bool within_presentations, bool with_parts) {
    std::vector<std::string> names;
    for (const Key& key : scenario_keys()) {
        if (key.change == Change::never || (within_presentations && key.change != Change::period)) continue;
        names.push_back(key.path);
        for (const std::string& part : key.parts) {
            if (with_parts) names.push_back(key.path + "." + part);
        }
    }
    return names;
}

/// The longest presentations in which it can happen; 0: it happens in none.
std::int64_t longest_of(const Event& event, const PresentationLengths& lengths) {
    std::int64_t longest = 0;
    if (event.in_training) longest = std::max(longest, lengths.train);
    if (event.in_validation) longest = std::max(longest, lengths.validation);
    if (event.in_test) longest = std::max(longest, lengths.test);
    return longest;
}

class EventChecker {
public:
    EventChecker(const Event& event, const Value& table, const EventContext& context, Problems& problems)
        : event_(event), table_(table), context_(context), scenario_(context.scenario), problems_(problems) {}

    void check() {
        const ActionForm& form = form_of(event_);
        if (event_.within_presentations() && !form.at_period) {
            return complain("at", "a " + form.word + " is between minibatches",
                            "at = { presentation = 4000 } or { epoch = 0.5 }");
        }
        if (!event_.within_presentations() && !form.at_minibatch) {
            return complain("at", quoted(form.word) + " is within presentations",
                            "at = { period = 250 } or { time = \"250 ms\" }");
        }
        if (event_.within_presentations()) {
            check_period();
        } else {
            check_training();
        }
        check_until();
        if (const std::string* key = changed_key_of(event_)) return check_key(*key);
        const std::string reason = why_not_honoured(event_, scenario_, scenario_.engine);
        if (!reason.empty()) complain("action", reason, "another action");
    }

private:
    void complain(const std::string& part, const std::string& message, const std::string& expected,
                  const std::string& suggestion = "") {
        const Value* value = table_.find(part);
        problems_.wrong.push_back(problem_at(value ? value->place : table_.place, "events." + part, message, expected));
        problems_.wrong.back().suggestion = suggestion;
    }

    /// Wrong phases or another wrong task would be blamed on the event.
    bool sound() const {
        return std::none_of(std::begin(around), std::end(around),
                            [&](const char* key) { return problems_.about(key); });
    }

    void check_period() {
        if (!sound()) return;
        const std::int64_t longest = longest_of(event_, presentation_lengths(scenario_));
        const std::int64_t period = std::get<AtPeriod>(event_.at).period;
        if (longest == 0) {
            return complain(table_.find("during") ? "during" : "at",
                            "never happens: the task " + to_word(scenario_.task) + " has no such presentations",
                            "presentations that there are");
        }
        if (period >= longest) {
            return complain("at", fmt::format("never happens: period {} is beyond the {}", period, presented()),
                            fmt::format("0 to {}, before {} = {}", longest - 1, length_keys(longest), longest));
        }
        if (const auto* ramp = std::get_if<RampAction>(&event_.action); ramp && ramp->over > longest - period) {
            complain("over",
                     fmt::format("from period {} on, {} steps end beyond the {}", period, ramp->over, presented()),
                     fmt::format("1 to {}", longest - period));
        }
    }

    /// What presentations are made of, and the keys that say how long they are.
    const char* presented() const { return scenario_.task == Task::stream ? "streams" : "phases"; }
    const char* length_keys(std::int64_t longest) const {
        if (scenario_.task == Task::stream) return "stream.inputs x stream.dwell";
        return longest > scenario_.phases.free ? "phases.free + phases.nudged" : "phases.free";
    }

    void check_training() {
        if (!sound()) return;
        const std::int64_t epochs = scenario_.learning.epochs;
        if (scenario_.task != Task::train || epochs == 0) {
            return complain("at",
                            "never happens: " + (scenario_.task == Task::train
                                                     ? std::string("learning.epochs is 0")
                                                     : "the task " + to_word(scenario_.task) + " does not train"),
                            "at = { period = 250 }, or training");
        }
        const auto* epoch = std::get_if<AtEpoch>(&event_.at);
        if (epoch && epoch->epoch >= static_cast<double>(epochs)) {
            complain("at", fmt::format("never happens: no minibatch begins at epoch {} or after", epoch->epoch),
                     fmt::format("less than learning.epochs = {}", epochs));
        }
    }

    void check_until() {
        if (!ends(event_)) return;
        const EventTime& until = **until_of(event_.action);
        if (until.index() != event_.at.index()) {
            return complain("until", "is of another kind than at",
                            "until = { " + time_value(event_.at).table()->front().first + " = … }");
        }
        const auto number = [](const EventTime& time) {
            if (const auto* period = std::get_if<AtPeriod>(&time)) return static_cast<double>(period->period);
            if (const auto* presentation = std::get_if<AtPresentation>(&time))
                return static_cast<double>(presentation->presentation);
            return std::get<AtEpoch>(time).epoch;
        };
        if (number(until) <= number(event_.at)) {
            return complain("until", time_text(until) + " is not after " + time_text(event_.at),
                            "a time after that of the event");
        }
        if (!sound()) return;
        const double last = at_period(until) ? static_cast<double>(longest_of(event_, presentation_lengths(scenario_)))
                                             : static_cast<double>(scenario_.learning.epochs);
        if (std::holds_alternative<AtPresentation>(until) || last == 0 || number(until) <= last) return;
        complain("until", time_text(until) + " is beyond the " + (at_period(until) ? presented() : "training"),
                 fmt::format("at most {}, or no until", last));
    }

    void check_key(const std::string& path) {
        const bool within = event_.within_presentations();
        const Key* key = find_key(path);
        const std::string when = within ? "at a period" : "between minibatches";
        const std::string expected = "a key that the table of keys (settle keys) lets change " + when + ": " +
                                     joined(changeable_keys(within, false));
        if (!key) {
            return complain("key", quoted(path) + " is unknown", expected,
                            nearest_name(path.substr(0, 60), changeable_keys(within, true)));
        }
        if (key->change == Change::never || (within && key->change != Change::period)) {
            return complain("key",
                            path + " may not change " + (key->change == Change::never ? "while a run lasts" : when),
                            expected);
        }
        const std::string reason = why_not_honoured(event_, scenario_, scenario_.engine);
        if (!reason.empty()) return complain("key", reason, "scenario.engine = " + key->engines + ", or another key");
        if (!problems_.about(key->path)) check_value(*key, path);
    }

    void check_value(const Key& key, const std::string& path) {
        const auto* ramp = std::get_if<RampAction>(&event_.action);
        const Value* value = table_.find("value");
        if (ramp && !check_ramp(key, path, *ramp)) return;
        Scenario changed = scenario_;
        Problems own;
        const bool good = change_key(changed, path, *value, own);
        for (auto* list : {&own.unknown, &own.wrong}) {
            for (Problem& problem : *list) {
                problem.message = problem.key + ": " + problem.message;
                problem.key = "events.value";
                problems_.wrong.push_back(problem);
            }
        }
        for (Problem& problem : own.doubtful) problems_.doubtful.push_back(problem);
        if (!good) return;
        check_kind(changed, path);
        check_with_others(key, changed);
    }

    bool check_ramp(const Key& key, const std::string& path, const RampAction& ramp) {
        if (others_change(key)) return true;
        const auto now = number_of_key(scenario_, path);
        if (!now) {
            const auto held = value_of_key(scenario_, path);
            const std::string what = held ? "is " + to_toml(*held) + " and no number" : std::string("is absent");
            const std::string part = path == key.path ? number_part(key) : "";
            complain("key", path + " " + what + ", so that it has no steps",
                     part.empty() ? "a key that holds a number" : "a part that is one, such as " + path + "." + part);
            return false;
        }
        if (passes_zero(path, *now, ramp.value)) {
            complain("value", fmt::format("from {} to {} the nudge passes 0", *now, ramp.value), "the same sign");
            return false;
        }
        return true;
    }

    /// A part of what the key holds that is a number; "": none.
    std::string number_part(const Key& key) const {
        for (const std::string& part : key.parts) {
            if (number_of_key(scenario_, key.path + "." + part)) return part;
        }
        return "";
    }

    /// Whether another event changes the key: what it holds when this one comes is not known yet.
    bool others_change(const Key& key) const {
        return std::any_of(context_.tables.begin(), context_.tables.end(), [&](const Value& table) {
            const Value* other = &table == &table_ || !table.is_table() ? nullptr : table.find("key");
            const Key* changed = other && other->string() ? find_key(*other->string()) : nullptr;
            return changed && changed->path == key.path;
        });
    }

    /// Networks that live keep the rule that they have.
    void check_kind(const Scenario& changed, const std::string& path) {
        const auto &before = scenario_.neuron.epsilon, &after = changed.neuron.epsilon;
        if (before.index() != after.index()) {
            complain("value", path + " would become another kind of rule",
                     std::holds_alternative<Schedule>(before) ? "a number or a schedule, as it is"
                                                              : "the adaptive rule that it is, with other parts");
        }
        if (event_.within_presentations() && scenario_.timing.accumulate != changed.timing.accumulate) {
            complain("value", "timing.jitter: accumulate may not change at a period",
                     fmt::format("accumulate = {}, as it is", scenario_.timing.accumulate));
        }
    }

    /// What the changed key makes impossible together with the others.
    void check_with_others(const Key& key, const Scenario& changed) {
        if (!problems_.in_order().empty()) return;
        Problems before, after;
        check_together(scenario_, context_.given, context_.file, before);
        GivenValues given = context_.given;
        given[key.path] = *table_.find("value");
        check_together(changed, given, context_.file, after);
        const std::vector<Problem> known = before.in_order();
        for (const Problem& problem : after.in_order()) {
            const bool is_old = std::any_of(known.begin(), known.end(), [&](const Problem& old) {
                return old.key == problem.key && old.message == problem.message;
            });
            if (!is_old) complain("value", problem.key + ": " + problem.message, problem.expected);
        }
    }

    static constexpr const char* around[] = {"scenario.task",   "phases.free",     "phases.nudged", "data.test",
                                             "data.validation", "learning.epochs", "stream.inputs", "stream.dwell"};

    const Event& event_;
    const Value& table_;
    const EventContext& context_;
    const Scenario& scenario_;
    Problems& problems_;
};

/// The lengths, now that it is known which samples there are.
PresentationLengths lengths_on(const Scenario& scenario, const SampleCounts& counts) {
    PresentationLengths lengths = presentation_lengths(scenario);
    if (counts.test == 0) lengths.test = 0;
    if (counts.validation == 0) lengths.validation = 0;
    const bool shows_one = scenario.task == Task::infer || scenario.task == Task::stream;
    if (counts.train == 0 || (shows_one && counts.test > 0)) lengths.train = 0;
    return lengths;
}

void complain_at(const Place& place, const std::string& part, const std::string& message, const std::string& expected,
                 Problems& problems) {
    problems.wrong.push_back(problem_at(place, "events." + part, message, expected));
}

/// Whether every set in which it happens has the sample.
void check_sample(const Event& event, const PresentAction& present, const PresentationLengths& lengths,
                  const SampleCounts& counts, Problems& problems) {
    if (!present.sample) return;
    const std::int64_t period = std::get<AtPeriod>(event.at).period;
    const auto check = [&](bool happens, std::int64_t length, std::int64_t count, const char* set) {
        if (!happens || period >= length || *present.sample < count) return;
        complain_at(present.place, "sample", fmt::format("the {} set has no sample {}", set, *present.sample),
                    fmt::format("0 to {}", count - 1), problems);
    };
    check(event.in_training, lengths.train, counts.train, "training");
    check(event.in_validation, lengths.validation, counts.validation, "validation");
    check(event.in_test, lengths.test, counts.test, "test");
}

/// Whether training, of so many presentations an epoch, comes to where it happens, and ends.
void check_minibatches(const Event& event, const Scenario& scenario, std::int64_t samples, Problems& problems) {
    const std::int64_t batch = scenario.learning.batch, epochs = scenario.learning.epochs, all = epochs * samples;
    const std::int64_t last_begin = all - samples + (samples - 1) / batch * batch;
    const std::int64_t first = presentation_of(event.at, samples);
    if (first > last_begin) {
        return complain_at(
            event.place, "at", fmt::format("never happens: no minibatch begins at presentation {} or after", first),
            fmt::format("at most {}, where the last of {} epochs of {} begins", last_begin, epochs, samples), problems);
    }
    if (ends(event)) {
        const std::int64_t end = presentation_of(**until_of(event.action), samples);
        const std::int64_t begin = minibatch_begin(first, samples, batch);
        if (end > all) {
            complain_at(event.place, "until", "is beyond the training",
                        fmt::format("at most presentation {}, or no until", all), problems);
        } else if (minibatch_begin(end, samples, batch) == begin) {
            complain_at(event.place, "until", "never acts: no minibatch begins before it does",
                        fmt::format("after presentation {}, where the event happens", begin), problems);
        }
    }
    const auto* ramp = std::get_if<RampAction>(&event.action);
    if (ramp && ramp->over > all - first) {
        complain_at(event.place, "over",
                    fmt::format("from presentation {} on, {} steps end beyond the training", first, ramp->over),
                    fmt::format("1 to {}", all - first), problems);
    }
}

}  // namespace

void check_event(const Event& event, const Value& table, const EventContext& context, Problems& problems) {
    EventChecker(event, table, context, problems).check();
}

PresentationLengths presentation_lengths(const Scenario& scenario) {
    const std::int64_t free = scenario.phases.free, all = free + scenario.phases.nudged;
    const bool tests = scenario.data.test.value_or(1) > 0;
    PresentationLengths lengths;
    switch (scenario.task) {
        case Task::train:
            lengths = {scenario.learning.epochs > 0 ? all : 0, scenario.data.validation > 0 ? free : 0,
                       tests ? free : 0};
            break;
        case Task::infer:
        case Task::stream: {
            // Without a test set it is the training set that is looked at.
            const std::int64_t length = scenario.task == Task::stream ? most_periods(scenario) : free;
            lengths = {scenario.data.test && tests ? 0 : length, 0, tests ? length : 0};
            break;
        }
        case Task::converge:
            lengths = {all, 0, 0};
            break;
    }
    return lengths;
}

std::string why_not_honoured(const Event& event, const Scenario& scenario, EngineKind engine) {
    const std::string* path = changed_key_of(event);
    const Key* key = path ? find_key(*path) : nullptr;
    if (key && !key->honoured_by(engine)) return "the " + to_word(engine) + " engine cannot honour " + *path;
    const bool continuous = scenario.neuron.kind == NeuronKind::continuous;
    if (continuous && std::holds_alternative<RestartAnnealingAction>(event.action))
        return "continuous neurons have a constant step size, which nothing starts again";
    if (scenario.task == Task::stream && std::holds_alternative<PresentAction>(event.action))
        return "the inputs of a stream are its script";
    return "";
}

bool passes_zero(const std::string& key, double from, double to) {
    return key == "learning.beta" && (from < 0) != (to < 0);
}

std::int64_t presentation_of(const EventTime& time, std::int64_t epoch_presentations) {
    if (const auto* presentation = std::get_if<AtPresentation>(&time)) return presentation->presentation;
    const double exact = std::get<AtEpoch>(time).epoch * static_cast<double>(epoch_presentations);
    // Of a decimal fraction of an epoch, that many presentations are meant.
    const double nearest = std::round(exact);
    const bool whole = std::abs(exact - nearest) <= 1e-9 * std::max(1.0, nearest);
    return static_cast<std::int64_t>(whole ? nearest : std::ceil(exact));
}

std::int64_t minibatch_begin(std::int64_t presentations, std::int64_t epoch_presentations, std::int64_t batch) {
    const std::int64_t epoch = presentations / epoch_presentations;
    const std::int64_t within = (presentations % epoch_presentations + batch - 1) / batch * batch;
    return epoch * epoch_presentations + std::min(within, epoch_presentations);
}

void check_events_on(const Scenario& scenario, const SampleCounts& counts) {
    Problems problems;
    const PresentationLengths lengths = lengths_on(scenario, counts);
    for (const Event& event : scenario.events) {
        if (event.within_presentations()) {
            const std::int64_t period = std::get<AtPeriod>(event.at).period;
            if (period >= longest_of(event, lengths))
                complain_at(event.place, "at", "never happens: there are no such presentations",
                            "presentations that there are", problems);
            if (const auto* present = std::get_if<PresentAction>(&event.action))
                check_sample(event, *present, lengths, counts, problems);
            continue;
        }
        check_minibatches(event, scenario, counts.train, problems);
    }
    if (const auto all_problems = problems.in_order(); !all_problems.empty()) throw Error(Blame::input, all_problems);
}

std::vector<std::string> population_names(const Scenario& scenario) {
    std::vector<std::string> names = population_names(scenario.network);
    if (names.size() < 2) names.clear();
    return names;
}

std::vector<std::string> projection_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (int k = 0; k < scenario.network.projection_count(); ++k) names.push_back(std::to_string(k));
    return names;
}

std::int64_t population_size(const Scenario& scenario, const std::string& population) {
    const std::vector<std::string> names = population_names(scenario);
    const auto found = std::find(names.begin(), names.end(), population);
    return found == names.end() ? 0 : scenario.network.sizes()[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace settle

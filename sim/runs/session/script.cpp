#include "sim/runs/session/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "models/device/conditions.hpp"
#include "sim/formats/toml.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/scenario/changed_key.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

Scenario bare(Scenario scenario) {
    scenario.events.clear();
    scenario.expectations.clear();
    scenario.sweep = {};
    scenario.search = {};
    return scenario;
}

/// Events are checked one by one when they are read: what is wrong now is so because of others.
Problem problem_of(const Event& event, const char* part, const std::string& message, const std::string& expected) {
    return problem_at(event.place, std::string("events.") + part, "after the events that act before it, " + message,
                      expected);
}

[[noreturn]] void refuse(const Event& event, const char* part, const std::string& message,
                         const std::string& expected) {
    throw Error(Blame::input, {problem_of(event, part, message, expected)});
}

[[noreturn]] void refuse(const Event& event, const std::vector<Problem>& problems) {
    std::vector<Problem> placed;
    for (const Problem& problem : problems)
        placed.push_back(problem_of(event, "value", problem.key + ": " + problem.message, problem.expected));
    throw Error(Blame::input, placed);
}

/// A step of a ramp from 0 or to 0 may be none that a file can say: a width below the unit of time. It is 0.
bool is_below_unit(const Event& event, const Value& value, const Scenario& scenario) {
    const auto* step = std::get_if<double>(&value.data);
    return std::holds_alternative<RampAction>(event.action) && step &&
           std::abs(*step) * static_cast<double>(scenario.timing.period) < 1;
}

/// The event gives a key that value.
void set_key(Scenario& scenario, const Event& event, const std::string& key, const Value& value) {
    Problems problems, ignored;
    if (change_key(scenario, key, value, problems)) return;
    if (is_below_unit(event, value, scenario) && change_key(scenario, key, make_value(0.0), ignored)) return;
    refuse(event, problems.in_order());
}

std::vector<Problem> together(const Scenario& scenario) {
    Problems problems;
    check_together(scenario, {}, "", problems);
    return problems.in_order();
}

std::string section_of(const std::string& key) {
    return key.substr(0, key.find('.'));
}

/// Refuses what keys have become together, at the last event that had a part in it, one that begins then before others.
/// `known`: what an empty file would be told anyway.
void check_keys_of(const std::vector<Event>& events, const ActingEvents& acting, const Scenario& now,
                   const std::vector<Problem>& known) {
    std::vector<Problem> problems = together(now);
    std::erase_if(problems, [&](const Problem& problem) {
        return std::any_of(known.begin(), known.end(), [&](const Problem& other) {
            return other.key == problem.key && other.message == problem.message;
        });
    });
    if (problems.empty()) return;
    const Event* blamed = nullptr;
    int most = 0;
    for (const Acting& one : acting) {
        const std::string* key = changed_key_of(events[one.event]);
        if (!key) continue;
        const int worth = 2 * (section_of(*key) == section_of(problems.front().key)) + (one.since == 0);
        if (blamed && worth < most) continue;
        blamed = &events[one.event];
        most = worth;
    }
    if (blamed) refuse(*blamed, problems);
}

/// Within a presentation clocks go on as they are. Of the chip's own jitter an event may know nothing.
void check_accumulation(const std::vector<Event>& events, const ActingEvents& own, const Scenario& before,
                        const Scenario& now) {
    if (before.timing.accumulate == now.timing.accumulate) return;
    for (const Acting& one : own) {
        const std::string* key = changed_key_of(events[one.event]);
        if (key && key->rfind("timing.jitter", 0) == 0)
            refuse(events[one.event], "value", "timing.jitter: accumulate may not change at a period",
                   fmt::format("accumulate = {}, as it is then", before.timing.accumulate));
    }
}

double step_of(const RampAction& ramp, double start, std::int64_t since) {
    if (since >= ramp.over) return ramp.value;
    return start + (ramp.value - start) * static_cast<double>(since) / static_cast<double>(ramp.over);
}

bool happens_in(const Event& event, PresentationId::Part part) {
    switch (part) {
        case PresentationId::Part::train:
            return event.in_training;
        case PresentationId::Part::validation:
            return event.in_validation;
        case PresentationId::Part::test:
            return event.in_test;
    }
    return false;
}

/// The instants that are not states of something: they happen.
void add_deed(const EventAction& action, std::int64_t period, const Wiring& wiring, int& inputs,
              std::vector<Instant>& instants) {
    if (std::holds_alternative<PresentAction>(action)) instants.push_back(Present{period, Branch::main, inputs++});
    if (const auto* nudge = std::get_if<NudgeAction>(&action))
        instants.push_back(Nudge{period, Branch::main, static_cast<float>(nudge->beta)});
    if (std::holds_alternative<ReleaseAction>(action)) instants.push_back(Nudge{period, Branch::main, 0});
    const auto* restart = std::get_if<RestartAnnealingAction>(&action);
    if (!restart) return;
    int population = -1;
    for (int p = 0; p < wiring.populations(); ++p) {
        if (wiring.population(p).name == restart->population) population = p;
    }
    instants.push_back(Restart{period, Branch::main, population});
}

/// Adds instants as states change.
class StateWriter {
public:
    StateWriter(const Conditions& conditions, const DeadLinks& dead)
        : conditions_(conditions), base_(dead), dead_(dead) {}

    void conditions(std::int64_t period, const Conditions& now) {
        if (now == conditions_) return;
        conditions_ = now;
        tables.conditions.push_back(now);
        instants.push_back(Alter{period, Branch::main, static_cast<int>(tables.conditions.size()) - 1});
    }
    void silent(std::int64_t period, const std::vector<std::int32_t>& now) {
        if (now == silent_) return;
        silent_ = now;
        int entry = -1;
        if (!now.empty()) {
            tables.silent.push_back(now);
            entry = static_cast<int>(tables.silent.size()) - 1;
        }
        instants.push_back(Silence{period, Branch::main, entry});
    }
    void dead(std::int64_t period, const DeadLinks& now) {
        if (same_links(now, dead_)) return;
        dead_ = now;
        int entry = -1;
        if (!same_links(now, base_)) {
            tables.dead.push_back(now);
            entry = static_cast<int>(tables.dead.size()) - 1;
        }
        instants.push_back(Sever{period, Branch::main, entry});
    }
    bool needs_tables() const { return !tables.conditions.empty() || !tables.silent.empty() || !tables.dead.empty(); }

    PlanTables tables;
    std::vector<Instant> instants;

private:
    Conditions conditions_;
    std::vector<std::int32_t> silent_;
    const DeadLinks& base_;
    DeadLinks dead_;
};

}  // namespace

Script::Script(const Scenario& scenario, const Wiring& wiring, std::int64_t epoch_presentations)
    : base_(bare(scenario)),
      events_(scenario.events),
      hits_(scenario, wiring),
      epoch_presentations_(epoch_presentations),
      training_length_(presentation_lengths(scenario).train),
      validation_length_(presentation_lengths(scenario).validation),
      test_length_(presentation_lengths(scenario).test),
      starts_(events_.size()) {
    if (events_.empty()) return;
    refuse_late_events();
    const auto begins = [&](const EventTime& time) {
        return minibatch_begin(presentation_of(time, epoch_presentations), epoch_presentations,
                               scenario.learning.batch);
    };
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const Event& event = events_[i];
        if (event.within_presentations() || epoch_presentations == 0) continue;
        spans_.push_back({i, begins(event.at), ends(event) ? begins(**until_of(event.action)) : never});
    }
    std::stable_sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    for (const Span& span : spans_) add_start(acting_at({span.event, span.from, false}), base_, starts_);
    survey();
}

/// Their dwells are drawn, so that a stream may end before it could.
void Script::refuse_late_events() const {
    if (base_.task != Task::stream) return;
    const std::int64_t longest = longest_stream(base_);
    for (const Event& event : events_) {
        const auto* at = std::get_if<AtPeriod>(&event.at);
        if (!at || at->period < longest) continue;
        throw Error(Blame::input,
                    {problem_at(event.place, "events.at",
                                fmt::format("never happens: no stream is longer than {} periods", longest),
                                fmt::format("0 to {}", longest - 1))});
    }
}

ActingEvents Script::acting_of(const std::vector<Span>& spans, std::int64_t time) {
    ActingEvents acting;
    for (const Span& span : spans) {
        if (span.from <= time && time < span.to) acting.push_back({span.event, time - span.from});
    }
    return acting;
}

/// What the keys are when those events act. `starts`: (events) where ramps start.
void Script::apply(const ActingEvents& acting, std::span<const double> starts, Scenario& scenario) const {
    for (const Acting& one : acting) {
        const EventAction& action = events_[one.event].action;
        const Event& event = events_[one.event];
        if (const auto* set = std::get_if<SetAction>(&action)) set_key(scenario, event, set->key, set->value);
        if (const auto* ramp = std::get_if<RampAction>(&action))
            set_key(scenario, event, ramp->key, make_value(step_of(*ramp, starts[one.event], one.since)));
    }
}

/// Where the last of these events starts, if it is a ramp.
void Script::add_start(const ActingEvents& acting, const Scenario& base, std::vector<double>& starts) const {
    const Event& event = events_[acting.back().event];
    const auto* ramp = std::get_if<RampAction>(&event.action);
    if (!ramp) return;
    Scenario before = base;
    apply({acting.begin(), acting.end() - 1}, starts, before);
    const auto start = number_of_key(before, ramp->key);
    if (!start) {
        const auto held = value_of_key(before, ramp->key);
        refuse(event, "key", ramp->key + (held ? " is " + to_toml(*held) + " and no number" : " is absent"),
               "a key that holds a number then");
    }
    if (passes_zero(ramp->key, *start, ramp->value))
        refuse(event, "value", fmt::format("from {} to {} the nudge passes 0", *start, ramp->value), "the same sign");
    starts[acting.back().event] = *start;
}

Regime Script::beginning() const {
    return {base_, {}};
}

Regime Script::regime(std::int64_t presentations) const {
    Regime regime{base_, acting_of(spans_, presentations)};
    apply(regime.acting, starts_, regime.scenario);
    return regime;
}

bool Script::changes(const Regime& regime, std::int64_t presentations) const {
    const ActingEvents now = acting_of(spans_, presentations);
    if (now.size() != regime.acting.size()) return true;
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i].event != regime.acting[i].event) return true;
        const auto* ramp = std::get_if<RampAction>(&events_[now[i].event].action);
        if (ramp && std::min(now[i].since, ramp->over) != std::min(regime.acting[i].since, ramp->over)) return true;
    }
    return false;
}

std::vector<Occurrence> Script::occurrences(std::int64_t presentations) const {
    std::vector<Occurrence> found;
    for (const Span& span : spans_) {
        if (span.to == presentations) found.push_back({span.event, presentations, true});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.event < b.event; });
    for (const Span& span : spans_) {
        if (span.from == presentations) found.push_back({span.event, presentations, false});
    }
    return found;
}

std::vector<Occurrence> Script::occurrences_before(std::int64_t presentations) const {
    std::set<std::int64_t> times;
    for (const Span& span : spans_) times.insert({span.from, span.to});
    std::vector<Occurrence> found;
    for (const std::int64_t time : times) {
        if (time >= presentations) break;
        const std::vector<Occurrence> then = occurrences(time);
        found.insert(found.end(), then.begin(), then.end());
    }
    return found;
}

ActingEvents Script::acting_at(const Occurrence& occurrence) const {
    ActingEvents acting;
    // What has ended then was acting until then.
    for (const Acting& one : acting_of(spans_, occurrence.presentation - (occurrence.ended ? 1 : 0))) {
        const bool later = !occurrence.ended && one.since == 0 && one.event > occurrence.event;
        if (one.event != occurrence.event && !later) acting.push_back(one);
    }
    acting.push_back({occurrence.event, 0});
    return acting;
}

std::vector<Script::Span> Script::spans_within(PresentationId::Part part) const {
    const std::int64_t length = part == PresentationId::Part::train        ? training_length_
                                : part == PresentationId::Part::validation ? validation_length_
                                                                           : test_length_;
    std::vector<Span> spans;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const Event& event = events_[i];
        if (!event.within_presentations() || !happens_in(event, part)) continue;
        const std::int64_t from = std::get<AtPeriod>(event.at).period;
        if (from >= length) continue;
        spans.push_back({i, from, ends(event) ? std::get<AtPeriod>(**until_of(event.action)).period : never});
    }
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    return spans;
}

ActingEvents Script::acting_within(PresentationId::Part part, std::int64_t period) const {
    return acting_of(spans_within(part), period);
}

std::vector<std::optional<std::int64_t>> Script::presented(PresentationId::Part part) const {
    std::vector<std::optional<std::int64_t>> samples;
    for (const Span& span : spans_within(part)) {
        if (const auto* present = std::get_if<PresentAction>(&events_[span.event].action))
            samples.push_back(present->sample);
    }
    return samples;
}

/// Between two of them every ramp is a straight line, so that what keys hold is greatest and least there: where an
/// event begins or ends, the moment before, and where a ramp does.
std::set<std::int64_t> Script::turning_points(const std::vector<Span>& spans) const {
    std::set<std::int64_t> times = {0};
    const auto add = [&](std::int64_t time) { times.insert({std::max<std::int64_t>(time - 1, 0), time}); };
    for (const Span& span : spans) {
        add(span.from);
        if (span.to != never) add(span.to);
        if (const auto* ramp = std::get_if<RampAction>(&events_[span.event].action)) add(span.from + ramp->over);
    }
    return times;
}

/// Calls call(period, events within presentations that act then, scenario) whenever these change, from period 0 on.
/// `steps`: at every step of a ramp, else where its steps are greatest and least.
template <class Call>
void Script::walk(const std::vector<Span>& spans, const Regime& regime, bool steps, const Call& call) const {
    std::set<std::int64_t> times = steps ? std::set<std::int64_t>{0} : turning_points(spans);
    for (const Span& span : spans) {
        if (!steps) break;
        times.insert(span.from);
        if (span.to != never) times.insert(span.to);
        const auto* ramp = std::get_if<RampAction>(&events_[span.event].action);
        for (std::int64_t step = 1; ramp && step <= ramp->over; ++step) times.insert(span.from + step);
    }
    std::vector<double> starts(events_.size());
    for (const std::int64_t time : times) {
        ActingEvents acting;
        for (const Acting& one : acting_of(spans, time)) {
            acting.push_back(one);
            if (one.since == 0) add_start(acting, regime.scenario, starts);
        }
        Scenario now = regime.scenario;
        apply(acting, starts, now);
        call(time, acting, now);
    }
}

ScriptedInstants Script::within(PresentationId::Part part, const Regime& regime, const Device& device,
                                const Network& network) const {
    StateWriter writer(conditions_of(device_settings(regime.scenario)), device.dead);
    int inputs = 0;
    ActingEvents cut;
    walk(spans_within(part), regime, true, [&](std::int64_t time, const ActingEvents& own, const Scenario& now) {
        ActingEvents acting = regime.acting;
        acting.insert(acting.end(), own.begin(), own.end());
        writer.conditions(time, conditions_of(device_settings(now)));
        writer.silent(time, hits_.silent(acting));
        if (const ActingEvents links = hits_.about_links(own); links != cut) {
            cut = links;
            writer.dead(time, hits_.dead(acting, device, network));
        }
        for (const Acting& one : own) {
            if (one.since == 0) add_deed(events_[one.event].action, time, network.wiring, inputs, writer.instants);
        }
    });
    ScriptedInstants scripted{std::move(writer.instants), nullptr};
    if (writer.needs_tables()) scripted.tables = std::make_shared<const PlanTables>(std::move(writer.tables));
    return scripted;
}

/// Goes through everything that keys ever are: refuses what does not fit together, and notes the conditions.
void Script::survey() {
    const std::vector<Problem> known = together(base_);
    std::vector<Conditions>& found = conditions_.all;
    using Part = PresentationId::Part;
    for (const std::int64_t time : turning_points(spans_)) {
        const Regime then = regime(time);
        check_keys_of(events_, then.acting, then.scenario, known);
        for (const Part part : {Part::train, Part::validation, Part::test}) {
            walk(spans_within(part), then, false,
                 [&](std::int64_t /*time*/, const ActingEvents& own, const Scenario& now) {
                     check_keys_of(events_, own, now, known);
                     check_accumulation(events_, own, then.scenario, now);
                     const Conditions conditions = conditions_of(device_settings(now));
                     if (std::find(found.begin(), found.end(), conditions) == found.end()) found.push_back(conditions);
                 });
        }
    }
    conditions_.latency_ramps = std::any_of(events_.begin(), events_.end(), [](const Event& event) {
        const auto* ramp = std::get_if<RampAction>(&event.action);
        return ramp && (ramp->key == "timing.latency" || ramp->key.rfind("timing.latency.", 0) == 0);
    });
}

void check_script(const Scenario& scenario, std::int64_t epoch_presentations) {
    const Script script(scenario, Wiring(), epoch_presentations);
}

Plan scripted(const Plan& plan, const ScriptedInstants& scripted) {
    Plan merged = plan;
    merged.tables = scripted.tables;
    merged.instants.clear();
    std::size_t next[branches] = {};
    const auto add_until = [&](Branch branch, std::int64_t period) {
        std::size_t& at = next[static_cast<std::size_t>(branch)];
        for (; at < scripted.instants.size() && period_of(scripted.instants[at]) < period; ++at) {
            Instant instant = scripted.instants[at];
            std::visit([&](auto& one) { one.branch = branch; }, instant);
            merged.instants.push_back(instant);
        }
    };
    for (const Instant& instant : plan.instants) {
        const Branch acts = branch_before(instant);
        add_until(acts, period_of(instant));
        merged.instants.push_back(instant);
        // A branch begins with all that has happened before its fork.
        if (const auto* fork = std::get_if<Fork>(&instant))
            next[static_cast<std::size_t>(fork->branch)] = next[static_cast<std::size_t>(acts)];
    }
    return merged;
}

void add_inputs(Minibatch& minibatch, const Samples& samples,
                const std::vector<std::optional<std::int64_t>>& presented) {
    if (presented.empty()) return;
    for (const auto& one : presented) {
        if (one && *one >= samples.count)
            throw input_error("", "events.sample", fmt::format("there is no sample {}", *one),
                              fmt::format("0 to {}", samples.count - 1));
    }
    const auto inputs = static_cast<std::size_t>(samples.inputs);
    const auto padded = static_cast<std::size_t>(padded_size(samples.inputs));
    const std::size_t batch = minibatch.presentations.size();
    minibatch.first_next.assign(1, 0);
    minibatch.next_x.assign(batch * presented.size() * padded, 0);
    for (std::size_t b = 0; b < batch; ++b) {
        std::int64_t sample = minibatch.samples[b];
        for (const auto& one : presented) {
            sample = one ? *one : (sample + 1) % samples.count;
            const std::size_t row = minibatch.next_samples.size();
            samples.copy_to(sample, std::span(minibatch.next_x).subspan(row * padded, inputs));
            minibatch.next_labels.push_back(samples.labels.empty() ? 0
                                                                   : samples.labels[static_cast<std::size_t>(sample)]);
            minibatch.next_samples.push_back(sample);
        }
        minibatch.first_next.push_back(static_cast<std::int64_t>(minibatch.next_samples.size()));
    }
}

}  // namespace settle

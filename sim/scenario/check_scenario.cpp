#include "sim/scenario/check_scenario.hpp"

#include <algorithm>
#include <cmath>

#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/event_reader.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

namespace {

/// Whether all draws are times that a file can hold.
bool holds_times(const Distribution& draws) {
    return std::abs(draws.least()) < 0x1p60 && std::abs(draws.greatest()) < 0x1p60;
}

/// Clocks and latencies are written in the run's unit; those that cannot be, are not.
Scenario writable(Scenario scenario, Problems& problems) {
    const auto complain = [&](const char* key, const char* message, const char* expected) {
        problems.wrong.push_back(problem_at({}, key, message, expected));
    };
    auto& timing = scenario.timing;
    if (timing.unit.exponent < TimeUnit::finest || timing.unit.exponent > 12) {
        complain("timing.period", "has no such unit of time", "a unit from 1 ps on");
        timing.unit = {};
    }
    if (!holds_times(timing.latency)) {
        complain("timing.latency", "is out of range", "less than 2^60 units of time");
        timing.latency = default_latency(timing.period);
    }
    return scenario;
}

/// What was written must have been read back: a clock or a spread that no file can say is none that the checks saw.
void refuse_unwritten(const Scenario& scenario, const Scenario& read, Problems& problems) {
    const auto compare = [&](const char* key, bool same, const char* expected) {
        if (!same && !problems.about(key))
            problems.wrong.push_back(problem_at({}, key, "is none that a scenario can have", expected));
    };
    const auto &a = scenario.timing, &b = read.timing;
    compare("timing.period", a.unit == b.unit && a.period == b.period,
            "10^6 to 10^7 units of time, or as many as there are of 1 ps");
    const char* symmetric = "whole units of time around 0";
    compare("timing.jitter", a.jitter == b.jitter, symmetric);
    compare("timing.drift", a.drift == b.drift, "fractions around 0");
    compare("timing.latency_jitter", a.latency_jitter == b.latency_jitter, symmetric);
    compare("timing.latency", a.latency == b.latency, "whole units of time, one or from low to high");
}

/// The scenario as a file that says everything: so every key has one range, and one place that knows it.
template <class Wanted>
GivenValues as_given(const Scenario& scenario, const Wanted& wanted) {
    GivenValues given;
    for (const Key& key : scenario_keys()) {
        if (!wanted(key)) continue;
        if (const auto value = key.write(scenario)) given.emplace(key.path, *value);
    }
    return given;
}

/// [[events]] as a file that says them where they were read.
Value placed(const std::vector<Event>& events) {
    Value content = events_value(events);
    for (std::size_t i = 0; i < events.size(); ++i) {
        Value& table = (*std::get_if<Value::Array>(&content.data))[i];
        table.place = events[i].place;
        for (auto& entry : *table.table()) entry.second.place = events[i].place;
    }
    return content;
}

void throw_all(const Problems& problems) {
    if (const auto all = problems.in_order(); !all.empty()) throw Error(Blame::input, all);
}

}  // namespace

void check_scenario(const Scenario& scenario) {
    Problems problems;
    GivenValues given = as_given(writable(scenario, problems), [](const Key& key) { return key.of_a_run(); });
    Scenario read = read_keys(given, scenario.name, "", problems);
    refuse_unwritten(scenario, read, problems);
    if (!scenario.events.empty()) read.events = read_events(placed(scenario.events), read, given, "", problems);
    // Without an engine among what was given, nobody has asked on a command line that others make way for it. Whether
    // the seed of a device was given nobody can tell, and an engine without a device does not look at it.
    given.erase("scenario.engine");
    if (!find_key("timing.device_seed")->honoured_by(scenario.engine)) given.erase("timing.device_seed");
    check_engine(read, given, problems);
    check_together(read, given, "", problems);
    refuse_unavailable(read, given, "", problems);
    throw_all(problems);
}

void check_keys(const Scenario& scenario, const std::vector<std::string>& keys) {
    Problems problems, of_time;
    const GivenValues given = as_given(writable(scenario, of_time), [&](const Key& key) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](const std::string& name) { return name == key.path || name == key.section(); });
    });
    read_keys(given, scenario.name, "", problems);
    throw_all(problems);
}

}  // namespace settle

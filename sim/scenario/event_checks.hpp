// What an event must fulfil in its scenario: that it can ever happen, that its engine can honour it, that what it
// changes may change then.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/event.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// What surrounds an event. `file`: the place of keys that were not given; `tables`: of all events, right or wrong.
struct EventContext {
    const Scenario& scenario;
    const GivenValues& given;
    const std::string& file;
    const Value::Array& tables;
};

/// Adds a problem for everything that is wrong with an event, whose `table` has been read, and that needs no data. What
/// depends on other events is seen when all are put together (sim/runs/session/script).
void check_event(const Event& event, const Value& table, const EventContext& context, Problems& problems);

/// Samples that there are.
struct SampleCounts {
    std::int64_t train = 0, validation = 0, test = 0;
};

/// What depends on the data: samples that are presented exist, and training comes to where an event happens. Throws
/// Error (input) with all problems at their places.
void check_events_on(const Scenario& scenario, const SampleCounts& counts);

/// Periods of the presentations that a scenario has of each part of its data, of streams the most that one can have; 0:
/// there are none. What data that are not known yet decide, is there.
struct PresentationLengths {
    std::int64_t train = 0, validation = 0, test = 0;
};
PresentationLengths presentation_lengths(const Scenario& scenario);

/// Why an engine cannot honour an event; "": it can.
std::string why_not_honoured(const Event& event, const Scenario& scenario, EngineKind engine);

/// Whether a ramp of the key turns the nudge off on its way.
bool passes_zero(const std::string& key, double from, double to);

/// The training presentation from which on a time between minibatches has come, of so many an epoch: counted before
/// the minibatch that follows.
std::int64_t presentation_of(const EventTime& time, std::int64_t epoch_presentations);

/// Where the first minibatch begins at or after so many training presentations.
std::int64_t minibatch_begin(std::int64_t presentations, std::int64_t epoch_presentations, std::int64_t batch);

std::vector<std::string> population_names(const Scenario& scenario);
std::vector<std::string> projection_names(const Scenario& scenario);
std::int64_t population_size(const Scenario& scenario, const std::string& population);

}  // namespace settle

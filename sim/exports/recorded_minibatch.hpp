// What an export is made of: one recorded minibatch of a run, and what is chosen of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/exports/event_choice.hpp"
#include "sim/exports/event_queue.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct ExportedMinibatch {
    const Scenario& scenario;
    const RecordedMinibatch& minibatch;
    std::int64_t number;
    EventChoice choice;

    bool has_spikes() const { return minibatch.array("spikes/time").has_value(); }
    bool has_messages() const { return minibatch.array("messages/sent").has_value(); }
    bool has_queues() const { return minibatch.array("queues/time").has_value(); }
    bool has_states() const { return !recorded_states(minibatch, scenario, choice).empty(); }

    /// Picoseconds of a unit of time, and of a period.
    std::int64_t unit_ps() const { return picoseconds_of(1, scenario.timing.unit); }
    std::int64_t period_ps() const { return picoseconds_of(scenario.timing.period, scenario.timing.unit); }
    /// Of what a recording calls time: free-running a tick stands for a period.
    std::int64_t time_ps(std::int64_t time) const {
        return scenario.engine == EngineKind::free_running ? time * period_ps() : time;
    }
};

/// What a format is: write_csv and the others of the table in export.cpp. Writes `file`, and where that cannot hold
/// everything (csv, of more than one table) others beside it. Returns what it has written. Throws Error (runtime).
using ExportWriter = std::vector<std::string>(const ExportedMinibatch& exported, const std::string& file);

}  // namespace settle

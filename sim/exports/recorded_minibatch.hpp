// What an export is made of: one recorded minibatch of a run, and what is chosen of it.
#pragma once

#include <cstdint>
#include <string>

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

/// As sonata, vcd, csv and npz write it. Each writes `file`; csv, where more than one table is recorded, others beside
/// it. Return what they have written. Throw Error (runtime).
std::vector<std::string> write_sonata(const ExportedMinibatch& exported, const std::string& file);
std::vector<std::string> write_vcd(const ExportedMinibatch& exported, const std::string& file);
std::vector<std::string> write_csv(const ExportedMinibatch& exported, const std::string& file);
std::vector<std::string> write_npz(const ExportedMinibatch& exported, const std::string& file);

}  // namespace settle

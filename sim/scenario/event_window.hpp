// What time an event within presentations has to itself: over it the network has to recover.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// The period ends from + 1 … to: the event happens after everything that belongs to the end of period `from`.
struct EventWindow {
    std::string event;      ///< its name
    std::int64_t from = 0;  ///< periods since the beginning of the presentation
    std::int64_t to = 0;

    bool operator==(const EventWindow&) const = default;
};

/// The kinds of presentations: the field of an event that says whether it happens in them.
using During = bool Event::*;

/// The windows of the events within these presentations, in the order of the file. One ends where the next event
/// happens, whatever that does (several at one time have one window), and with the phase: converge is measured in both,
/// others give answers in the free phase alone and have no windows after it; of a stream it ends no later than the
/// input that is there, which depends on the stream (sim/runs/session/stream_measure). What `until` brings back belongs
/// to its event and ends no window.
std::vector<EventWindow> event_windows(const Scenario& scenario, During presented);

/// The names of the events whose recovery is measured in any presentations of a run, in the order of the file.
std::vector<std::string> measured_events(const Scenario& scenario);

/// Why none is measured for an event of this name: "no event has this name", "it happens between minibatches"; "" if
/// one is.
std::string why_not_measured(const std::string& event, const Scenario& scenario);

}  // namespace settle

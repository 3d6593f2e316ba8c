// Rows of ticks and events on their way from the rank that presents to rank 0, which records them. They go as they
// come, and whoever sends waits while there is no room, so that no rank ever holds those of a minibatch.
#pragma once

#include "core/stop.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/ranks/ranks.hpp"

namespace settle {

/// Who wants to see what happens in a minibatch. `ticks` gets all rows on rank 0 and none elsewhere. What is taken of
/// `events` is on rank 0 all, and elsewhere that rank's own: it leaves out what is not wanted and calls send_events().
/// All ranks want the same.
struct RowSinks {
    TickSink ticks = nullptr;
    EventSink events = {};

    bool wanted() const { return ticks || events.wanted(); }
};

// On a rank that follows; rows and events count the presentations of the whole minibatch.
void send_rows(Ranks& ranks, const TickRows& rows);
void send_events(Ranks& ranks, const EventRows& rows);
/// That there are no more of this minibatch.
void end_rows(Ranks& ranks);

/// On rank 0: hands the rows and events of all others to the sinks until none has any more, or `given_up` says so.
/// Any thread. Throws what Ranks and the sinks throw.
void receive_rows(Ranks& ranks, const RowSinks& sinks, const StopCheck& given_up = nullptr);

}  // namespace settle

// Recorded events one by one, in the order of the recording, read a portion at a time; and recorded states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/engines/event_sink.hpp"
#include "sim/exports/event_choice.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// An event and the presentation that it is of. Row: SpikeRow, MessageRow or QueueRow.
template <class Row>
struct ExportedEvent {
    std::int32_t presentation = 0;
    std::uint8_t branch = 0;
    Row row;
};

/// Those of a minibatch that are chosen; of queues, which are nobody's alone, all neurons'. An old recording without
/// them has none.
template <class Row>
class EventQueue {
public:
    /// Both must outlive it.
    EventQueue(const RecordedMinibatch& minibatch, const EventChoice& choice);

    /// The next one; null: there are no more.
    const ExportedEvent<Row>* front();
    void pop() { ++next_; }

private:
    void read_portion();

    const RecordedMinibatch& minibatch_;
    const EventChoice& choice_;
    std::vector<ExportedEvent<Row>> portion_;
    std::size_t next_ = 0;
    std::int64_t read_ = 0, all_ = 0;
};

/// The recorded states of one branch of all presentations, a row a period end.
struct RecordedStates {
    Branch branch;
    std::int64_t first_period;  ///< at whose end row 0 is
    RecordedArray array;        ///< (rows x presentations x columns)
    std::int64_t rows, presentations;
    std::vector<std::int32_t> neurons;  ///< (columns) network-wide

    /// visit(neuron, state) for those that are chosen, at one row of one presentation.
    void visit(std::int64_t row, std::int64_t presentation, const EventChoice& choice,
               const std::function<void(std::int32_t, float)>& visit) const;
};

/// Of the branches that are chosen.
std::vector<RecordedStates> recorded_states(const RecordedMinibatch& minibatch, const Scenario& scenario,
                                            const EventChoice& choice);

}  // namespace settle

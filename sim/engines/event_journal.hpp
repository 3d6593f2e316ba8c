// A journal: where whoever sends bits notes its events, and from where they are handed over in portions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.hpp"
#include "sim/engines/event_sink.hpp"

namespace settle {

/// One a worker or a shard; not thread-safe. Unless begin() was given a sink that wants something it notes nothing, and
/// costs a look at a flag.
class EventJournal {
public:
    /// A presentation begins; what an earlier one has left is forgotten. The sink must outlive it. `most`: events that
    /// are held before they are handed over.
    void begin(const EventSink& sink, std::int64_t minibatch, int presentation, std::size_t most = 4096);
    /// What is noted from now on is of this branch.
    void enter(Branch branch);

    bool spikes() const { return spikes_; }
    bool messages() const { return messages_; }
    bool queues() const { return queues_; }
    std::int64_t picoseconds(Time units) const { return units * unit_ps_; }

    /// Only where spikes() says so. `time`: units; free-running: ticks.
    void spike(Time time, std::int32_t neuron) {
        rows_.spikes.push_back({picoseconds(time), neuron});
        if (rows_.spikes.size() >= most_) hand_over();
    }
    /// Only where messages() says so: once it is known what becomes of it.
    void message(const MessageRow& row) {
        rows_.messages.push_back(row);
        if (rows_.messages.size() >= most_) hand_over();
    }
    /// Only where queues() says so.
    void queue(const QueueRow& row) {
        rows_.queues.push_back(row);
        if (rows_.queues.size() >= most_) hand_over();
    }
    /// Hands over what it holds; at the latest when the presentation is over.
    void hand_over();

private:
    const EventSink* sink_ = nullptr;
    EventRows rows_;
    std::size_t most_ = 4096;
    std::int64_t unit_ps_ = 1;
    bool spikes_ = false;
    bool messages_ = false;
    bool queues_ = false;
};

}  // namespace settle

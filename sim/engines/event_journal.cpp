#include "sim/engines/event_journal.hpp"

#include <algorithm>
#include <utility>

namespace settle {

void EventJournal::begin(const EventSink& sink, std::int64_t minibatch, int presentation, std::size_t most) {
    sink_ = &sink;
    spikes_ = sink.wanted() && sink.spikes;
    messages_ = sink.wanted() && sink.messages;
    queues_ = sink.wanted() && sink.queues;
    unit_ps_ = sink.unit_ps;
    most_ = std::max<std::size_t>(most, 1);
    rows_ = EventRows();
    rows_.minibatch = minibatch;
    rows_.presentation = presentation;
}

void EventJournal::enter(Branch branch) {
    if (branch == rows_.branch) return;
    hand_over();
    rows_.branch = branch;
}

void EventJournal::hand_over() {
    if (rows_.spikes.empty() && rows_.messages.empty() && rows_.queues.empty()) return;
    EventRows rows{rows_.minibatch, rows_.presentation, rows_.branch, {}, {}, {}};
    std::swap(rows, rows_);
    sink_->take(std::move(rows));
}

}  // namespace settle

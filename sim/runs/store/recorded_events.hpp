// Which events a scenario records: of which minibatches, and of whom.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/engines/event_sink.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

class RecordedEvents {
public:
    explicit RecordedEvents(const Scenario& scenario);

    /// Whether there are any: the scenario records spikes, messages or queues, of neurons that send bits.
    static bool wanted(const Scenario& scenario);

    bool spikes(std::int64_t minibatch) const;
    bool messages(std::int64_t minibatch) const;
    bool queues(std::int64_t minibatch) const;

    /// What is wanted of this minibatch, for `take`, which gets nothing else. This, and what `take` needs, must
    /// outlive it. Throws Error (input), where events come, for those of another network.
    EventSink sink(std::int64_t minibatch, std::function<void(EventRows&&)> take) const;

private:
    void keep_chosen(EventRows& rows) const;

    const bool any_;
    const Recording spikes_, messages_, queues_;
    const std::int64_t unit_ps_;           ///< of the times that events have
    std::vector<bool> spiking_, sending_;  ///< (neurons) whose spikes and messages are recorded
};

}  // namespace settle

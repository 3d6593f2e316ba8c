#include "sim/runs/store/recorded_events.hpp"

#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/duration.hpp"

namespace settle {

namespace {

/// By neuron, network-wide: whether it is chosen.
std::vector<bool> chosen(const Recording& recording, const std::vector<int>& sizes) {
    std::vector<bool> is_chosen(static_cast<std::size_t>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0})));
    for (const std::int32_t neuron : recorded_neurons(recording, sizes, 0))
        is_chosen[static_cast<std::size_t>(neuron)] = true;
    return is_chosen;
}

/// Picoseconds of a unit of the times that events have; free-running they have ticks.
std::int64_t event_unit(const Scenario& scenario) {
    return scenario.engine == EngineKind::free_running ? 1 : picoseconds_of(1, scenario.timing.unit);
}

}  // namespace

RecordedEvents::RecordedEvents(const Scenario& scenario)
    : any_(wanted(scenario)),
      spikes_(scenario.record.spikes),
      messages_(scenario.record.messages),
      queues_(recorded_queues(scenario)),
      unit_ps_(event_unit(scenario)),
      spiking_(chosen(spikes_, scenario.network.sizes())),
      sending_(chosen(messages_, scenario.network.sizes())) {}

bool RecordedEvents::wanted(const Scenario& scenario) {
    return (scenario.record.spikes.on || scenario.record.messages.on || recorded_queues(scenario).on) &&
           scenario.neuron.kind == NeuronKind::binary;
}

bool RecordedEvents::spikes(std::int64_t minibatch) const {
    return any_ && covers(spikes_, minibatch);
}

bool RecordedEvents::messages(std::int64_t minibatch) const {
    return any_ && covers(messages_, minibatch);
}

bool RecordedEvents::queues(std::int64_t minibatch) const {
    return any_ && covers(queues_, minibatch);
}

EventSink RecordedEvents::sink(std::int64_t minibatch, std::function<void(EventRows&&)> take) const {
    EventSink sink;
    sink.spikes = spikes(minibatch);
    sink.messages = messages(minibatch);
    sink.queues = queues(minibatch);
    sink.unit_ps = unit_ps_;
    if (!sink.spikes && !sink.messages && !sink.queues) return sink;
    sink.take = [this, take = std::move(take)](EventRows&& rows) {
        keep_chosen(rows);
        if (!rows.spikes.empty() || !rows.messages.empty() || !rows.queues.empty()) take(std::move(rows));
    };
    return sink;
}

void RecordedEvents::keep_chosen(EventRows& rows) const {
    const auto is_in = [](const std::vector<bool>& neurons, std::int32_t neuron) {
        if (neuron < 0 || neuron >= std::ssize(neurons))
            throw input_error("", "events", "are those of another network",
                              "events of the recorded scenario's neurons");
        return neurons[static_cast<std::size_t>(neuron)];
    };
    std::erase_if(rows.spikes, [&](const SpikeRow& row) { return !is_in(spiking_, row.neuron); });
    std::erase_if(rows.messages, [&](const MessageRow& row) { return !is_in(sending_, row.source); });
}

}  // namespace settle

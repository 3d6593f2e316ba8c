// Recorded spikes and messages, as NumPy has them: structured arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "python/module/arrays.hpp"
#include "sim/engines/event_sink.hpp"
#include "sim/runs/session/present.hpp"
#include "sim/runs/store/recording_sink.hpp"

namespace settle::python {

/// A spike: an element of the array.
struct SpikeEntry {
    std::int64_t minibatch = 0;
    std::int32_t presentation = 0;  ///< index in the minibatch
    std::uint8_t branch = 0;
    std::int32_t neuron = 0;  ///< network-wide
    std::int64_t time = 0;    ///< ps; free-running: ticks
};

/// A message likewise (MessageRow).
struct MessageEntry {
    std::int64_t minibatch = 0;
    std::int32_t presentation = 0;
    std::uint8_t branch = 0;
    std::int32_t source = 0, tick = 0;
    std::uint8_t copy = 0;
    std::int32_t target = 0;
    std::int64_t sent = 0, arrived = -1;
    std::uint8_t fate = 0;
    std::int32_t hops = 0;
};

SpikeEntry entry_of(std::int64_t minibatch, std::int32_t presentation, std::uint8_t branch, const SpikeRow& row);
MessageEntry entry_of(std::int64_t minibatch, std::int32_t presentation, std::uint8_t branch, const MessageRow& row);

/// Of what was presented: minibatch and branch are 0.
std::vector<SpikeEntry> entries_of(const std::vector<PresentedEvent<SpikeRow>>& spikes);
std::vector<MessageEntry> entries_of(const std::vector<PresentedEvent<MessageRow>>& messages);

/// In order of minibatch, presentation, branch, time and neuron (messages: sent, source, target, copy).
struct KeptEvents {
    std::vector<SpikeEntry> spikes;
    std::vector<MessageEntry> messages;
};

/// A sink for a Recorder that keeps events here, and nothing else.
RecordingSink kept_in(KeptEvents& events);

/// With Python's lock.
py::array array_of_spikes(std::vector<SpikeEntry>&& spikes);
py::array array_of_messages(std::vector<MessageEntry>&& messages);

void define_events(py::module_& module);

}  // namespace settle::python

#include "python/module/events.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "core/error.hpp"
#include "sim/exports/event_queue.hpp"
#include "sim/runs/store/recording.hpp"

namespace settle::python {

namespace {

void keep(const RecordedSpikes& some, KeptEvents& events) {
    if (some.first == 0) events.spikes.reserve(events.spikes.size() + static_cast<std::size_t>(some.all));
    for (std::size_t i = 0; i < some.time.size(); ++i)
        events.spikes.push_back(
            entry_of(some.minibatch, some.presentation[i], some.branch[i], SpikeRow{some.time[i], some.neuron[i]}));
}

void keep(const RecordedMessages& some, KeptEvents& events) {
    if (some.first == 0) events.messages.reserve(events.messages.size() + static_cast<std::size_t>(some.all));
    for (std::size_t i = 0; i < some.rows.size(); ++i)
        events.messages.push_back(entry_of(some.minibatch, some.presentation[i], some.branch[i], some.rows[i]));
}

template <class Entry, class Row>
std::vector<Entry> entries_of_all(const std::vector<PresentedEvent<Row>>& events) {
    std::vector<Entry> entries;
    entries.reserve(events.size());
    for (const auto& event : events)
        entries.push_back(entry_of(0, static_cast<std::int32_t>(event.presentation), 0, event.row));
    return entries;
}

/// Those of neurons [first, end) that a directory has. `notes`: files that cannot be read.
template <class Row, class Entry>
std::vector<Entry> read_events(const std::string& directory, std::int64_t first, std::int64_t end,
                               std::vector<std::string>& notes) {
    const RecordedRun recorded(directory, notes);
    if (recorded.minibatches().empty() && notes.empty())
        throw input_error(directory, "", "holds no recording any more", "the directory of the run, as it was left");
    EventChoice choice;
    choice.neurons.resize(static_cast<std::size_t>(end));
    std::fill(choice.neurons.begin() + first, choice.neurons.end(), true);
    std::vector<Entry> entries;
    for (const auto& [number, minibatch] : recorded.minibatches()) {
        EventQueue<Row> queue(minibatch, choice);
        for (; const auto* event = queue.front(); queue.pop())
            entries.push_back(entry_of(number, event->presentation, event->branch, event->row));
    }
    return entries;
}

}  // namespace

SpikeEntry entry_of(std::int64_t minibatch, std::int32_t presentation, std::uint8_t branch, const SpikeRow& row) {
    return {minibatch, presentation, branch, row.neuron, row.time};
}

MessageEntry entry_of(std::int64_t minibatch, std::int32_t presentation, std::uint8_t branch, const MessageRow& row) {
    const auto fate = static_cast<std::uint8_t>(row.fate);
    return {minibatch,  presentation, branch,      row.source, row.tick, row.copy,
            row.target, row.sent,     row.arrived, fate,       row.hops};
}

std::vector<SpikeEntry> entries_of(const std::vector<PresentedEvent<SpikeRow>>& spikes) {
    return entries_of_all<SpikeEntry>(spikes);
}

std::vector<MessageEntry> entries_of(const std::vector<PresentedEvent<MessageRow>>& messages) {
    return entries_of_all<MessageEntry>(messages);
}

RecordingSink kept_in(KeptEvents& events) {
    RecordingSink sink;
    sink.take = [&events](const RecordedItem& item) {
        if (const auto* spikes = std::get_if<RecordedSpikes>(&item)) keep(*spikes, events);
        if (const auto* messages = std::get_if<RecordedMessages>(&item)) keep(*messages, events);
    };
    sink.finish = [] {};
    return sink;
}

py::array array_of_spikes(std::vector<SpikeEntry>&& spikes) {
    const auto n = static_cast<std::int64_t>(spikes.size());
    return array_of(std::move(spikes), {n});
}

py::array array_of_messages(std::vector<MessageEntry>&& messages) {
    const auto n = static_cast<std::int64_t>(messages.size());
    return array_of(std::move(messages), {n});
}

void define_events(py::module_& module) {
    PYBIND11_NUMPY_DTYPE(SpikeEntry, minibatch, presentation, branch, neuron, time);
    PYBIND11_NUMPY_DTYPE(MessageEntry, minibatch, presentation, branch, source, tick, copy, target, sent, arrived, fate,
                         hops);
    module.def("read_spikes", [](const std::string& directory, std::int64_t first, std::int64_t end) {
        std::vector<std::string> notes;
        py::array spikes = array_of_spikes(read_events<SpikeRow, SpikeEntry>(directory, first, end, notes));
        return py::make_tuple(spikes, notes);
    });
    module.def("read_messages", [](const std::string& directory, std::int64_t first, std::int64_t end) {
        std::vector<std::string> notes;
        py::array messages = array_of_messages(read_events<MessageRow, MessageEntry>(directory, first, end, notes));
        return py::make_tuple(messages, notes);
    });
}

}  // namespace settle::python

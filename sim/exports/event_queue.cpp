#include "sim/exports/event_queue.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <type_traits>

#include "core/error.hpp"
#include "sim/formats/shape_text.hpp"

namespace settle {

namespace {

constexpr std::int64_t rows_a_portion = 1 << 15;

/// Columns of a recorded table, a portion of rows at a time.
class Columns {
public:
    Columns(const RecordedMinibatch& minibatch, std::string table, std::int64_t first, std::int64_t rows)
        : minibatch_(minibatch), table_(std::move(table)), first_(first), rows_(rows) {}

    std::vector<std::int64_t> operator[](const char* name) const {
        const auto array = minibatch_.array(table_ + "/" + name);
        if (!array) throw input_error("", table_ + "/" + name, "is not in the recording", "an undamaged recording");
        return array->integers(first_, rows_);
    }

private:
    const RecordedMinibatch& minibatch_;
    std::string table_;
    std::int64_t first_, rows_;
};

/// A table of events: where it is, the column that says when, and the one that says whose.
template <class Row>
struct EventTable;
template <>
struct EventTable<SpikeRow> {
    static constexpr const char *name = "spikes", *time = "time", *neuron = "neuron";
};
template <>
struct EventTable<MessageRow> {
    static constexpr const char *name = "messages", *time = "sent", *neuron = "source";
};
template <>
struct EventTable<QueueRow> {
    static constexpr const char *name = "queues", *time = "time", *neuron = nullptr;
};

template <class Value>
void take(const std::vector<std::int64_t>& from, std::size_t i, Value& to) {
    to = static_cast<Value>(from[i]);
}

}  // namespace

template <class Row>
EventQueue<Row>::EventQueue(const RecordedMinibatch& minibatch, const EventChoice& choice)
    : minibatch_(minibatch), choice_(choice) {
    using Table = EventTable<Row>;
    const auto times = minibatch.array(std::string(Table::name) + "/" + Table::time);
    if (times) all_ = times->shape().front();
}

template <class Row>
const ExportedEvent<Row>* EventQueue<Row>::front() {
    while (next_ == portion_.size()) {
        if (read_ == all_) return nullptr;
        read_portion();
    }
    return &portion_[next_];
}

template <class Row>
void EventQueue<Row>::read_portion() {
    using Table = EventTable<Row>;
    const std::int64_t rows = std::min(all_ - read_, rows_a_portion);
    const Columns columns(minibatch_, Table::name, read_, rows);
    const auto presentation = columns["presentation"], branch = columns["branch"];
    const auto neuron = Table::neuron ? columns[Table::neuron] : std::vector<std::int64_t>();
    read_ += rows;
    next_ = 0;
    portion_.clear();
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < presentation.size(); ++i) {
        if (!choice_.takes(presentation[i], branch[i])) continue;
        if (!Table::neuron || choice_.takes_neuron(neuron[i])) chosen.push_back(i);
    }
    portion_.resize(chosen.size());
    for (std::size_t k = 0; k < chosen.size(); ++k) {
        take(presentation, chosen[k], portion_[k].presentation);
        take(branch, chosen[k], portion_[k].branch);
    }
    const auto fill = [&](const char* name, auto field) {
        const auto column = columns[name];
        for (std::size_t k = 0; k < chosen.size(); ++k) take(column, chosen[k], portion_[k].row.*field);
    };
    if constexpr (std::is_same_v<Row, SpikeRow>) {
        fill("neuron", &SpikeRow::neuron);
        fill("time", &SpikeRow::time);
    } else if constexpr (std::is_same_v<Row, QueueRow>) {
        fill("time", &QueueRow::time);
        fill("server", &QueueRow::server);
        fill("packets", &QueueRow::packets);
        fill("busy", &QueueRow::busy);
    } else {
        fill("source", &MessageRow::source);
        fill("tick", &MessageRow::tick);
        fill("copy", &MessageRow::copy);
        fill("target", &MessageRow::target);
        fill("sent", &MessageRow::sent);
        fill("arrived", &MessageRow::arrived);
        fill("fate", &MessageRow::fate);
        fill("hops", &MessageRow::hops);
    }
}

template class EventQueue<SpikeRow>;
template class EventQueue<MessageRow>;
template class EventQueue<QueueRow>;

std::vector<RecordedStates> recorded_states(const RecordedMinibatch& minibatch, const Scenario& scenario,
                                            const EventChoice& choice) {
    std::vector<RecordedStates> all;
    const std::pair<Branch, const char*> names[] = {
        {Branch::main, "state"}, {Branch::free, "branch/free/state"}, {Branch::minus, "branch/minus/state"}};
    for (const auto& [branch, name] : names) {
        auto array = minibatch.array(name);
        if (!array || (choice.branch && *choice.branch != branch)) continue;
        const auto shape = array->shape();
        auto neurons = recorded_neurons(scenario.record.state, scenario.network.sizes(), 1);
        if (shape.size() != 3 || shape[2] != std::ssize(neurons))
            throw input_error(array->path(), array->name(), "has the shape " + shape_text(shape),
                              "ticks x presentations x " + std::to_string(neurons.size()) + " neurons");
        const std::int64_t first = branch == Branch::main ? 1 : scenario.phases.free + 1;
        all.push_back({branch, first, *std::move(array), shape[0], shape[1], std::move(neurons)});
    }
    return all;
}

void RecordedStates::visit(std::int64_t row, std::int64_t presentation, const EventChoice& choice,
                           const std::function<void(std::int32_t, float)>& visit) const {
    const std::vector<float> states = array.floats(row, 1);
    const std::size_t first = static_cast<std::size_t>(presentation) * neurons.size();
    for (std::size_t k = 0; k < neurons.size(); ++k) {
        if (choice.takes_neuron(neurons[k])) visit(neurons[k], states[first + k]);
    }
}

}  // namespace settle

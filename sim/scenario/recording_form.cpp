#include "sim/scenario/recording_form.hpp"

#include <optional>
#include <variant>

#include "sim/scenario/byte_count.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

Key recording_key(const char* path, const char* help, Recording Scenario::RecordPart::*part) {
    Key key{path, "bool or table", "", "", help};
    key.parts = {"layers", "neurons", "from", "to", "every"};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto recording = read_recording(reader, value)) scenario.record.*part = *recording;
    };
    key.write = [=](const Scenario& scenario) { return write_recording(scenario.record.*part); };
    // A part that is set means that something is to be recorded.
    key.expand = [](const Value& value) { return std::holds_alternative<bool>(value.data) ? make_table({}) : value; };
    return key;
}

/// Without it those of the minibatches whose messages are recorded.
Key queues_key() {
    Key queues = recording_key("record.queues", "on a chip, every change of every server's queue, as events",
                               &Scenario::RecordPart::messages);
    queues.parts = {"from", "to", "every"};
    queues.default_text = "minibatches of record.messages";
    queues.engines = "virtual";
    queues.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (value.is_table()) reader.only(value, {"from", "to", "every"});
        if (const auto recording = read_recording(reader, value)) scenario.record.queues = *recording;
    };
    queues.write = [](const Scenario& scenario) -> std::optional<Value> {
        const auto& record = scenario.record;
        if (!record.queues || (!record.queues->on && !record.messages.on)) return std::nullopt;
        return write_recording(*record.queues);
    };
    return queues;
}

Key limit_key() {
    Key limit{"record.limit", "int or size", "", "at least 1",
              "spikes, messages and queues that a run records at most; the file says where it stopped"};
    limit.unit = "bytes";
    limit.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto bytes = read_byte_count(reader, value)) scenario.record.limit = *bytes;
    };
    limit.write = [](const Scenario& scenario) -> std::optional<Value> {
        return make_value(byte_text(scenario.record.limit));
    };
    return limit;
}

}  // namespace

void add_recording_keys(std::vector<Key>& keys) {
    keys.push_back(recording_key(
        "record.state", "s of every tick; the table chooses layers, the first neurons of each, and minibatches",
        &Scenario::RecordPart::state));
    keys.push_back(recording_key("record.bits", "bits of every tick", &Scenario::RecordPart::bits));
    keys.push_back(recording_key("record.weights", "weights after every update", &Scenario::RecordPart::weights));
    keys.push_back(recording_key("record.spikes", "spikes as events, with their times", &Scenario::RecordPart::spikes));
    keys.push_back(recording_key("record.messages",
                                 "messages, with what became of each; the table chooses their sources",
                                 &Scenario::RecordPart::messages));
    keys.back().engines = "virtual";
    keys.push_back(queues_key());
    keys.push_back(limit_key());
}

}  // namespace settle

#include "sim/runs/store/recording.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <numeric>
#include <tuple>

#include "core/error.hpp"
#include "sim/formats/hdf5_file.hpp"
#include "sim/runs/store/hdf5_recording.hpp"
#include "sim/runs/store/recorder.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

/// recording.h5, then recording-from-NNNNNN.h5 by their numbers.
std::vector<std::string> recordings_in(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(directory, failure)) {
        const std::string name = entry.path().filename().string();
        if (name.rfind("recording-from-", 0) == 0 && entry.path().extension() == ".h5") names.push_back(name);
    }
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    if (fs::exists(directory + "/recording.h5", failure)) names.insert(names.begin(), "recording.h5");
    return names;
}

}  // namespace

std::vector<RecordedColumn> recorded_columns(const Recording& recording, const std::vector<int>& layers,
                                             int first_layer) {
    std::vector<RecordedColumn> columns;
    for (int l = first_layer; l < static_cast<int>(layers.size()); ++l) {
        if (!recording.layers.empty() && std::count(recording.layers.begin(), recording.layers.end(), l) == 0) continue;
        const int size = layers[static_cast<std::size_t>(l)];
        const int kept = recording.neurons == 0 ? size : std::min(size, recording.neurons);
        for (int i = 0; i < kept; ++i) columns.push_back({l, i});
    }
    return columns;
}

std::vector<std::int32_t> recorded_neurons(const Recording& recording, const std::vector<int>& layers,
                                           int first_layer) {
    std::vector<std::int32_t> neurons;
    for (const RecordedColumn& column : recorded_columns(recording, layers, first_layer))
        neurons.push_back(
            std::accumulate(layers.begin(), layers.begin() + column.layer, static_cast<std::int32_t>(column.neuron)));
    return neurons;
}

bool covers(const Recording& recording, std::int64_t minibatch) {
    return recording.on && minibatch >= recording.from && (recording.to == 0 || minibatch < recording.to) &&
           (minibatch - recording.from) % recording.every == 0;
}

const std::string& RecordedArray::path() const {
    return file_->path();
}

std::vector<std::int64_t> RecordedArray::shape() const {
    return file_->inspect(name_).shape;
}

std::vector<float> RecordedArray::floats() const {
    return file_->read_floats(name_);
}

std::vector<std::uint8_t> RecordedArray::bytes(std::int64_t first_row, std::int64_t rows) const {
    return file_->read_bytes(name_, {first_row, rows});
}

std::vector<std::int64_t> RecordedArray::integers(std::int64_t first_row, std::int64_t rows) const {
    return file_->read_wide_integers(name_, {first_row, rows});
}

std::vector<float> RecordedArray::floats(std::int64_t first_row, std::int64_t rows) const {
    return file_->read_floats(name_, {first_row, rows});
}

std::optional<RecordedArray> RecordedMinibatch::array(const std::string& name) const {
    std::string whole = minibatch_folder(number_) + name;
    if (!file_->has(whole)) return std::nullopt;
    return RecordedArray(file_, std::move(whole));
}

std::int64_t RecordedMinibatch::left_out(const std::string& events) const {
    return file_->whole_attribute(minibatch_folder(number_) + events, "left_out").value_or(0);
}

RecordedRun::RecordedRun(const std::string& directory, std::vector<std::string>& notes) {
    for (const std::string& name : recordings_in(directory)) {
        try {
            const auto file = std::make_shared<const Hdf5Reader>(directory + "/" + name);
            for (const std::string& minibatch : file->names("/minibatch")) {
                std::int64_t number = 0;
                const char* end = minibatch.data() + minibatch.size();
                if (std::from_chars(minibatch.data(), end, number).ptr == end)
                    minibatches_.insert_or_assign(number, RecordedMinibatch(file, number));
            }
        } catch (const Error& error) {
            notes.push_back(error.what());
        }
    }
}

EventsBefore events_before(const std::string& directory, std::int64_t minibatch) {
    constexpr std::tuple<const char*, const char*, std::int64_t> tables[] = {
        {"spikes", "/time", Recorder::spike_bytes},
        {"messages", "/sent", Recorder::message_bytes},
        {"queues", "/time", Recorder::queue_bytes}};
    std::vector<std::string> notes;
    const RecordedRun recorded(directory, notes);
    EventsBefore before;
    for (const auto& [number, recording] : recorded.minibatches()) {
        if (number >= minibatch) break;
        for (const auto& [events, column, bytes] : tables) {
            if (const auto rows = recording.array(std::string(events) + column))
                before.bytes += rows->shape().front() * bytes;
            if (!before.limit_reached && recording.left_out(events) > 0) before.limit_reached = number;
        }
    }
    return before;
}

}  // namespace settle

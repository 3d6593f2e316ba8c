#include "sim/runs/store/recording.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/error.hpp"

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

RecordedRun::RecordedRun(const std::string& directory, std::vector<std::string>& notes) {
    for (const std::string& name : recordings_in(directory)) {
        try {
            auto file = std::make_unique<Hdf5Reader>(directory + "/" + name);
            for (const std::string& minibatch : file->names("/minibatch")) {
                std::int64_t number = 0;
                const char* end = minibatch.data() + minibatch.size();
                if (std::from_chars(minibatch.data(), end, number).ptr == end) minibatches_[number] = file.get();
            }
            files_.push_back(std::move(file));
        } catch (const Error& error) {
            notes.push_back(error.what());
        }
    }
}

}  // namespace settle

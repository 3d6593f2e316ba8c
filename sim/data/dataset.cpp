#include "sim/data/dataset.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "sim/data/digits.hpp"
#include "sim/data/hdf5.hpp"
#include "sim/data/idx_folder.hpp"
#include "sim/data/published_set.hpp"
#include "sim/data/random.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

/// Where the data comes from, what is there, and what of it the scenario wants.
struct Plan {
    std::string place;  ///< file, folder or name of the set: the beginning of every message
    IdxFolder folder;   ///< mnist, idx
    DatasetSize wanted;
};

Error wrong_count(const std::string& place, const std::string& key, std::int64_t asked, std::int64_t available) {
    return input_error(place, key, fmt::format("asks for {} samples, but there are {}", asked, available),
                       fmt::format("at most {}", available));
}

void refuse_files(const Scenario& scenario, const std::string& set) {
    if (scenario.data.scale) {
        throw input_error("", "data.scale", "is set, but the data set " + set + " is made by the program",
                          "no scale, or another data.set");
    }
    if (scenario.data.path.empty()) return;
    throw input_error("", "data.path", "is set, but the data set " + set + " is made by the program",
                      "no path, or another data.set");
}

void require_path(const Scenario& scenario, const std::string& set, const std::string& what) {
    if (!scenario.data.path.empty()) return;
    throw input_error("", "data.path", "is missing", what + ", since data.set is " + set);
}

DatasetSize available_random(const Scenario& scenario) {
    // There are as many as one likes.
    return {scenario.data.train.value_or(scenario.learning.batch), 0, 0, scenario.network.inputs(), 4};
}

Plan make_plan(const Scenario& scenario) {
    Plan plan;
    DatasetSize available;
    switch (scenario.data.set) {
        case DataSet::digits:
            refuse_files(scenario, "digits");
            plan.place = "digits";
            available = {digits_train, 0, digits_test, digits_inputs};
            break;
        case DataSet::mnist:
        case DataSet::fashion_mnist:
            plan.folder = open_idx_folder(find_published(published_set(scenario.data.set), scenario.data.path));
            plan.place = plan.folder.path;
            available = measure_idx(plan.folder);
            break;
        case DataSet::idx:
            require_path(scenario, "idx", "the folder with train-images-idx3-ubyte and train-labels-idx1-ubyte");
            plan.folder = open_idx_folder(scenario.data.path);
            plan.place = plan.folder.path;
            available = measure_idx(plan.folder);
            break;
        case DataSet::hdf5:
            require_path(scenario, "hdf5", "the HDF5 file with /x and /labels");
            plan.place = scenario.data.path;
            available = measure_hdf5(plan.place);
            break;
        case DataSet::random:
            refuse_files(scenario, "random");
            plan.place = "random";
            available = available_random(scenario);
            break;
    }
    plan.wanted = choose_samples(scenario, plan.place, available);
    check_stream_length(scenario, plan.place, plan.wanted);
    return plan;
}

/// Better an error now than a machine that swaps: the samples must fit into half of its memory.
void check_memory(const Plan& plan) {
    const DatasetSize& wanted = plan.wanted;
    const double needed = static_cast<double>(wanted.train + wanted.validation + wanted.test) * wanted.inputs *
                          static_cast<double>(wanted.input_bytes);
    const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (needed <= memory / 2) return;
    throw input_error(
        plan.place, "data.train",
        fmt::format("{} samples of {} inputs take {:.1f} GB; this machine has {:.1f} GB",
                    wanted.train + wanted.validation + wanted.test, wanted.inputs, needed / 1e9, memory / 1e9),
        "at most half of it: set data.train and data.test to fewer samples");
}

Dataset load(const Scenario& scenario, const Plan& plan) {
    const int classes = scenario.network.outputs();
    switch (scenario.data.set) {
        case DataSet::digits: {
            Dataset data = draw_digits(plan.wanted);
            for (const Samples* part : {&data.train, &data.validation, &data.test}) {
                const std::vector<std::int64_t> labels(part->labels.begin(), part->labels.end());
                checked_labels("digits", scenario.network.key(), labels, classes);
            }
            return data;
        }
        case DataSet::mnist:
        case DataSet::fashion_mnist:
        case DataSet::idx:
            return load_idx(plan.folder, plan.wanted, classes, scenario.data.scale);
        case DataSet::hdf5:
            return load_hdf5(plan.place, plan.wanted, classes, scenario.data.scale);
        case DataSet::random:
            return draw_random(scenario.network.seed, plan.wanted, classes);
    }
    return {};
}

}  // namespace

void Samples::copy_to(std::int64_t index, std::span<float> out) const {
    const std::size_t stored = std::visit([](const auto& all) { return all.size(); }, x);
    const auto width = static_cast<std::size_t>(inputs);
    if (index < 0 || index >= count || out.size() != width || (static_cast<std::size_t>(index) + 1) * width > stored)
        throw input_error("", "samples", fmt::format("have no sample {} (from 0) of {} inputs", index, out.size()),
                          fmt::format("0 to {}, of {} inputs", count - 1, inputs));
    const std::size_t begin = static_cast<std::size_t>(index) * static_cast<std::size_t>(inputs);
    if (const auto* bytes = std::get_if<SharedValues<std::uint8_t>>(&x)) {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = values[(*bytes)[begin + i]];
        return;
    }
    const float* row = std::get<SharedValues<float>>(x).data() + begin;
    std::copy(row, row + inputs, out.begin());
}

DatasetSize choose_samples(const Scenario& scenario, const std::string& place, const DatasetSize& available) {
    const auto& data = scenario.data;
    const int inputs = scenario.network.inputs();
    if (available.inputs != inputs) {
        const bool chain = scenario.network.populations.empty();
        throw input_error(place, scenario.network.key(),
                          fmt::format("the {} has {} neurons, but the samples of this data set have {} inputs",
                                      chain ? "first layer" : "input", inputs, available.inputs),
                          (chain ? "network.layers beginning with " : "an input with as many neurons, ") +
                              std::to_string(available.inputs));
    }
    if (available.train < 1) throw input_error(place, "data.path", "holds no training samples", "at least one");
    const std::int64_t first = data.train.value_or(available.train);
    const std::int64_t test = data.test.value_or(available.test);
    if (first > available.train) throw wrong_count(place, "data.train", first, available.train);
    if (first < 1) throw input_error(place, "data.train", fmt::format("asks for {} samples", first), "at least 1");
    if (test > available.test) throw wrong_count(place, "data.test", test, available.test);
    if (test < 0) throw input_error(place, "data.test", fmt::format("asks for {} samples", test), "at least 0");
    if (data.validation < 0 || data.validation >= first) {
        throw input_error(place, "data.validation",
                          fmt::format("asks for {} of the {} training samples", data.validation, first),
                          fmt::format("0 to {}, so that samples to train with are left", first - 1));
    }
    return {first - data.validation, data.validation, test, available.inputs, available.input_bytes};
}

void check_stream_length(const Scenario& scenario, const std::string& place, const DatasetSize& there) {
    const std::int64_t samples = there.test > 0 ? there.test : there.train;
    if (scenario.task == Task::stream && scenario.stream.inputs > samples)
        throw wrong_count(place, "stream.inputs", scenario.stream.inputs, samples);
}

std::vector<std::int32_t> checked_labels(const std::string& place, const std::string& key,
                                         std::span<const std::int64_t> labels, int classes) {
    std::vector<std::int32_t> kept(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0 || labels[i] >= classes) {
            throw input_error(place, key, fmt::format("the label of sample {} (from 0) is {}", i, labels[i]),
                              fmt::format("0 to {}, since the output has {} neurons", classes - 1, classes));
        }
        kept[i] = static_cast<std::int32_t>(labels[i]);
    }
    return kept;
}

Dataset load_dataset(const Scenario& scenario) {
    check_keys(scenario, {"network", "population", "projection", "data", "learning.batch", "stream.inputs"});
    const Plan plan = make_plan(scenario);
    check_memory(plan);
    Dataset data = load(scenario, plan);
    for (std::string& file : data.files) {
        std::error_code gone;  // the working directory, which does not matter where paths are absolute
        const std::filesystem::path absolute = std::filesystem::absolute(file, gone);
        if (!gone) file = absolute.lexically_normal().string();
    }
    std::sort(data.files.begin(), data.files.end());
    data.files.erase(std::unique(data.files.begin(), data.files.end()), data.files.end());
    return data;
}

DatasetSize measure_dataset(const Scenario& scenario) {
    check_keys(scenario, {"network", "population", "projection", "data", "learning.batch", "stream.inputs"});
    return make_plan(scenario).wanted;
}

std::vector<DataFile> dataset_files(const Scenario& scenario) {
    std::vector<DataFile> files;
    if (scenario.data.set == DataSet::digits || scenario.data.set == DataSet::random) return files;
    if (scenario.data.set == DataSet::hdf5) {
        require_path(scenario, "hdf5", "the HDF5 file with /x and /labels");
        files = {{"", scenario.data.path}};
    } else {
        const bool given = scenario.data.set == DataSet::idx;
        const IdxFolder folder = open_idx_folder(
            given ? scenario.data.path : find_published(published_set(scenario.data.set), scenario.data.path));
        files = {{"training images", folder.train_images}, {"training labels", folder.train_labels}};
        // Without a test set nobody reads its files.
        if (!folder.test_images.empty() && scenario.data.test != 0) {
            files.push_back({"test images", folder.test_images});
            files.push_back({"test labels", folder.test_labels});
        }
    }
    for (DataFile& file : files) file.path = std::filesystem::absolute(file.path).lexically_normal().string();
    return files;
}

}  // namespace settle

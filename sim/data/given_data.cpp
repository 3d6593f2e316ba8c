#include "sim/data/given_data.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& expected) {
    throw input_error("", key, message, expected);
}

/// NaN is outside too.
void check_values(const std::string& key, const SharedValues<float>& x, int inputs) {
    const auto outside = std::find_if(x.begin(), x.end(), [](float value) { return !(value >= 0 && value <= 1); });
    if (outside == x.end()) return;
    const auto at = outside - x.begin();
    refuse(key, fmt::format("input {} of sample {} (both from 0) is {}", at % inputs, at / inputs, *outside), "0 to 1");
}

/// What the bytes that there are stand for; others may stand for anything.
void check_bytes(const std::string& part, const Samples& samples, const SharedValues<std::uint8_t>& bytes) {
    const auto outside = [&](std::uint8_t byte) { return !(samples.values[byte] >= 0 && samples.values[byte] <= 1); };
    // Mostly no byte does, and none has to be looked at.
    if (std::all_of(samples.values.begin(), samples.values.end(), [](float x) { return x >= 0 && x <= 1; })) return;
    const auto found = std::find_if(bytes.begin(), bytes.end(), outside);
    if (found != bytes.end())
        refuse(part + ".values", fmt::format("a byte stands for {}", samples.values[*found]), "0 to 1");
}

void check_amount(const char* key, std::int64_t asked, std::int64_t there) {
    if (asked == there) return;
    refuse(key, fmt::format("asks for {} samples, but there are {}", asked, there),
           "the number of those that are given (dataset_of() cuts them), or no such key");
}

/// Samples first … first + count - 1.
Samples cut(const Samples& from, std::int64_t first, std::int64_t count) {
    Samples part;
    part.count = count;
    part.inputs = from.inputs;
    part.values = from.values;
    const auto width = static_cast<std::size_t>(from.inputs);
    std::visit(
        [&](const auto& x) {
            part.x = x.part(static_cast<std::size_t>(first) * width, static_cast<std::size_t>(count) * width);
        },
        from.x);
    part.labels = {from.labels.begin() + first, from.labels.begin() + first + count};
    return part;
}

}  // namespace

void check_samples(const Samples& samples, const std::string& part, const NetworkPart& network, bool labelled) {
    if (network.populations.empty()) check_layers(network.layers);
    const int inputs = network.inputs();
    if (samples.count < 0) refuse(part, fmt::format("has {} samples", samples.count), "at least 0");
    if (samples.count > 0 && samples.inputs != inputs) {
        refuse(part, fmt::format("has samples of {} inputs", samples.inputs),
               fmt::format("{}, the neurons of the input", inputs));
    }
    const std::size_t values = std::visit([](const auto& x) { return x.size(); }, samples.x);
    const auto wanted = static_cast<std::size_t>(samples.count) * static_cast<std::size_t>(inputs);
    if (values != wanted)
        refuse(part + ".x", fmt::format("has {} values", values),
               fmt::format("{}, for {} samples of {} inputs", wanted, samples.count, inputs));
    if (const auto* x = std::get_if<SharedValues<float>>(&samples.x)) check_values(part + ".x", *x, inputs);
    if (const auto* bytes = std::get_if<SharedValues<std::uint8_t>>(&samples.x)) check_bytes(part, samples, *bytes);
    if (!labelled) return;
    if (samples.labels.size() != static_cast<std::size_t>(samples.count))
        refuse(part + ".labels", fmt::format("has {} items", samples.labels.size()),
               fmt::format("{}, one for each sample", samples.count));
    const std::vector<std::int64_t> labels(samples.labels.begin(), samples.labels.end());
    checked_labels("", part + ".labels", labels, network.outputs());
}

void check_dataset(const Dataset& data, const Scenario& scenario) {
    check_samples(data.train, "train", scenario.network);
    check_samples(data.validation, "validation", scenario.network);
    check_samples(data.test, "test", scenario.network);
    const auto& wanted = scenario.data;
    if (wanted.train) check_amount("data.train", *wanted.train, data.train.count + data.validation.count);
    if (wanted.test) check_amount("data.test", *wanted.test, data.test.count);
    check_amount("data.validation", wanted.validation, data.validation.count);
    const bool looks = scenario.task == Task::infer || scenario.task == Task::stream;
    const bool tests = looks && data.test.count > 0;
    check_stream_length(scenario, "", {data.train.count, 0, data.test.count});
    if (data.train.count == 0 && !tests) refuse("train", "holds no samples", "at least one");
}

Dataset dataset_of(const Scenario& scenario, const Samples& train, const Samples& test) {
    check_keys(scenario, {"network", "population", "projection", "data"});
    check_samples(train, "train", scenario.network);
    check_samples(test, "test", scenario.network);
    const DatasetSize size = choose_samples(scenario, "", {train.count, 0, test.count, scenario.network.inputs(), 1});
    return {cut(train, 0, size.train), cut(train, size.train, size.validation), cut(test, 0, size.test), {}, {}};
}

}  // namespace settle

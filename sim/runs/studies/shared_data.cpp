#include "sim/runs/studies/shared_data.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/formats/toml.hpp"
#include "sim/runs/session/agreement.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

namespace {

/// What a data set depends on.
std::string identity(const Scenario& scenario) {
    std::string text;
    for (const Key& key : scenario_keys()) {
        if (key.section() != "data" && key.path != "network.layers" && key.path != "population") continue;
        const auto value = key.write(scenario);
        text += key.path + "=" + (value ? to_toml(*value) : "") + "\n";
    }
    // `random` makes a minibatch where data.train says nothing.
    return text + std::to_string(scenario.learning.batch);
}

}  // namespace

std::shared_ptr<const Dataset> SharedData::of(const Scenario& scenario) {
    if (scenario.data.set == DataSet::random) return std::make_shared<const Dataset>(load_dataset(scenario));
    // Loading under the lock: whoever needs the same set has to wait for it anyway.
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const Dataset>& set = sets_[identity(scenario)];
    if (!set) set = std::make_shared<const Dataset>(load_dataset(scenario));
    return set;
}

std::string SharedData::scalings() {
    const std::lock_guard lock(mutex_);
    std::set<std::string> texts;
    for (const auto& [keys, data] : sets_) {
        if (data && !data->scaling.text.empty()) texts.insert(data->scaling.text);
    }
    return fmt::format("{}", fmt::join(texts, "; "));
}

std::uint64_t SharedData::hash() {
    const std::lock_guard lock(mutex_);
    std::uint64_t hash = 0;
    for (const auto& [keys, data] : sets_) {
        if (data) hash = hash_of(*data, hash);
    }
    return hash;
}

void SharedData::prepare(const Scenario& scenario) {
    if (scenario.data.set != DataSet::random) of(scenario);
}

}  // namespace settle

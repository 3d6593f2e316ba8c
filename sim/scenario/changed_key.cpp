#include "sim/scenario/changed_key.hpp"

#include <algorithm>

#include "sim/scenario/duration.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

/// What the key holds, as a table of its parts; empty where it holds nothing.
Value parts_of(const Key& key, const Scenario& scenario) {
    const auto held = key.write(scenario);
    return held ? key.expand(*held) : make_table({});
}

}  // namespace

bool change_key(Scenario& scenario, const std::string& path, const Value& value, Problems& problems) {
    std::string part;
    const Key* key = find_key(path, &part);
    Value whole = value;
    if (!part.empty()) {
        whole = parts_of(*key, scenario);
        whole.place = value.place;
        if (!whole.is_table()) whole.data = Value::Table();
        auto& entries = *whole.table();
        const auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == part; });
        if (entry != entries.end()) {
            entry->second = value;
        } else {
            entries.emplace_back(part, value);
        }
        for (auto& one : entries) one.second.place = value.place;
    }
    Problems own;
    Scenario changed = scenario;
    KeyReader reader(key->path, "", own);
    key->read(reader, whole, changed);
    const bool good = own.in_order().empty();
    problems.unknown.insert(problems.unknown.end(), own.unknown.begin(), own.unknown.end());
    problems.wrong.insert(problems.wrong.end(), own.wrong.begin(), own.wrong.end());
    problems.doubtful.insert(problems.doubtful.end(), own.doubtful.begin(), own.doubtful.end());
    if (good) scenario = std::move(changed);
    return good;
}

std::optional<Value> value_of_key(const Scenario& scenario, const std::string& path) {
    std::string part;
    const Key* key = find_key(path, &part);
    if (part.empty()) return key->write(scenario);
    const Value parts = parts_of(*key, scenario);
    const Value* value = parts.find(part);
    return value ? std::optional(*value) : std::nullopt;
}

std::optional<double> number_of_key(const Scenario& scenario, const std::string& path) {
    const auto value = value_of_key(scenario, path);
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<double>(&value->data)) return *number;
    if (const auto* integer = std::get_if<std::int64_t>(&value->data)) return static_cast<double>(*integer);
    if (!value->string()) return std::nullopt;
    const auto count = count_units(*value->string(), scenario.timing.unit);
    if (!count) return std::nullopt;
    return count->exact / static_cast<double>(scenario.timing.period);
}

}  // namespace settle

#include "sim/runs/studies/run_record.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sim/formats/nesting.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean;
    if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return *integer;
    if (const auto* number = std::get_if<double>(&value.data)) return *number;
    if (const auto* text = value.string()) return *text;
    Json json = value.array() ? Json::array() : Json::object();
    if (const auto* array = value.array()) {
        for (const Value& item : *array) json.push_back(json_of(item));
    } else {
        for (const auto& [key, item] : *value.table()) json[key] = json_of(item);
    }
    return json;
}

Json values_of(const RunRecord& record) {
    Json json = Json::object();
    for (const Setting& setting : record.values) json[setting.key] = json_of(setting.value);
    return json;
}

Json metrics_json(const Metrics& metrics) {
    Json json = Json::object();
    for (const auto& [name, value] : metrics) json[name] = value;
    return json;
}

std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

RunRecord read_line(const std::string& line, const std::string& place, const char* number) {
    refuse_deep_json(line, place);
    try {
        const Json json = Json::parse(line);
        RunRecord record;
        record.number = json.at(number).get<std::int64_t>();
        record.repeat = json.value("repeat", 0);
        if (json.contains("objective") && json.at("objective").is_number())
            record.objective = json.at("objective").get<double>();
        const Json metrics = json.value("metrics", Json::object());
        for (const auto& [name, value] : metrics.items()) record.metrics[name] = value.get<double>();
        record.fingerprint = json.value("fingerprint", "");
        record.invalid = json.contains("invalid");
        record.failure = record.invalid ? json.at("invalid").get<std::string>() : json.value("failed", "");
        return record;
    } catch (const Json::exception&) {
        throw input_error(place, "", "is damaged", "a line as settle wrote it");
    }
}

}  // namespace

Metrics kept_metrics(const Metrics& metrics) {
    Metrics kept;
    for (const auto& [name, value] : metrics) {
        if (std::isfinite(value) && name.rfind("expectations_", 0) != 0) kept[name] = value;
    }
    return kept;
}

std::string point_line(const RunRecord& record) {
    Json json;
    json["point"] = record.number;
    json["label"] = record.label;
    json["values"] = values_of(record);
    json["labels"] = Json::object();
    for (const auto& [axis, label] : record.labels) json["labels"][axis] = label;
    json["repeat"] = record.repeat;
    json["seeds"] = {{"network", record.seeds.network}, {"device", record.seeds.device}, {"noise", record.seeds.noise}};
    if (!record.failure.empty()) {
        json["failed"] = record.failure;
        return text_of(json);
    }
    json["metrics"] = metrics_json(record.metrics);
    json["fingerprint"] = record.fingerprint;
    return text_of(json);
}

std::string trial_line(const RunRecord& record) {
    Json json;
    json["trial"] = record.number;
    json["values"] = values_of(record);
    if (!record.failure.empty()) {
        json[record.invalid ? "invalid" : "failed"] = record.failure;
        return text_of(json);
    }
    if (record.objective) json["objective"] = *record.objective;
    json["metrics"] = metrics_json(record.metrics);
    json["fingerprint"] = record.fingerprint;
    return text_of(json);
}

RunRecord read_point_line(const std::string& line, const std::string& place) {
    return read_line(line, place, "point");
}

RunRecord read_trial_line(const std::string& line, const std::string& place) {
    return read_line(line, place, "trial");
}

}  // namespace settle

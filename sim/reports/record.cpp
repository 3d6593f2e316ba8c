#include "sim/reports/record.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sim/formats/nesting.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

/// Nothing that settle writes is nested deeper; what is comes from elsewhere and would only cost stack.
constexpr int deepest = 16;

void flatten(const Json& json, const std::string& path, int depth, Record& record) {
    const std::string inside = path.empty() ? "" : path + "/";
    if (json.is_object() && depth < deepest) {
        for (const auto& [name, value] : json.items()) flatten(value, inside + name, depth + 1, record);
    } else if (json.is_array() && depth < deepest) {
        std::size_t position = 0;
        for (const Json& value : json) flatten(value, inside + std::to_string(position++), depth + 1, record);
    } else {
        RecordEntry entry{path, {}, std::nullopt};
        entry.text =
            json.is_string() ? json.get<std::string>() : json.dump(-1, ' ', false, Json::error_handler_t::replace);
        if (json.is_number() && std::isfinite(json.get<double>())) entry.number = json.get<double>();
        record.entries.push_back(std::move(entry));
    }
}

/// Throws Error (input) for what is nested too deep to be looked at.
std::optional<Record> read_object(const std::string& text, const std::string& place, int line) {
    refuse_deep_json(text, place, std::max(line, 1));
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    Record record;
    flatten(json, "", 0, record);
    return record;
}

}  // namespace

const RecordEntry* Record::find(const std::string& path) const {
    for (const RecordEntry& entry : entries) {
        if (entry.path == path) return &entry;
    }
    return nullptr;
}

std::optional<double> Record::number(const std::string& path) const {
    const RecordEntry* entry = find(path);
    return entry ? entry->number : std::nullopt;
}

std::string Record::text(const std::string& path) const {
    const RecordEntry* entry = find(path);
    return entry ? entry->text : std::string();
}

Record Record::under(const std::string& path) const {
    Record inside;
    for (const RecordEntry& entry : entries) {
        if (entry.path.rfind(path + "/", 0) != 0) continue;
        inside.entries.push_back({entry.path.substr(path.size() + 1), entry.text, entry.number});
    }
    return inside;
}

Record parse_record(const std::string& text, const std::string& place, int line) {
    if (auto record = read_object(text, place, line)) return *record;
    throw Error(Blame::input, {{place, line, 0, "", "is not what settle wrote", "a JSON object", ""}});
}

std::vector<Record> parse_records(const std::string& text, const std::string& place, std::vector<std::string>& notes) {
    std::vector<Record> records;
    int number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        ++number;
        begin = end + 1;
        if (line.empty()) continue;
        if (end == text.size() && !read_object(line, place, number)) {
            notes.push_back("The last line of " + place.substr(place.rfind('/') + 1) +
                            " is not complete and is left out.");
        } else {
            records.push_back(parse_record(line, place, number));
        }
    }
    return records;
}

}  // namespace settle

// The table of keys, asked by name, and as a page.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

namespace {

const char* word_of(Change change) {
    return change == Change::period ? "period" : change == Change::minibatch ? "minibatch" : "-";
}

}  // namespace

const Key* find_key(const std::string& path, std::string* part) {
    if (part) part->clear();
    for (const Key& key : scenario_keys()) {
        if (key.path == path) return &key;
        if (path.size() <= key.path.size() || path.compare(0, key.path.size() + 1, key.path + ".") != 0) continue;
        const std::string rest = path.substr(key.path.size() + 1);
        if (std::find(key.parts.begin(), key.parts.end(), rest) == key.parts.end()) continue;
        if (part) *part = rest;
        return &key;
    }
    return nullptr;
}

std::vector<std::string> key_names() {
    std::vector<std::string> names;
    for (const Key& key : scenario_keys()) {
        names.push_back(key.path);
        for (const std::string& part : key.parts) names.push_back(key.path + "." + part);
    }
    return names;
}

std::vector<std::string> section_names() {
    std::vector<std::string> names;
    for (const Key& key : scenario_keys()) {
        if (!key.of_tables && (names.empty() || names.back() != key.section())) names.push_back(key.section());
    }
    return names;
}

std::string nearest_key(const std::string& path) {
    // Names that long are no slips of the finger.
    if (path.size() > 60) return "";
    const std::string name = path.substr(path.rfind('.') + 1);
    std::string elsewhere, found = nearest_name(path, key_names());
    for (const Key& key : scenario_keys()) {
        if (key.name() == name && elsewhere.empty()) elsewhere = key.path;
    }
    return elsewhere.empty() ? found : elsewhere;
}

std::string keys_as_markdown() {
    std::string text =
        "| key | type | default | range | unit | engines | may change | what it is "
        "|\n|---|---|---|---|---|---|---|---|\n";
    for (const Key& key : scenario_keys()) {
        const auto code = [](const std::string& content) { return content.empty() ? "" : "`" + content + "`"; };
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", code(key.path), key.type,
                            code(key.default_text), key.range, key.unit, key.engines, word_of(key.change), key.help);
    }
    return text;
}

}  // namespace settle

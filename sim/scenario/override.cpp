#include "sim/scenario/override.hpp"

#include <algorithm>
#include <optional>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/scenario/chip_form.hpp"

namespace settle {

namespace {

/// Of "1; 0 with a chip" the one that holds.
std::string default_of(const Key& key, const GivenValues& given) {
    const std::string& text = key.default_text;
    const std::size_t end = text.find("; ");
    if (end == std::string::npos) return text;
    return gives_chip(given) ? text.substr(end + 2, text.find(' ', end + 2) - end - 2) : text.substr(0, end);
}

/// The value of a key as a table, whichever form it has; where nothing is given, the default.
Value as_table(const Key& key, const GivenValues& given) {
    const auto found = given.find(key.path);
    if (found != given.end()) return key.expand(found->second);
    const auto by_default = parse_toml_value(default_of(key, given), {});
    Value whole = by_default ? key.expand(*by_default) : Value();
    // What is neither given nor there by default starts as an empty table.
    if (!whole.is_table()) whole.data = Value::Table();
    return whole;
}

/// Whether the entry says the same word.
bool same_word(const Value& a, const Value& b) {
    return a.string() && b.string() && *a.string() == *b.string();
}

void set_part(const Key& key, const std::string& part, const Value& value, GivenValues& given) {
    Value whole = as_table(key, given);
    // No form of the key: it is left as it is, to be complained about when it is read.
    if (!whole.is_table()) return;
    whole.place = value.place;
    auto& entries = *whole.table();
    auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == part; });
    // Another rule has other parts.
    if (part == "rule" && (entry == entries.end() || !same_word(entry->second, value))) {
        entries.clear();
        entry = entries.end();
    }
    if (entry != entries.end()) {
        entry->second = value;
    } else {
        entries.emplace_back(part, value);
    }
    given[key.path] = whole;
}

/// Moves every rule in front of the parts of the same key that follow the last setting of the whole key.
void put_rules_first(std::vector<Override>& overrides) {
    for (std::size_t i = 0; i < overrides.size(); ++i) {
        std::string part;
        const Key* key = find_key(overrides[i].key, &part);
        if (!key || part != "rule") continue;
        std::size_t target = i;
        for (std::size_t j = i; j-- > 0;) {
            std::string other;
            if (find_key(overrides[j].key, &other) != key) continue;
            if (other.empty() || other == "rule") break;
            target = j;
        }
        const auto begin = overrides.begin() + static_cast<std::ptrdiff_t>(target);
        const auto rule = overrides.begin() + static_cast<std::ptrdiff_t>(i);
        std::rotate(begin, rule, rule + 1);
    }
}

/// The value of an option; nullopt with a complaint where it is nested too deep.
std::optional<Value> read_value(const Override& change, const Place& place, Problems& problems) {
    try {
        return parse_toml_value(change.value, place).value_or(Value{change.value, place});
    } catch (const Error& error) {
        for (Problem problem : error.problems()) {
            problem.key = change.key;
            problems.wrong.push_back(problem);
        }
        return std::nullopt;
    }
}

void complain_about_key(const Override& change, const Place& place, Problems& problems) {
    const std::string section = change.key.substr(0, change.key.find('.'));
    const std::string key = printable(change.key);
    if (section == "events" || section == "expect" || section == "population" || section == "projection") {
        problems.unknown.push_back(
            problem_at(place, key, "arrays of tables cannot be set", "[[" + section + "]] in the scenario file"));
        return;
    }
    const std::vector<std::string> sections = section_names();
    const bool is_section = std::find(sections.begin(), sections.end(), change.key) != sections.end();
    Problem problem = problem_at(place, key, is_section ? "is a section" : "unknown key",
                                 is_section ? "one of its keys, such as " + change.key + ".KEY" : "a scenario key");
    if (!is_section) problem.suggestion = nearest_key(change.key);
    problems.unknown.push_back(problem);
}

}  // namespace

Override parse_set(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw input_error("--set", "", "\"" + printable(argument) + "\" sets nothing", "KEY=VALUE");
    }
    return {"--set", argument.substr(0, equals), argument.substr(equals + 1)};
}

void apply_overrides(std::vector<Override> overrides, GivenValues& given, Problems& problems) {
    put_rules_first(overrides);
    for (const Override& change : overrides) {
        const Place place{change.option, 0, 0};
        std::string part;
        const Key* key = find_key(change.key, &part);
        if (!key || key->of_tables) {
            complain_about_key(change, place, problems);
            continue;
        }
        const auto value = read_value(change, place, problems);
        if (!value) continue;
        if (part.empty()) {
            given[key->path] = *value;
        } else {
            set_part(*key, part, *value, given);
        }
    }
}

void apply_settings(const std::vector<Setting>& settings, GivenValues& given) {
    const auto is_rule = [](const Setting& setting) {
        std::string part;
        find_key(setting.key, &part);
        return part == "rule";
    };
    std::vector<Setting> sorted = settings;
    // As with overrides, the rule decides which other parts there are. Whole keys are in front of parts already.
    const auto parts = std::find_if(sorted.begin(), sorted.end(), [](const Setting& setting) {
        std::string part;
        find_key(setting.key, &part);
        return !part.empty();
    });
    std::stable_partition(parts, sorted.end(), is_rule);
    for (const Setting& setting : sorted) {
        std::string part;
        const Key* key = find_key(setting.key, &part);
        if (part.empty()) {
            given[key->path] = setting.value;
        } else {
            set_part(*key, part, setting.value, given);
        }
    }
}

}  // namespace settle

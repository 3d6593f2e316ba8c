#include "sim/scenario/restart_form.hpp"

#include <cstdint>

#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

const std::vector<std::string> rules{"never", "announced", "surprise", "warmed-surprise"};

/// Calls visit(name, field, low, high) for every part of the surprise's table.
template <class Rule, class Visit>
void for_each_part(Rule& rule, const Visit& visit) {
    // Counters are exact as floats up to 2^24.
    constexpr int most_ticks = 1'000'000;
    visit("gain", rule.gain, 0, 1);
    visit("spread", rule.spread, 0, 1);
    visit("threshold", rule.threshold, 0, 1e6);
    visit("pause", rule.pause, 0, most_ticks);
    visit("to", rule.to, 1, most_ticks);
    visit("input", rule.input, 0, 1);
}

void read_number(KeyReader& reader, const Value& value, const char* part, int low, int high, int& field) {
    if (const auto integer = reader.integer(value, low, high, part)) field = static_cast<int>(*integer);
}
void read_number(KeyReader& reader, const Value& value, const char* part, double low, double high, double& field) {
    if (const auto number = reader.number(value, low, high, part)) field = *number;
}

Value number_value(int number) {
    return make_value(static_cast<std::int64_t>(number));
}
Value number_value(double number) {
    return make_value(number);
}

}  // namespace

Value expand_restart(const Value& value) {
    if (!value.string()) return value;
    Value table = make_table({{"rule", value}});
    table.place = value.place;
    return table;
}

std::optional<RestartRule> read_restart(KeyReader& reader, const Value& value) {
    const bool is_short = !value.is_table();
    const Value* word = is_short ? &value : value.find("rule");
    if (!word) {
        reader.complain(value, "the table has no rule", "one of " + joined(rules));
        return std::nullopt;
    }
    const auto choice = read_choice(reader, *word, rules, is_short ? "" : "rule");
    if (!choice) return std::nullopt;
    const bool warmed = rules[*choice] == "warmed-surprise", surprise = warmed || rules[*choice] == "surprise";
    if (!is_short) reader.only(value, surprise ? restart_parts() : std::vector<std::string>{"rule"});
    if (rules[*choice] == "announced") return AnnouncedRestarts();
    if (!surprise) return NeverRestarts();
    SurpriseRestarts read;
    read.warmed = warmed;
    for_each_part(read, [&](const char* part, auto& field, auto low, auto high) {
        if (const Value* given = value.find(part)) read_number(reader, *given, part, low, high, field);
    });
    return read;
}

Value write_restart(const RestartRule& rule) {
    const auto* surprise = std::get_if<SurpriseRestarts>(&rule);
    const std::string& word = rules[surprise && surprise->warmed ? 3 : rule.index()];
    if (!surprise) return make_value(word);
    Value table = make_table({{"rule", make_value(word)}});
    for_each_part(*surprise, [&](const char* part, const auto& field, auto /*low*/, auto /*high*/) {
        table.table()->emplace_back(part, number_value(field));
    });
    return table;
}

std::vector<std::string> restart_parts() {
    std::vector<std::string> parts{"rule"};
    SurpriseRestarts surprise;
    for_each_part(surprise,
                  [&](const char* part, auto& /*field*/, auto /*low*/, auto /*high*/) { parts.emplace_back(part); });
    return parts;
}

std::string restart_forms() {
    std::string parts;
    for (const std::string& part : restart_parts())
        parts += part == "rule" ? "rule = \"surprise\" or \"warmed-surprise\"" : ", " + part;
    return "\"never\", \"announced\" or { " + parts + " }";
}

}  // namespace settle

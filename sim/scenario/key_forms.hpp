// The forms that values of keys take beyond plain numbers and words: schedules, spreads, recordings … Each is read from
// and written to a value here.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/keys.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

inline Value make_value(bool value) {
    return {value, {}};
}
inline Value make_value(std::int64_t value) {
    return {value, {}};
}
inline Value make_value(double value) {
    return {value, {}};
}
inline Value make_value(std::string value) {
    return {std::move(value), {}};
}
inline Value make_table(Value::Table entries) {
    return {std::move(entries), {}};
}
/// Absent when empty.
std::optional<Value> make_optional(const std::string& text);
Value make_array(const std::vector<int>& items);
Value make_array(const std::vector<double>& items);

inline constexpr std::size_t longest_plain_name = 200;

/// Letters, digits, '.', '_' and '-', not only dots, and not too long.
bool is_plain_name(const std::string& text);

/// One of the words; complains with the nearest.
std::optional<std::size_t> read_choice(KeyReader& reader, const Value& value, const std::vector<std::string>& names,
                                       const std::string& part);

template <class Choice>
std::optional<Choice> read_word(KeyReader& reader, const Value& value, const std::vector<Word<Choice>>& words,
                                const std::string& part = "") {
    std::vector<std::string> names;
    for (const auto& word : words) names.push_back(word.first);
    const auto index = read_choice(reader, value, names, part);
    if (!index) return std::nullopt;
    return words[*index].second;
}

Value expand_schedule(const Value& value);
std::optional<Schedule> read_schedule(KeyReader& reader, const Value& value);
Value write_schedule(const Schedule& schedule);
std::optional<StepRule> read_step_rule(KeyReader& reader, const Value& value);
Value write_step_rule(const StepRule& rule);
/// "constant, schedule, { rule = …": for the help.
std::string step_rule_forms();
/// Every part that one of them has.
std::vector<std::string> step_rule_parts();

void read_layers(KeyReader& reader, const Value& value, Scenario& scenario);
void read_rates(KeyReader& reader, const Value& value, Scenario& scenario);
void read_readout(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_readout(const Scenario& scenario);

/// Sets the unit of time, too.
void read_period(KeyReader& reader, const Value& value, Scenario& scenario);

/// What spreads. Only ticks accumulate; a drift's width is a fraction of the period below 1, and has no unit. A width
/// that is not 0 comes to at least one unit of time.
enum class SpreadOf { tick, drift, latency };
struct Spread {
    Distribution distribution;
    bool accumulate = false;
};
std::optional<Spread> read_spread(KeyReader& reader, const Value& value, const Scenario& scenario, SpreadOf what);
Value write_spread(const Spread& spread, const Scenario& scenario, SpreadOf what);
/// The distributions that only a table chooses, for help texts: "normal", "normal, …".
std::string other_distributions();

/// One value, or a table of the least and the greatest.
struct Ends {
    const Value* low;
    const Value* high;          ///< the same as low where one value was given
    const char* low_part = "";  ///< for messages: "low", or "" where one value was given
};
/// nullopt after a complaint.
std::optional<Ends> read_ends(KeyReader& reader, const Value& value);
/// One value as the table that it stands for.
Value expand_ends(const Value& value);

void read_latency(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_latency(const Scenario& scenario);

std::optional<Recording> read_recording(KeyReader& reader, const Value& value);
Value write_recording(const Recording& recording);

/// A number of bytes, or a text (byte_count.hpp).
std::optional<std::int64_t> read_byte_count(KeyReader& reader, const Value& value);

void read_checkpoint_interval(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_checkpoint_interval(const Scenario& scenario);

}  // namespace settle

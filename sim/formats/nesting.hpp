// How deep a text is nested, found by one look through it: parsers call themselves for every level, and so does whoever
// walks through what they have read, so that a deep text would exhaust the stack.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace settle {

/// Nothing that people or settle write comes near it.
inline constexpr int deepest_nesting = 64;

/// Where something is nested deeper than deepest_nesting; both 1-based.
struct DeepPlace {
    int line = 1;
    int column = 1;
};

/// In TOML. Every array, inline table and part of a dotted key is a level, and so is every part of the table header
/// that a key stands below. Strings, comments and numbers are none, whatever they hold.
std::optional<DeepPlace> too_deep_toml(std::string_view text);

/// In JSON: arrays and objects.
std::optional<DeepPlace> too_deep_json(std::string_view text);

/// Throws Error (input) where a JSON text is too deep; `first_line` is the number of its first line in the file.
void refuse_deep_json(std::string_view text, const std::string& place, int first_line = 1);

/// What is wrong with a text that is too deep. `line` 0: the place is an option.
Problem nesting_problem(const std::string& place, int line, int column);

}  // namespace settle

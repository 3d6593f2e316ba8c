// TOML files: the one place that knows the TOML library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/formats/value.hpp"

namespace settle {

/// A whole file; the result is a table. Throws Error (input) with line and column for what is no TOML, and for what is
/// nested too deep (nesting.hpp). Dates and times become strings.
Value parse_toml(std::string_view text, const std::string& file);

/// One value, as on the right of "key = "; nullopt for what is no TOML. All places are `place`. Throws Error (input)
/// for what is nested too deep.
std::optional<Value> parse_toml_value(const std::string& text, const Place& place);

/// A value with the numbers that TOML wants written otherwise (".1", "1.", "+.5") as it wants them ("0.1", "1.0",
/// "0.5");
/// "" where there are none, or where it is no TOML even then.
std::string mended_numbers(const std::string& text);

/// A value as on the right of "key = ", on one line. Numbers are written so that they read back the same.
std::string to_toml(const Value& value);

/// A key as TOML writes it: bare where that is allowed, else in quotation marks.
std::string toml_key(const std::string& name);

}  // namespace settle

// Text as it may come from anywhere: is it UTF-8, and how is it shown on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace settle {

/// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms), which TOML demands.
bool is_utf8(std::string_view text);

/// The text with control characters as \n, \t, \u001B and bytes that are no UTF-8 as \xFF, so that nothing in a
/// scenario can move a cursor or break a line; cut with "…" after `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 80);

}  // namespace settle

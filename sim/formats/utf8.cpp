#include "sim/formats/utf8.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace settle {

namespace {

/// The character at the beginning of `text` (not empty) and its length; length 0: no UTF-8.
struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;
};

Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return {};
    std::uint32_t code = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80u) return {};
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    if (overlong || surrogate || code > 0x10FFFF) return {};
    return {code, length};
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = first_character(text).length;
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string shown;
    while (!text.empty()) {
        const Character character = first_character(text);
        if (shown.size() >= limit) return shown + "…";
        if (character.length == 0) {
            shown += fmt::format("\\x{:02X}", static_cast<unsigned>(static_cast<unsigned char>(text.front())));
        } else if (character.code == '\n') {
            shown += "\\n";
        } else if (character.code == '\t') {
            shown += "\\t";
        } else if (character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0)) {
            shown += fmt::format("\\u{:04X}", character.code);
        } else {
            shown += text.substr(0, character.length);
        }
        text.remove_prefix(character.length == 0 ? 1 : character.length);
    }
    return shown;
}

}  // namespace settle

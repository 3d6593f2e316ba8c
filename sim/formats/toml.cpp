#include "sim/formats/toml.hpp"

#include <fmt/format.h>

// The library asserts what malformed headers ("[[[a]]]", "[&") do not fulfil, although the code behind the assertion
// reports them properly (its issue 294); with NDEBUG some compilers even take the assertion for granted.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>
#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/error.hpp"
#include "sim/formats/nesting.hpp"
#include "sim/formats/utf8.hpp"

namespace settle {

namespace {

/// Turns library nodes into values; `fixed` replaces all places.
struct Converter {
    std::string file;
    const Place* fixed;

    Place place(const toml::source_region& region) const {
        if (fixed) return *fixed;
        return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
    }

    Value convert(const toml::node& node, const Place& at) const {
        Value value;
        value.place = at;
        if (const auto* boolean = node.as_boolean()) {
            value.data = boolean->get();
        } else if (const auto* integer = node.as_integer()) {
            value.data = integer->get();
        } else if (const auto* number = node.as_floating_point()) {
            value.data = number->get();
        } else if (const auto* text = node.as_string()) {
            value.data = text->get();
        } else if (const auto* array = node.as_array()) {
            Value::Array items;
            for (const toml::node& item : *array) items.push_back(convert(item, place(item.source())));
            value.data = std::move(items);
        } else if (const auto* table = node.as_table()) {
            value.data = convert_table(*table);
        } else {
            std::ostringstream written;
            node.visit([&](const auto& date_or_time) { written << date_or_time; });
            value.data = written.str();
        }
        return value;
    }

    Value::Table convert_table(const toml::table& table) const {
        // The library sorts by name; people expect the order in which they wrote.
        std::vector<std::pair<const toml::key*, const toml::node*>> written;
        for (const auto& [key, node] : table) written.emplace_back(&key, &node);
        std::stable_sort(written.begin(), written.end(), [](const auto& a, const auto& b) {
            const auto at = [](const toml::key* key) {
                return std::pair(key->source().begin.line, key->source().begin.column);
            };
            return at(a.first) < at(b.first);
        });
        Value::Table entries;
        for (const auto& [key, node] : written) {
            entries.emplace_back(std::string(key->str()), convert(*node, place(key->source())));
        }
        return entries;
    }
};

std::string quote(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (c == '\n') {
            quoted += "\\n";
        } else if (c == '\t') {
            quoted += "\\t";
        } else if (code < 0x20 || code == 0x7f) {
            quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(code));
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string number_text(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

bool is_bare(const std::string& key) {
    constexpr auto allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !key.empty() && key.find_first_not_of(allowed) == std::string::npos;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A word with digits on one side only of its point, as TOML wants it; "" for all others.
std::string mended_number(const std::string& word) {
    std::size_t at = word.find_first_of("+-") == 0 ? 1 : 0;
    const std::string sign = word[0] == '-' ? "-" : "";
    std::string parts[2];
    for (int part = 0; part < 2; ++part) {
        while (at < word.size() && (is_digit(word[at]) || (word[at] == '_' && !parts[part].empty())))
            parts[part] += word[at++];
        if (part == 0 && (at >= word.size() || word[at++] != '.')) return "";
    }
    if (parts[0].empty() == parts[1].empty()) return "";
    const std::string rest = word.substr(at);
    if (!rest.empty()) {
        const std::size_t digits = rest.size() > 1 && (rest[1] == '+' || rest[1] == '-') ? 2 : 1;
        if ((rest[0] != 'e' && rest[0] != 'E') || digits >= rest.size() ||
            !std::all_of(rest.begin() + static_cast<std::ptrdiff_t>(digits), rest.end(), is_digit))
            return "";
    }
    return sign + (parts[0].empty() ? "0" : parts[0]) + "." + (parts[1].empty() ? "0" : parts[1]) + rest;
}

struct Mended {
    std::size_t begin = 0, end = 0;  ///< of the word in the text
    std::string number;
};

/// All such words of a text that are not inside strings.
std::vector<Mended> mend(std::string_view text) {
    constexpr auto of_words = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
    std::vector<Mended> found;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            at = std::min(text.find(c, at + 1), text.size() - 1) + 1;
            continue;
        }
        const std::size_t end = std::min(text.find_first_not_of(of_words, at), text.size());
        if (end == at) {
            ++at;
            continue;
        }
        const std::string number = mended_number(std::string(text.substr(at, end - at)));
        if (!number.empty()) found.push_back({at, end, number});
        at = end;
    }
    return found;
}

/// The number that stands where the library gave up, as it should be; "" if it was for another reason.
std::string mended_at(std::string_view text, const toml::source_position& where) {
    for (toml::source_index line = 1; line < where.line; ++line) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return "";
        text.remove_prefix(end + 1);
    }
    for (const Mended& word : mend(text.substr(0, text.find('\n')))) {
        const std::size_t column = where.column;
        if (column >= word.begin + 1 && column <= word.end + 1) return word.number;
    }
    return "";
}

Error syntax_error(std::string_view text, const std::string& file, const toml::parse_error& error) {
    std::string description(error.description());
    Problem problem;
    problem.place = file;
    problem.line = static_cast<int>(error.source().begin.line);
    problem.column = static_cast<int>(error.source().begin.column);
    const std::size_t name = description.find('\'');
    if (description.find("cannot redefine existing") != std::string::npos && name != std::string::npos) {
        problem.message = "this is not TOML: " + printable(description.substr(name)) + " is given twice";
        problem.expected = "every key once";
    } else {
        // The library begins with what it was doing ("Error while parsing …: "), which tells users nothing.
        const std::size_t colon = description.find(": ");
        if (description.rfind("Error while", 0) == 0 && colon != std::string::npos) description.erase(0, colon + 2);
        problem.message = "this is not TOML: " + printable(description, 200);
        // Mostly a word that stands there as it is.
        if (description.find("could not determine value type") != std::string::npos)
            problem.expected = "a number, true or false, or a text in quotation marks";
        problem.suggestion = mended_at(text, error.source().begin);
    }
    return Error(Blame::input, {problem});
}

}  // namespace

std::string toml_key(const std::string& name) {
    return is_bare(name) ? name : quote(name);
}

Value parse_toml(std::string_view text, const std::string& file) {
    if (const auto deep = too_deep_toml(text))
        throw Error(Blame::input, {nesting_problem(file, deep->line, deep->column)});
    try {
        const toml::table table = toml::parse(text, file);
        Value value;
        value.place = {file, 1, 1};
        value.data = Converter{file, nullptr}.convert_table(table);
        return value;
    } catch (const toml::parse_error& error) {
        throw syntax_error(text, file, error);
    }
}

std::optional<Value> parse_toml_value(const std::string& text, const Place& place) {
    // A line break could smuggle a second key in.
    if (text.find_first_of("\n\r") != std::string::npos) return std::nullopt;
    if (too_deep_toml("value = " + text))
        throw Error(Blame::input, {nesting_problem(place.name, place.line, place.column)});
    try {
        const toml::table table = toml::parse("value = " + text, place.name);
        if (table.size() != 1 || !table.contains("value")) return std::nullopt;
        return Converter{place.name, &place}.convert(*table.get("value"), place);
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

std::string mended_numbers(const std::string& text) {
    std::string mended;
    std::size_t at = 0;
    for (const Mended& word : mend(text)) {
        mended += text.substr(at, word.begin - at) + word.number;
        at = word.end;
    }
    if (at == 0) return "";
    mended += text.substr(at);
    return parse_toml_value(mended, {}) ? mended : "";
}

std::string to_toml(const Value& value) {
    if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return std::to_string(*integer);
    if (const auto* number = std::get_if<double>(&value.data)) return number_text(*number);
    if (const auto* text = value.string()) return quote(*text);
    std::string inside;
    if (const auto* array = value.array()) {
        for (const Value& item : *array) inside += (inside.empty() ? "" : ", ") + to_toml(item);
        return "[" + inside + "]";
    }
    for (const auto& [key, item] : *value.table()) {
        inside += (inside.empty() ? "" : ", ") + toml_key(key) + " = " + to_toml(item);
    }
    return inside.empty() ? "{}" : "{ " + inside + " }";
}

}  // namespace settle

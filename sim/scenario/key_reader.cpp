#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sim/scenario/duration.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

namespace {

std::string describe(const Value& value) {
    struct Describe {
        std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
        std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(const std::string& text) const { return "\"" + text.substr(0, 60) + "\""; }
        std::string operator()(const Value::Array&) const { return "an array"; }
        std::string operator()(const Value::Table&) const { return "a table"; }
    };
    return std::visit(Describe(), value.data);
}

std::string range_text(double low, double high) {
    if (low == high) return fmt::format("{}", low);
    if (std::isinf(high) || high >= 9e18)
        return std::isinf(low) ? "any finite number" : fmt::format("at least {}", low);
    return fmt::format("{} to {}", low, high);
}

}  // namespace

void KeyReader::complain(const Value& at, const std::string& message, const std::string& expected,
                         const std::string& part) {
    Problem problem;
    problem.place = at.place.name;
    problem.line = at.place.line;
    problem.column = at.place.column;
    problem.key = part.empty() ? path_ : path_ + "." + part;
    problem.message = message;
    problem.expected = expected;
    problems_.push_back(problem);
}

void KeyReader::complain_about_name(const Value& at, const std::string& wrong, const std::vector<std::string>& names,
                                    const std::string& expected, const std::string& part) {
    complain(at, "\"" + wrong.substr(0, 60) + "\" is unknown", expected, part);
    problems_.back().suggestion = nearest_name(wrong, names);
}

std::optional<std::int64_t> KeyReader::integer(const Value& value, std::int64_t low, std::int64_t high,
                                               const std::string& part) {
    const bool open = high == INT64_MAX;
    const std::string expected =
        open ? fmt::format("an integer, at least {}", low) : fmt::format("an integer, {} to {}", low, high);
    const auto* integer = std::get_if<std::int64_t>(&value.data);
    if (!integer) {
        complain(value, describe(value) + " is not an integer", expected, part);
        return std::nullopt;
    }
    if (*integer < low || *integer > high) {
        complain(value, fmt::format("{} is out of range", *integer), expected, part);
        return std::nullopt;
    }
    return *integer;
}

std::optional<double> KeyReader::number(const Value& value, double low, double high, const std::string& part) {
    double number = 0;
    if (const auto* real = std::get_if<double>(&value.data)) {
        number = *real;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
        number = static_cast<double>(*integer);
    } else {
        complain(value, describe(value) + " is not a number", "a number, " + range_text(low, high), part);
        return std::nullopt;
    }
    if (!std::isfinite(number) || number < low || number > high) {
        complain(value, fmt::format("{} is out of range", number), "a number, " + range_text(low, high), part);
        return std::nullopt;
    }
    return number;
}

std::optional<bool> KeyReader::boolean(const Value& value, const std::string& part) {
    if (const auto* boolean = std::get_if<bool>(&value.data)) return *boolean;
    complain(value, describe(value) + " is neither true nor false", "true or false", part);
    return std::nullopt;
}

std::optional<std::string> KeyReader::text(const Value& value, const std::string& expected, const std::string& part) {
    if (const auto* text = value.string()) return *text;
    complain(value, describe(value) + " is not a string", expected, part);
    return std::nullopt;
}

std::optional<std::string> KeyReader::file(const Value& value) {
    const auto path = text(value, "a path");
    if (!path) return std::nullopt;
    if (path->empty() || path->find('\0') != std::string::npos) {
        complain(value, "the path is empty", "a path");
        return std::nullopt;
    }
    const bool from_file = value.place.line > 0;
    const std::filesystem::path base = from_file ? std::filesystem::path(folder_) : std::filesystem::current_path();
    return std::filesystem::absolute(base / *path).lexically_normal().string();
}

std::optional<Duration> KeyReader::duration(const Value& value, Duration period, const std::string& part) {
    const std::string expected = period > 0 ? "a number of periods, or a duration such as \"1 ms\" (ns, us, ms, s, min)"
                                            : "a duration with its unit, such as \"1 ms\" (ns, us, ms, s, min)";
    if (const auto* text = value.string()) {
        const auto parsed = parse_duration(*text);
        if (!parsed) complain(value, describe(value) + " is not a duration", expected, part);
        return parsed;
    }
    const bool is_number =
        std::holds_alternative<double>(value.data) || std::holds_alternative<std::int64_t>(value.data);
    if (period <= 0 || !is_number) {
        complain(value, is_number ? describe(value) + " has no unit" : describe(value) + " is not a duration", expected,
                 part);
        return std::nullopt;
    }
    const auto periods = number(value, -1e9, 1e9, part);
    if (!periods) return std::nullopt;
    const double duration = *periods * static_cast<double>(period);
    if (std::abs(duration) > 9e18) {
        complain(value, "is too long", "less than 292 years", part);
        return std::nullopt;
    }
    return std::llround(duration);
}

void KeyReader::only(const Value& table, const std::vector<std::string>& parts) {
    for (const auto& [name, value] : *table.table()) {
        if (std::find(parts.begin(), parts.end(), name) != parts.end()) continue;
        Problem problem;
        problem.place = value.place.name;
        problem.line = value.place.line;
        problem.column = value.place.column;
        problem.key = path_ + "." + name;
        problem.message = "unknown key";
        std::string all;
        for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
        problem.expected = all;
        problem.suggestion = nearest_name(name, parts);
        problems_.push_back(problem);
    }
}

}  // namespace settle

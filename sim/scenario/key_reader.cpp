// How values are read, and what is said when they cannot be.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/scenario/chip_form.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

namespace {

std::string describe(const Value& value) {
    if (const auto* text = value.string()) return quoted(*text);
    if (value.array()) return "an array";
    return value.is_table() ? "a table" : to_toml(value);
}

std::string number_range(double low, double high) {
    if (std::isinf(high)) return std::isinf(low) ? "a finite number" : fmt::format("a number, at least {}", low);
    return fmt::format("a number, {} to {}", low, high);
}

bool is_number(const Value& value) {
    return std::holds_alternative<double>(value.data) || std::holds_alternative<std::int64_t>(value.data);
}

/// An integer that does not fit 64 bits is no TOML and arrives as a string when it comes from an option.
bool is_long_integer(const Value& value) {
    const std::string* text = value.string();
    if (!text || text->size() < 19) return false;
    const std::size_t first = text->find_first_of("+-") == 0 ? 1 : 0;
    return text->find_first_not_of("0123456789", first) == std::string::npos;
}

}  // namespace

void KeyReader::complain(const Value& at, const std::string& message, const std::string& expected,
                         const std::string& part) {
    problems_.wrong.push_back(problem_at(at.place, part.empty() ? path_ : path_ + "." + part, message, expected));
    // An option that is no TOML arrives as a string, whatever was meant.
    if (const std::string* text = at.string()) problems_.wrong.back().suggestion = mended_numbers(*text);
}

void KeyReader::warn(const Value& at, const std::string& message, const std::string& part) {
    problems_.doubtful.push_back(problem_at(at.place, part.empty() ? path_ : path_ + "." + part, message));
}

void KeyReader::complain_about_name(const Value& at, const std::string& wrong, const std::vector<std::string>& names,
                                    const std::string& expected, const std::string& part) {
    complain(at, quoted(wrong) + " is unknown", expected, part);
    problems_.wrong.back().suggestion = nearest_name(wrong.substr(0, 60), names);
}

std::optional<std::int64_t> KeyReader::integer(const Value& value, std::int64_t low, std::int64_t high,
                                               const std::string& part) {
    const std::string expected = fmt::format("an integer, {} to {}", low, high);
    const auto* integer = std::get_if<std::int64_t>(&value.data);
    if (!integer && !is_long_integer(value)) {
        complain(value, describe(value) + " is not an integer", expected, part);
        // "1." may mean 1; ".5" is none however it is written.
        std::string& suggestion = problems_.wrong.back().suggestion;
        suggestion = suggestion.ends_with(".0") ? suggestion.substr(0, suggestion.size() - 2) : "";
        return std::nullopt;
    }
    if (!integer || *integer < low || *integer > high) {
        const std::string shown = integer ? std::to_string(*integer) : printable(*value.string(), 60);
        complain(value, shown + " is out of range", expected, part);
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
        complain(value, describe(value) + " is not a number", number_range(low, high), part);
        return std::nullopt;
    }
    // Not "number < low": a nan must fail.
    if (!std::isfinite(number) || !(number >= low && number <= high)) {
        complain(value, describe(value) + " is out of range", number_range(low, high), part);
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
    const std::string* text = value.string();
    if (!text) {
        complain(value, describe(value) + " is not a string", expected, part);
    } else if (!is_utf8(*text)) {
        complain(value, describe(value) + " is not UTF-8", expected, part);
    } else {
        return *text;
    }
    return std::nullopt;
}

std::optional<std::string> KeyReader::file(const Value& value, const std::string& part) {
    const auto path = text(value, "a path", part);
    if (!path) return std::nullopt;
    if (path->empty() || path->find('\0') != std::string::npos) {
        complain(value, path->empty() ? "the path is empty" : quoted(*path) + " is not a path", "a path", part);
        return std::nullopt;
    }
    const bool from_file = value.place.line > 0;
    std::error_code gone;
    const std::filesystem::path base = from_file || std::filesystem::path(*path).is_absolute()
                                           ? std::filesystem::path(folder_)
                                           : std::filesystem::current_path(gone);
    if (!gone) {
        const std::string absolute = std::filesystem::absolute(base / *path, gone).lexically_normal().string();
        if (!gone && is_utf8(absolute)) return absolute;
        // The resolved scenario is TOML and could not hold it.
        if (!gone) complain(value, quoted(absolute) + " is not UTF-8", "a path that is", part);
    }
    if (gone)
        complain(value, quoted(*path) + " is relative to a working directory that is gone", "an absolute path", part);
    return std::nullopt;
}

std::optional<UnitCount> KeyReader::time(const Value& value, const Scenario& scenario, const std::string& part) {
    // Sums of a few of them fit 64 bits, and each is exact as a double.
    constexpr double limit = 9e15;
    const std::string expected = "a number of periods, or a duration such as \"1 ms\" (ps, ns, us, ms, s, min)";
    std::optional<UnitCount> count;
    if (const auto* text = value.string()) {
        count = count_units(*text, scenario.timing.unit);
    } else if (is_number(value)) {
        const auto periods = number(value, -1e9, 1e9, part);
        if (!periods) return std::nullopt;
        count = count_units(*periods, scenario.timing.period);
    }
    if (!count) {
        complain(value, describe(value) + " is not a duration", expected, part);
    } else if (std::abs(count->exact) > limit) {
        complain(value, describe(value) + " is out of range",
                 "at most " + duration_text(static_cast<Duration>(limit), scenario.timing.unit), part);
        return std::nullopt;
    }
    return count;
}

Duration KeyReader::rounded(const Value& value, const UnitCount& count, TimeUnit unit, const std::string& part) {
    if (!count.whole) {
        warn(value,
             fmt::format("{} is {} units of time ({}), and rounded to {}", describe(value), count.exact,
                         unit_text(unit), count.units),
             part);
    }
    return count.units;
}

std::optional<WallDuration> KeyReader::wall_duration(const Value& value, const std::string& part) {
    const auto* text = value.string();
    const auto parsed = text ? parse_wall_duration(*text) : std::nullopt;
    if (parsed) return parsed;
    complain(value, describe(value) + (is_number(value) ? " has no unit" : " is not a duration"),
             "a duration with its unit, such as \"1 ms\" (ns, us, ms, s, min)", part);
    return std::nullopt;
}

void KeyReader::complain_about_key(const Value& at, const std::string& name, const std::string& expected,
                                   const std::string& suggestion) {
    problems_.unknown.push_back(problem_at(at.place, path_ + "." + printable(toml_key(name)), "unknown key", expected));
    problems_.unknown.back().suggestion = suggestion;
}

void KeyReader::only(const Value& table, const std::vector<std::string>& parts) {
    for (const auto& [name, value] : *table.table()) {
        if (std::find(parts.begin(), parts.end(), name) != parts.end()) continue;
        const std::string nearest = nearest_name(name.substr(0, 60), parts);
        complain_about_key(value, name, joined(parts), nearest.empty() ? "" : path_ + "." + nearest);
    }
}

Scenario read_keys(const GivenValues& given, const std::string& stem, const std::string& folder, Problems& problems) {
    Scenario scenario;
    scenario.name = stem;
    const auto read = [&](const Key& key) {
        const auto found = given.find(key.path);
        if (found == given.end()) return;
        KeyReader reader(key.path, folder, problems);
        key.read(reader, found->second, scenario);
    };
    read(*find_key("timing.period"));
    read(*find_key("scenario.seed"));
    read(*find_key("scenario.task"));
    scenario.learning.beta_sign = default_beta_sign(scenario.task);
    scenario.timing.latency = default_latency(scenario.timing.period);
    if (gives_chip(given)) {
        scenario.chip.emplace();
        scenario.timing.latency = Distribution();
        scenario.timing.scope = Scope::core;
    }
    scenario.network.seed = scenario.seed;
    scenario.timing.device_seed = scenario.seed;
    for (const Key& key : scenario_keys()) {
        if (key.path != "timing.period" && key.path != "scenario.seed" && key.path != "scenario.task") read(key);
    }
    return scenario;
}

}  // namespace settle

#include "sim/scenario/duration.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace settle {

static constexpr std::pair<const char*, Duration> units[] = {
    {"min", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};

std::optional<Duration> parse_duration(const std::string& text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
    const char* unit = rest;
    while (unit != end && *unit == ' ') ++unit;
    for (const auto& [name, size] : units) {
        if (std::string(unit, end) != name) continue;
        const double duration = number * static_cast<double>(size);
        if (std::abs(duration) > 9e18) return std::nullopt;
        return std::llround(duration);
    }
    return std::nullopt;
}

std::string duration_text(Duration duration) {
    for (const auto& [name, size] : units) {
        if (duration % size == 0 && duration != 0) return std::to_string(duration / size) + " " + name;
    }
    return "0 ns";
}

}  // namespace settle

#include "sim/scenario/duration.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace settle {

static constexpr std::pair<const char*, Duration> units[] = {
    {"min", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};

/// Integers exactly: a double would lose digits beyond 104 days in nanoseconds.
static std::optional<Duration> scale(const std::string& number, Duration size) {
    const char* begin = number.data();
    const char* end = begin + number.size();
    std::int64_t integer = 0;
    Duration product = 0;
    if (const auto [rest, error] = std::from_chars(begin, end, integer); error == std::errc() && rest == end) {
        if (__builtin_mul_overflow(integer, size, &product)) return std::nullopt;
        return product;
    }
    double real = 0;
    const auto [rest, error] = std::from_chars(begin, end, real);
    if (error != std::errc() || rest != end || !std::isfinite(real)) return std::nullopt;
    const double duration = real * static_cast<double>(size);
    if (std::abs(duration) > 9e18) return std::nullopt;
    return std::llround(duration);
}

std::optional<Duration> parse_duration(const std::string& text) {
    for (const auto& [name, size] : units) {
        const std::size_t length = std::string_view(name).size();
        if (text.size() <= length || text.compare(text.size() - length, length, name) != 0) continue;
        std::string number = text.substr(0, text.size() - length);
        while (!number.empty() && number.back() == ' ') number.pop_back();
        // "1 ms" ends in "s" too; its number would be "1 m", which is none.
        if (const auto duration = scale(number, size)) return duration;
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

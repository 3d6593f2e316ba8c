#include "sim/scenario/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/error.hpp"
#include "sim/scenario/decimal.hpp"

namespace settle {

namespace {

/// factor x 10^exponent seconds.
struct Suffix {
    std::string_view name;
    int factor;
    int exponent;
};

/// "1 ms" ends in "s" too; its number would be "1 m", which is none.
constexpr Suffix suffixes[] = {{"min", 60, 0}, {"s", 1, 0},   {"ms", 1, -3},
                               {"us", 1, -6},  {"ns", 1, -9}, {"ps", 1, -12}};
constexpr int finest_wall = -9;

/// Seconds.
std::optional<Rational> parse_seconds(const std::string& text, int finest) {
    for (const Suffix& suffix : suffixes) {
        const auto number = suffix.exponent < finest ? std::nullopt : without_unit(text, suffix.name);
        const auto value = number ? parse_decimal(*number) : std::nullopt;
        if (value) return *value * suffix.factor * power_of_ten(suffix.exponent);
    }
    return std::nullopt;
}

UnitCount count_of(const Rational& exact) {
    constexpr Duration limit = std::numeric_limits<Duration>::max();
    UnitCount count;
    count.units = static_cast<Duration>(std::clamp<Integer>(round(exact), -limit, limit));
    count.exact = static_cast<double>(exact);
    count.whole = denominator(exact) == 1;
    return count;
}

std::string text_of(const Integer& picoseconds, int finest) {
    for (const Suffix& suffix : suffixes) {
        const Integer size =
            suffix.factor * boost::multiprecision::pow(Integer(10), static_cast<unsigned>(suffix.exponent + 12));
        if (picoseconds != 0 && picoseconds % size == 0)
            return fmt::format("{} {}", Integer(picoseconds / size).str(), suffix.name);
    }
    return finest == finest_wall ? "0 ns" : "0 ps";
}

}  // namespace

std::optional<UnitCount> count_units(const std::string& text, TimeUnit unit) {
    const auto seconds = parse_seconds(text, TimeUnit::finest);
    if (!seconds) return std::nullopt;
    return count_of(*seconds * power_of_ten(-unit.exponent));
}

UnitCount count_units(double periods, Duration period) {
    UnitCount count = count_of(parse_decimal(fmt::format("{}", periods)).value() * period);
    // A number of periods that stands for whole units may have no short decimal.
    count.whole = std::abs(count.exact - static_cast<double>(count.units)) <= 1e-15 * std::abs(count.exact);
    return count;
}

std::optional<Period> parse_period(const std::string& text) {
    const auto seconds = parse_seconds(text, TimeUnit::finest);
    if (!seconds) return std::nullopt;
    Period period;
    period.seconds = static_cast<double>(*seconds);
    if (*seconds >= power_of_ten(-9) && *seconds <= power_of_ten(12)) {
        period.unit.exponent = TimeUnit::finest;
        while (count_of(*seconds * power_of_ten(-period.unit.exponent)).units > TimeUnit::most) ++period.unit.exponent;
    }
    period.count = count_of(*seconds * power_of_ten(-period.unit.exponent));
    return period;
}

std::string unit_text(TimeUnit unit) {
    constexpr const char* names[] = {"ps", "ns", "us", "ms", "s"};
    const int thousands = std::min((unit.exponent - TimeUnit::finest) / 3, 4);
    const int zeros = unit.exponent - TimeUnit::finest - 3 * thousands;
    return "1" + std::string(static_cast<std::size_t>(zeros), '0') + " " + names[thousands];
}

std::int64_t picoseconds_of(std::int64_t units, TimeUnit unit) {
    std::int64_t picoseconds = units;
    for (int exponent = TimeUnit::finest; exponent < unit.exponent; ++exponent) {
        if (__builtin_mul_overflow(picoseconds, 10, &picoseconds))
            throw input_error("", "timing.period", "is too long for 64 bits of picoseconds", "less than 106 days");
    }
    return picoseconds;
}

std::string duration_text(Duration duration, TimeUnit unit) {
    const auto tens = static_cast<unsigned>(unit.exponent - TimeUnit::finest);
    return text_of(duration * boost::multiprecision::pow(Integer(10), tens), TimeUnit::finest);
}

std::optional<WallDuration> parse_wall_duration(const std::string& text) {
    const auto seconds = parse_seconds(text, finest_wall);
    if (!seconds) return std::nullopt;
    const Integer nanoseconds = round(*seconds * power_of_ten(9));
    if (abs(nanoseconds) > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    return WallDuration(static_cast<std::int64_t>(nanoseconds));
}

std::string wall_duration_text(WallDuration duration) {
    return text_of(Integer(duration.count()) * 1000, finest_wall);
}

}  // namespace settle

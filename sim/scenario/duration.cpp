#include "sim/scenario/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace settle {

namespace {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

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

Rational power_of_ten(int exponent) {
    const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
    return exponent < 0 ? Rational(1, power) : Rational(power);
}

/// The digits from `at` on, which are appended to `digits`. Returns how many there were.
std::size_t take_digits(std::string_view text, std::size_t& at, std::string& digits) {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') digits += text[at++];
    return at - begin;
}

/// A decimal number, exactly: "-1.5e-3". Exponents of more than three digits are out of any range.
std::optional<Rational> parse_decimal(std::string_view text) {
    constexpr std::size_t longest = 1000;
    if (text.size() > longest) return std::nullopt;
    std::string digits;
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    take_digits(text, at, digits);
    int exponent = 0;
    if (at < text.size() && text[at] == '.') exponent = -static_cast<int>(take_digits(text, ++at, digits));
    if (digits.empty()) return std::nullopt;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        const std::size_t sign = at + 1 < text.size() && text[at + 1] == '+' ? 1 : 0;
        const char* begin = text.data() + at + 1 + sign;
        const char* end = text.data() + text.size();
        int power = 0;
        const auto [rest, error] = std::from_chars(begin, end, power);
        if (error != std::errc() || rest != end || (sign == 1 && *begin == '-') || std::abs(power) > 999)
            return std::nullopt;
        exponent += power;
        at = text.size();
    }
    if (at != text.size()) return std::nullopt;
    // An Integer takes a leading 0 for octal.
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const Rational value = Rational(Integer(digits)) * power_of_ten(exponent);
    return text[0] == '-' ? Rational(-value) : value;
}

/// Seconds.
std::optional<Rational> parse_seconds(const std::string& text, int finest) {
    for (const Suffix& suffix : suffixes) {
        const std::size_t length = suffix.name.size();
        if (suffix.exponent < finest || text.size() <= length ||
            text.compare(text.size() - length, length, suffix.name) != 0)
            continue;
        std::string number = text.substr(0, text.size() - length);
        while (!number.empty() && number.back() == ' ') number.pop_back();
        if (const auto value = parse_decimal(number)) return *value * suffix.factor * power_of_ten(suffix.exponent);
    }
    return std::nullopt;
}

/// Halves away from 0.
Integer round(const Rational& exact) {
    const Integer size = (2 * abs(numerator(exact)) + denominator(exact)) / (2 * denominator(exact));
    return exact < 0 ? Integer(-size) : size;
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

#include "sim/scenario/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace settle {

Rational power_of_ten(int exponent) {
    const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
    return exponent < 0 ? Rational(1, power) : Rational(power);
}

namespace {

/// The digits from `at` on, which are appended to `digits`. Returns how many there were.
std::size_t take_digits(std::string_view text, std::size_t& at, std::string& digits) {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') digits += text[at++];
    return at - begin;
}

}  // namespace

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

std::optional<std::string_view> without_unit(std::string_view text, std::string_view unit) {
    if (text.size() <= unit.size() || !text.ends_with(unit)) return std::nullopt;
    text.remove_suffix(unit.size());
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Integer round(const Rational& exact) {
    const Integer size = (2 * abs(numerator(exact)) + denominator(exact)) / (2 * denominator(exact));
    return exact < 0 ? Integer(-size) : size;
}

}  // namespace settle

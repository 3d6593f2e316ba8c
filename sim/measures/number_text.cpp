#include "sim/measures/number_text.hpp"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace settle {

namespace {

constexpr int most_digits = 4;

/// Decimal digits of a number without sign, leading and trailing zeros, point and exponent.
int significant_digits(std::string_view number) {
    int count = 0, zeros = 0;
    bool point = false;
    for (const char c : number) {
        if (c == 'e' || c == 'E') break;
        if (c == '.') point = true;
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) continue;
        if (c == '0') {
            zeros += count > 0 ? 1 : 0;
            continue;
        }
        count += zeros + 1;
        zeros = 0;
    }
    return point ? count + zeros : count;
}

/// The end of the number that begins at `at`; `at` itself where none does.
std::size_t end_of_number(std::string_view text, std::size_t at) {
    const auto digit = [&](std::size_t i) {
        return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    };
    if (!digit(at)) return at;
    std::size_t end = at;
    while (digit(end)) ++end;
    if (end < text.size() && text[end] == '.' && digit(end + 1)) {
        for (++end; digit(end);) ++end;
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        std::size_t exponent = end + 1;
        if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
        if (digit(exponent)) {
            while (digit(exponent)) ++exponent;
            end = exponent;
        }
    }
    return end;
}

bool is_of_a_name(char before) {
    return std::isalpha(static_cast<unsigned char>(before)) != 0 || before == '_' || before == '.' ||
           static_cast<unsigned char>(before) >= 0x80;
}

}  // namespace

double to_four_digits(double value) {
    return std::isfinite(value) ? std::strtod(fmt::format("{:.3e}", value).c_str(), nullptr) : value;
}

std::string short_number(double value) {
    const double rounded = to_four_digits(value), size = std::abs(rounded);
    if (size < 1e4 || !(size < 1e15)) return fmt::format("{:.4g}", rounded);
    if (size < 1e6) return fmt::format("{:.0f}", rounded);
    const auto [unit, name] = size < 1e9    ? std::pair(1e6, "M")
                              : size < 1e12 ? std::pair(1e9, "G")
                                            : std::pair(1e12, "T");
    return fmt::format("{:.4g} {}", rounded / unit, name);
}

std::string short_percent(double fraction) {
    const double percent = 100 * fraction;
    return percent < 99.995 ? fmt::format("{:.2f} %", percent) : fmt::format("{:.4g} %", percent);
}

std::string superscript(int number) {
    static constexpr const char* raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text;
    for (const char c : fmt::format("{}", number)) text += c == '-' ? "⁻" : raised[c - '0'];
    return text;
}

std::string number_text(double value, int digits) {
    if (!std::isfinite(value)) return fmt::format("{}", value);
    const double rounded = std::strtod(fmt::format("{:.{}e}", value, digits - 1).c_str(), nullptr);
    const double size = std::abs(rounded);
    if (size == 0) return "0";
    if (size < 1e-4 || size >= 1e15) {
        const int exponent = static_cast<int>(std::floor(std::log10(size) + 1e-12));
        return fmt::format("{:.{}g}·10{}", rounded / std::pow(10, exponent), digits, superscript(exponent));
    }
    // Few digits of a large number: 4200, not 4.2e+03.
    if (size < 1e4 && size >= std::pow(10, digits - 1)) return fmt::format("{:.0f}", rounded);
    if (size < 1e4) return fmt::format("{:.{}g}", rounded, digits);
    double scale = 1e3;
    const char* prefix = "kMGT";
    for (; size >= 1e3 * scale && prefix[1] != 0; ++prefix) scale *= 1e3;
    return fmt::format("{:.{}g} {}", rounded / scale, digits, prefix[0]);
}

std::string with_short_numbers(std::string_view text) {
    std::string result;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '"') quoted = !quoted;
        const std::size_t end = end_of_number(text, at);
        if (end == at) {
            result += text[at++];
            continue;
        }
        const std::string number(text.substr(at, end - at));
        const bool name =
            quoted || (at > 0 && is_of_a_name(text[at - 1])) ||
            (end < text.size() && (std::isalpha(static_cast<unsigned char>(text[end])) || text[end] == '_'));
        const double value = std::strtod(number.c_str(), nullptr);
        // 1e-05 is short, but not how people write it.
        const bool scientific = number.find_first_of("eE") != std::string::npos;
        const bool large = significant_digits(number) > most_digits || (std::isfinite(value) && value >= 1e6);
        result += !name && (scientific || large) ? number_text(value) : number;
        at = end;
    }
    return result;
}

}  // namespace settle

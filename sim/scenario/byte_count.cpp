#include "sim/scenario/byte_count.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

namespace settle {

namespace {

struct ByteUnit {
    std::string_view name;
    std::int64_t bytes;
};

constexpr std::int64_t thousand = 1000;
constexpr ByteUnit byte_units[] = {{"TiB", std::int64_t{1} << 40},
                                   {"GiB", std::int64_t{1} << 30},
                                   {"MiB", std::int64_t{1} << 20},
                                   {"KiB", std::int64_t{1} << 10},
                                   {"TB", thousand* thousand* thousand* thousand},
                                   {"GB", thousand* thousand* thousand},
                                   {"MB", thousand* thousand},
                                   {"kB", thousand},
                                   {"B", 1}};

std::string_view without_blanks_behind(std::string_view text) {
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<std::int64_t> byte_count(const std::string& text) {
    std::string_view number = without_blanks_behind(text);
    std::int64_t unit = 1;
    for (const ByteUnit& one : byte_units) {
        if (!number.ends_with(one.name)) continue;
        number = without_blanks_behind(number.substr(0, number.size() - one.name.size()));
        unit = one.bytes;
        break;
    }
    double count = 0;
    const char* end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, count, std::chars_format::fixed);
    if (number.empty() || error != std::errc() || rest != end) return std::nullopt;
    const double bytes = count * static_cast<double>(unit);
    if (!(bytes >= 0 && bytes < 0x1p63) || bytes != std::floor(bytes)) return std::nullopt;
    // What a double cannot hold exactly is whole numbers of bytes, without a unit.
    std::int64_t whole = 0;
    if (std::from_chars(number.data(), end, whole).ptr == end && unit == 1) return whole;
    return static_cast<std::int64_t>(bytes);
}

std::string byte_text(std::int64_t bytes) {
    for (const ByteUnit& unit : byte_units) {
        if (bytes >= unit.bytes && bytes % unit.bytes == 0) return fmt::format("{} {}", bytes / unit.bytes, unit.name);
    }
    return fmt::format("{} B", bytes);
}

}  // namespace settle

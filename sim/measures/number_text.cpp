#include "sim/measures/number_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

namespace settle {

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

}  // namespace settle

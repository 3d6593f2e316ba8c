#include "tools/settle/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace settle {

std::string draw_curve(std::span<const double> values, int width, int height, const std::string& unit) {
    if (values.empty()) return "";
    const int columns = std::min(width, static_cast<int>(values.size()));
    const double top = std::max(*std::max_element(values.begin(), values.end()), 1e-6);
    const double least = *std::min_element(values.begin(), values.end());
    const double bottom = std::max(least / 1.5, top / 1e4);
    static const char* const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    // Logarithmic: what happens after the first few ticks is small beside where it began.
    const auto rows_filled = [&](double value) {
        if (value <= bottom) return 0.0;
        return std::log(value / bottom) / std::log(top / bottom) * height;
    };
    std::string text;
    for (int row = height - 1; row >= 0; --row) {
        const double mark = bottom * std::pow(top / bottom, (row + 1.0) / height);
        text += row % 3 == 1 || row == height - 1 ? fmt::format("{:>8.2f} % ┤", 100 * mark) : "           │";
        for (int column = 0; column < columns; ++column) {
            const auto at = static_cast<std::size_t>(column) * values.size() / static_cast<std::size_t>(columns);
            const double filled = (rows_filled(values[at]) - row) * 8;
            text += eighths[std::clamp(static_cast<int>(std::lround(filled)), 0, 8)];
        }
        text += "\n";
    }
    text += "           └";
    for (int column = 0; column < columns; ++column) text += "─";
    const std::string end = fmt::format("{} {}", values.size(), unit);
    const auto space = static_cast<std::size_t>(std::max(1, columns - 1 - static_cast<int>(end.size())));
    return text + "\n            1" + std::string(space, ' ') + end + "\n";
}

std::string draw_images(const std::vector<std::vector<float>>& images, int side,
                        const std::vector<std::string>& captions) {
    static const char* const shades[] = {" ", "░", "▒", "▓", "█"};
    std::string text;
    for (int row = 0; row + 1 < side; row += 2) {
        for (const std::vector<float>& image : images) {
            for (int column = 0; column < side; ++column) {
                const float upper = image[static_cast<std::size_t>(row * side + column)];
                const float lower = image[static_cast<std::size_t>((row + 1) * side + column)];
                const bool high = upper > 0.5f, low = lower > 0.5f;
                if (high != low) {
                    text += high ? "▀" : "▄";
                } else {
                    text += shades[std::clamp(static_cast<int>((upper + lower) * 2.5f), 0, 4)];
                }
            }
            text += "  ";
        }
        while (!text.empty() && text.back() == ' ') text.pop_back();
        text += "\n";
    }
    for (const std::string& caption : captions) text += fmt::format("{:<{}}  ", caption, side);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text + "\n";
}

}  // namespace settle

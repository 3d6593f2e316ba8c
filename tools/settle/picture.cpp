#include "tools/settle/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace settle {

namespace {

/// Bars over columns, on a logarithmic scale of four decades at most. `mark` writes a value on the axis in 11
/// characters.
template <class Mark>
std::string draw_bars(const std::vector<double>& columns, int height, const Mark& mark) {
    const double top = std::max(*std::max_element(columns.begin(), columns.end()), 1e-6);
    const double least = *std::min_element(columns.begin(), columns.end());
    const double bottom = std::max(least / 1.5, top / 1e4);
    static const char* const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    // Logarithmic: what happens after the first few ticks is small beside where it began.
    const auto rows_filled = [&](double value) {
        if (value <= bottom) return 0.0;
        return std::log(value / bottom) / std::log(top / bottom) * height;
    };
    std::string text;
    for (int row = height - 1; row >= 0; --row) {
        const double value = bottom * std::pow(top / bottom, (row + 1.0) / height);
        text += row % 3 == 1 || row == height - 1 ? mark(value) + "┤" : std::string("           │");
        for (const double column : columns) {
            const double filled = (rows_filled(column) - row) * 8;
            text += eighths[std::clamp(static_cast<int>(std::lround(filled)), 0, 8)];
        }
        text += "\n";
    }
    return text;
}

}  // namespace

std::string draw_curve(std::span<const double> values, int width, int height, const std::string& unit) {
    if (values.empty()) return "";
    const int count = std::min(width, static_cast<int>(values.size()));
    std::vector<double> columns;
    for (int column = 0; column < count; ++column)
        columns.push_back(values[static_cast<std::size_t>(column) * values.size() / static_cast<std::size_t>(count)]);
    std::string text = draw_bars(columns, height, [](double value) { return fmt::format("{:>8.2f} % ", 100 * value); });
    text += "           └";
    for (int column = 0; column < count; ++column) text += "─";
    const std::string end = fmt::format("{} {}", values.size(), unit);
    const auto space = static_cast<std::size_t>(std::max(1, count - 1 - static_cast<int>(end.size())));
    return text + "\n            1" + std::string(space, ' ') + end + "\n";
}

namespace {

/// From numbers to rows or columns.
struct Scale {
    double low = 0, high = 1;
    bool logarithmic = false;

    Scale(double least, double most, bool may_be_logarithmic) : low(least), high(most) {
        logarithmic = may_be_logarithmic && low > 0 && high / low > 20;
        if (!(high > low)) high = low + (low == 0 ? 1 : std::abs(low) / 10);
    }
    int cell(double value, int cells) const {
        const double part = logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
        return std::clamp(static_cast<int>(std::lround(part * (cells - 1))), 0, cells - 1);
    }
    double value(int cell, int cells) const {
        const double part = static_cast<double>(cell) / (cells - 1);
        return logarithmic ? low * std::pow(high / low, part) : low + part * (high - low);
    }
};

/// Rows of cells, the lowest first, with axes around them.
std::string framed(std::vector<std::string> rows, int width, const Scale& across, const Scale& up,
                   const std::string& x_name, const std::string& y_name) {
    std::string text = "  " + y_name + "\n";
    const auto height = static_cast<int>(rows.size());
    for (int row = height - 1; row >= 0; --row) {
        const bool marked = row % 4 == 0;
        text += marked ? fmt::format("{:>10.3g} ┤", up.value(row, height)) : std::string("           │");
        std::string& cells = rows[static_cast<std::size_t>(row)];
        cells.erase(cells.find_last_not_of(' ') + 1);
        text += cells + "\n";
    }
    text += "           └";
    for (int column = 0; column < width; ++column) text += "─";
    const std::string low = fmt::format("{:.4g}", across.low), high = fmt::format("{:.4g}", across.high);
    const int space = std::max(2, width - static_cast<int>(low.size() + high.size()));
    return text + fmt::format("\n            {}{:^{}}{}\n", low, x_name, space, high);
}

/// Writes a name into the free cells nearest to its place.
void place_name(const std::string& name, int row, int column, std::vector<std::string>& rows) {
    const auto height = static_cast<int>(rows.size()), width = static_cast<int>(rows[0].size());
    const auto size = static_cast<int>(name.size());
    int least = -1, best_row = row, best_column = std::max(0, std::min(column, width - size));
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c + size <= width; ++c) {
            const int far = 4 * std::abs(r - row) + std::abs(c - column);
            // A space to both sides keeps numbers apart.
            const auto first = static_cast<std::size_t>(std::max(0, c - 1));
            const auto end = static_cast<std::size_t>(std::min(width, c + size + 1));
            const auto used = rows[static_cast<std::size_t>(r)].find_first_not_of(' ', first);
            if (used < end || (least >= 0 && far >= least)) continue;
            least = far;
            best_row = r;
            best_column = c;
        }
    }
    rows[static_cast<std::size_t>(best_row)].replace(static_cast<std::size_t>(best_column), name.size(), name);
}

}  // namespace

std::string draw_points(const std::vector<TextPoint>& points, int width, int height, const std::string& x_name,
                        const std::string& y_name) {
    if (points.empty()) return "";
    const auto [left, right] = std::minmax_element(points.begin(), points.end(),
                                                   [](const TextPoint& a, const TextPoint& b) { return a.x < b.x; });
    const auto [low, high] = std::minmax_element(points.begin(), points.end(),
                                                 [](const TextPoint& a, const TextPoint& b) { return a.y < b.y; });
    const Scale across(left->x, right->x, true), up(low->y, high->y, true);
    std::vector<std::string> rows(static_cast<std::size_t>(height), std::string(static_cast<std::size_t>(width), ' '));
    for (const TextPoint& point : points)
        place_name(point.name, up.cell(point.y, height), across.cell(point.x, width), rows);
    const std::string axis = across.logarithmic ? x_name + " (logarithmic)" : x_name;
    return framed(std::move(rows), width, across, up, axis, y_name);
}

std::string draw_curves(const std::vector<TextCurve>& series, int width, int height, const std::string& x_name,
                        const std::string& y_name) {
    std::vector<double> xs, ys;
    for (const TextCurve& one : series) {
        for (const auto& [x, y] : one.points) {
            xs.push_back(x);
            ys.push_back(y);
        }
    }
    if (xs.empty()) return "";
    const Scale across(*std::min_element(xs.begin(), xs.end()), *std::max_element(xs.begin(), xs.end()), false);
    const Scale up(*std::min_element(ys.begin(), ys.end()), *std::max_element(ys.begin(), ys.end()), true);
    std::vector<std::string> rows(static_cast<std::size_t>(height), std::string(static_cast<std::size_t>(width), ' '));
    for (std::size_t s = series.size(); s-- > 0;) {
        for (const auto& [x, y] : series[s].points) {
            const auto row = static_cast<std::size_t>(up.cell(y, height));
            rows[row][static_cast<std::size_t>(across.cell(x, width))] = static_cast<char>('a' + s % 26);
        }
    }
    std::string text = framed(std::move(rows), width, across, up, x_name, y_name);
    if (series.size() < 2) return text;
    for (std::size_t s = 0; s < series.size(); ++s)
        text += fmt::format("            {}  {}\n", static_cast<char>('a' + s % 26), series[s].name);
    return text;
}

std::string draw_log_curve(std::span<const double> x, std::span<const double> values, double mark, int width,
                           int height) {
    if (values.empty()) return "";
    const double first = x.front(), last = x.back();
    const auto column_of = [&](double at) {
        if (last <= first) return 0;
        return static_cast<int>(std::lround(std::log(at / first) / std::log(last / first) * (width - 1)));
    };
    std::vector<double> columns(static_cast<std::size_t>(width)), points(columns.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto column = static_cast<std::size_t>(column_of(x[i]));
        columns[column] += values[i];
        ++points[column];
    }
    for (std::size_t column = 0; column < columns.size(); ++column)
        columns[column] = points[column] > 0 ? columns[column] / points[column] : columns[column - 1];
    std::string text = draw_bars(columns, height, [](double value) { return fmt::format("{:>10.4f} ", value); });
    text += "           └";
    for (int column = 0; column < width; ++column) text += mark > 0 && column == column_of(mark) ? "┴" : "─";
    std::string line = fmt::format("{:<{}}", first, width);
    const std::string end = fmt::format("{} periods", last);
    if (static_cast<int>(end.size()) < width) line.replace(line.size() - end.size(), end.size(), end);
    const std::string nudge = fmt::format("nudged from {}", mark);
    const int at = std::min(mark > 0 ? column_of(mark) : 0, width - static_cast<int>(end.size() + nudge.size()) - 2);
    if (mark > 0 && at > 4) line.replace(static_cast<std::size_t>(at), nudge.size(), nudge);
    return text + "\n            " + line + "\n";
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

#include "sim/reports/mark_texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "sim/formats/utf8.hpp"
#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

constexpr int most_rows = 5;
constexpr double widest = 0.8;  // of the plot
constexpr double gap = 0.02;    // between two texts, of the plot

/// Of the plot's width, which is somewhat less than that of the picture.
double width_of(const std::string& words, const PlotStyle& style) {
    return 1.2 * text_width(words) * style.font_size / style.width;
}

std::string cut(const std::string& text, const PlotStyle& style) {
    std::size_t limit = 120;
    while (limit > 8 && width_of(printable(text, limit), style) > widest) --limit;
    return printable(text, limit);
}

}  // namespace

bool is_within(const PlotMark& mark, const AxisMarks& axis) {
    return mark.x >= axis.low && mark.x <= axis.high;
}

std::vector<MarkText> mark_texts(const Plot& plot, const PlotStyle& style, const AxisMarks& axis) {
    std::vector<PlotMark> marks = plot.marks;
    std::erase_if(marks, [&](const PlotMark& mark) { return !is_within(mark, axis); });
    std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    std::vector<MarkText> texts;
    std::vector<double> ends;  // of the last text in each row
    int left_out = 0;
    for (const PlotMark& mark : marks) {
        MarkText text{mark.x, cut(mark.text, style), MarkText::Side::center, 0};
        const double at = plot.x.logarithmic ? std::log(mark.x / axis.low) / std::log(axis.high / axis.low)
                                             : (mark.x - axis.low) / (axis.high - axis.low);
        const double width = width_of(text.words, style);
        double begin = at - width / 2;
        if (begin + width > 1) {
            text.side = MarkText::Side::right;
            begin = at - width;
        } else if (begin < 0) {
            text.side = MarkText::Side::left;
            begin = at;
        }
        const auto row = std::find_if(ends.begin(), ends.end(), [&](double end) { return begin >= end; });
        if (row == ends.end() && std::ssize(ends) == most_rows) {
            ++left_out;
            continue;
        }
        text.row = static_cast<int>(row - ends.begin());
        if (row == ends.end()) ends.push_back(0);
        ends[static_cast<std::size_t>(text.row)] = begin + width + gap;
        texts.push_back(std::move(text));
    }
    if (left_out > 0)
        texts.push_back({axis.high, fmt::format("and {} more", left_out), MarkText::Side::right, most_rows});
    return texts;
}

int rows_of(const std::vector<MarkText>& texts) {
    int rows = 0;
    for (const MarkText& text : texts) rows = std::max(rows, text.row + 1);
    return rows;
}

}  // namespace settle

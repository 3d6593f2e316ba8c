#include "sim/reports/heat_map_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/measures/number_text.hpp"
#include "sim/reports/gnuplot_text.hpp"
#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

using Colour = std::array<double, 3>;

/// From pale to dark, so that it is read in print too.
constexpr Colour colours[] = {{242, 246, 251}, {107, 165, 210}, {8, 48, 107}};

// In multiples of the font's size: between map, bar, numbers and label.
constexpr double name_gap = 0.6, row_height = 1.3;  // of names
constexpr double least_left = 6, left_of_names = 4;
constexpr double bar_gap = 0.8, bar_width = 0.9, number_gap = 1.1, label_width = 2;

Colour colour_at(double part) {
    const double at = std::clamp(part, 0.0, 1.0) * (std::size(colours) - 1);
    const auto low = std::min<std::size_t>(static_cast<std::size_t>(at), std::size(colours) - 2);
    Colour colour{};
    for (std::size_t i = 0; i < 3; ++i) {
        colour[i] = std::lerp(colours[low][i], colours[low + 1][i], at - static_cast<double>(low));
    }
    return colour;
}

/// Relative luminance as WCAG has it.
double luminance(const Colour& colour) {
    static constexpr double weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const double v = colour[i] / 255;
        sum += weights[i] * (v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

AxisMarks bar_marks(const HeatMap& map) {
    AxisDemand demand;
    for (const auto& value : map.values) {
        if (!value) continue;
        if (!demand.data) demand.data = {*value, *value};
        demand.data = {std::min(demand.data->first, *value), std::max(demand.data->second, *value)};
    }
    demand.logarithmic = map.logarithmic;
    return axis_marks(demand);
}

std::string cell_text(double value) {
    std::string text = number_text(value, 3);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

/// The numbers, black or white, as large as the narrowest cell allows.
std::string cell_texts(const HeatMap& map, const PlotStyle& style, const AxisMarks& bar, double cell_width,
                       double cell_height) {
    double widest = 1;
    for (const auto& value : map.values) widest = std::max(widest, value ? text_width(cell_text(*value)) : 0);
    const double size = std::min({0.85 * style.font_size, 0.9 * cell_width / widest, 0.7 * cell_height});
    std::string text;
    for (std::size_t i = 0; i < map.values.size(); ++i) {
        const auto& value = map.values[i];
        const std::size_t column = i % map.columns.size(), row = i / map.columns.size();
        if (!value) {
            text += fmt::format("set label '–' at first {}, first {} center\n", column, row);
            continue;
        }
        const double part = map.logarithmic ? std::log(*value / bar.low) / std::log(bar.high / bar.low)
                                            : (*value - bar.low) / (bar.high - bar.low);
        // Where black and white stand out alike: sqrt(1.05 * 0.05) - 0.05.
        const char* ink = luminance(colour_at(part)) > 0.179 ? "#000001" : "#ffffff";
        text += fmt::format("set label {} at first {}, first {} center front tc rgb '{}' font ',{:.3g}'\n",
                            gnuplot_text(cell_text(*value)), column, row, ink, size);
    }
    return text;
}

/// Whether any of every so many names runs into the next of them.
bool touch(const MapNames& names, std::size_t every, double cell, bool level) {
    for (std::size_t i = every; i < names.size(); i += every) {
        const double both = text_width(names[i - every].first) + text_width(names[i].first);
        if ((level ? both / 2 + name_gap : row_height) > static_cast<double>(every) * cell) return true;
    }
    return false;
}

}  // namespace

double room_for_colours(const HeatMap& map) {
    double widest = 0;
    for (const auto& [label, value] : bar_marks(map).labelled) widest = std::max(widest, text_width(label));
    return bar_gap + bar_width + number_gap + widest + label_width;
}

MapArea map_area(const Plot& plot, const PlotStyle& style, double height, double bottom, double right) {
    double widest = 0;
    for (const std::string& name : plot.map->rows) widest = std::max(widest, text_width(name));
    const double em = style.font_size, left = std::max(least_left, widest + left_of_names);
    return {std::max(style.width - right - left * em, em), height - bottom - em};
}

bool stand_upright(const HeatMap& map, const MapNames& names, double cell) {
    if (names.size() < 2) return false;
    const bool few = map.numbered && cell >= row_height;
    return touch(names, few ? 1 : names.size() - 1, cell, true);
}

void thin_names(MapNames& names, double cell, bool level) {
    std::size_t every = 1;
    while (every < names.size() && touch(names, every, cell, level)) ++every;
    // Two of them, where only the first and the last are far enough apart.
    if (every >= names.size()) every = std::max<std::size_t>(names.size() - 1, 1);
    MapNames thinned;
    for (std::size_t i = 0; i < names.size(); i += every) thinned.push_back(std::move(names[i]));
    names = std::move(thinned);
}

std::string heat_map_commands(const Plot& plot, const PlotStyle& style, double height, double bottom, double right) {
    const HeatMap& map = *plot.map;
    const double em = style.font_size, width = style.width;
    const MapArea area = map_area(plot, style, height, bottom, right);
    const double inside = area.height;
    const AxisMarks bar = bar_marks(map);
    std::string text = "set palette defined (";
    for (std::size_t i = 0; i < std::size(colours); ++i) {
        text += fmt::format("{}{} '#{:02x}{:02x}{:02x}'", i == 0 ? "" : ", ", i, static_cast<int>(colours[i][0]),
                            static_cast<int>(colours[i][1]), static_cast<int>(colours[i][2]));
    }
    text += ")\n";
    if (map.logarithmic) text += "set logscale cb\n";
    text += fmt::format("set cbrange [{:.12g}:{:.12g}]\nset cbtics scale 0.5 (", bar.low, bar.high);
    for (std::size_t i = 0; i < bar.labelled.size(); ++i) {
        text += fmt::format("{}{} {:.12g}", i == 0 ? "" : ", ", gnuplot_text(bar.labelled[i].first),
                            bar.labelled[i].second);
    }
    text +=
        fmt::format(")\nset colorbox user origin screen {:.5f}, screen {:.5f} size screen {:.5f}, screen {:.5f}\n",
                    (width - right + bar_gap * em) / width, bottom / height, bar_width * em / width, inside / height);
    const auto lines = wrapped(map.label, inside / em);
    text += fmt::format("set label {} at screen {:.5f}, screen {:.5f} center rotate\n", gnuplot_text(lines.front()),
                        1 - 0.8 * em / width, (bottom + inside / 2) / height);
    if (!map.numbered) return text;
    return text + cell_texts(map, style, bar, area.width / static_cast<double>(map.columns.size()),
                             inside / static_cast<double>(map.rows.size()));
}

std::string heat_map_plot(const Plot& plot) {
    return fmt::format(
        "plot '{}.dat' using 1:2:($1-0.49):($1+0.49):($2-0.48):($2+0.48):3 with boxxyerror fc palette fs solid "
        "noborder "
        "notitle\n",
        plot.name);
}

}  // namespace settle

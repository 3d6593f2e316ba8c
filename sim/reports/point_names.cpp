#include "sim/reports/point_names.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

constexpr double name_height = 1.25 * name_font;
constexpr double mark_radius = 0.22;  ///< of a mark of diameter 1

/// From its middle to its sides.
struct NameBox {
    double x, y, half_width, half_height;

    bool touches(const NameBox& other) const {
        return std::abs(x - other.x) < half_width + other.half_width &&
               std::abs(y - other.y) < half_height + other.half_height;
    }
};

double place_on(double value, const AxisMarks& axis, bool logarithmic, double extent) {
    const double part = logarithmic ? std::log(value / axis.low) / std::log(axis.high / axis.low)
                                    : (value - axis.low) / (axis.high - axis.low);
    return part * extent;
}

double radius_of(const Series& series, std::size_t i) {
    return mark_radius * (series.areas.empty() ? 0.7 : mark_diameter(series.areas[i]));
}

}  // namespace

std::vector<PlacedName> place_names(const Plot& plot, const PlotArea& area) {
    const auto middle = [&](const Series& series, std::size_t i) {
        return std::pair{place_on(series.x[i], area.x, plot.x.logarithmic, area.width),
                         place_on(series.y[i], area.y, plot.y.logarithmic, area.height)};
    };
    std::vector<NameBox> taken;
    for (const Series& series : plot.series) {
        for (std::size_t i = 0; i < series.names.size(); ++i) {
            const auto [x, y] = middle(series, i);
            taken.push_back({x, y, radius_of(series, i), radius_of(series, i)});
        }
    }
    std::vector<PlacedName> placed;
    for (const Series& series : plot.series) {
        for (std::size_t i = 0; i < series.names.size(); ++i) {
            const auto [x, y] = middle(series, i);
            const double half = name_font * text_width(series.names[i]) / 2 + 0.1;
            bool found = false;
            for (const double gap : {0.1, 0.6, 1.2}) {
                const double across = radius_of(series, i) + half + gap,
                             up = radius_of(series, i) + gap + name_height / 2;
                const std::pair<double, double> ways[] = {{across, 0},  {-across, 0},  {0, up},       {0, -up},
                                                          {across, up}, {-across, up}, {across, -up}, {-across, -up}};
                for (const auto& [right, above] : ways) {
                    const NameBox box{x + right, y + above, half, name_height / 2};
                    const bool inside = box.x > half && box.x < area.width - half && box.y > box.half_height &&
                                        box.y < area.height - box.half_height;
                    const bool free = std::none_of(taken.begin(), taken.end(),
                                                   [&](const NameBox& other) { return other.touches(box); });
                    if (found || !inside || !free) continue;
                    found = true;
                    taken.push_back(box);
                    placed.push_back({series.names[i], series.x[i], series.y[i], right, above});
                }
            }
        }
    }
    return placed;
}

}  // namespace settle

#include "sim/reports/interval_dodge.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace settle;

namespace {

Plot bars_at(const std::vector<double>& places, int lines) {
    Plot plot;
    for (int i = 0; i < lines; ++i) {
        Series series;
        series.style = Series::Style::line_points;
        series.error_bars = true;
        series.x = places;
        series.y = series.low = series.high = std::vector<double>(places.size(), 1);
        plot.series.push_back(series);
    }
    return plot;
}

/// The least distance of two bars of different lines, as a fraction of the axis.
double least_distance(const Plot& plot) {
    const AxisMarks axis = marks_of(plot, true);
    const Dodge dodge = dodge_of(plot, axis);
    const bool logarithmic = plot.x.logarithmic;
    const double extent = logarithmic ? std::log(axis.high / axis.low) : axis.high - axis.low;
    double least = 1;
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            for (const double one : plot.series[i].x) {
                for (const double other : plot.series[j].x) {
                    const double from = logarithmic ? std::log(one / other) : one - other;
                    const double moved = dodge.by(static_cast<double>(i)) - dodge.by(static_cast<double>(j));
                    least = std::min(least, std::abs(from + moved) / extent);
                }
            }
        }
    }
    return least;
}

}  // namespace

TEST_CASE("intervals stand apart also where values crowd together on a linear axis") {
    // A plot is some 400 pixels wide, and a bar 1.6 pixels.
    const double bar = 1.6 / 400;
    CHECK(least_distance(bars_at({0, 1e-5, 1e-4, 1e-3, 0.01, 0.1}, 3)) > bar / 2);
    CHECK(least_distance(bars_at({0, 1e-9, 1}, 2)) > bar);
    CHECK(least_distance(bars_at({0, 1e-9, 1}, 5)) > bar);
    CHECK(least_distance(bars_at({0, 0.01, 1}, 3)) > bar / 2);
    CHECK(least_distance(bars_at({0, 0.014, 1}, 3)) > bar / 2);
    CHECK(least_distance(bars_at({0, 0.25, 0.5, 0.75, 1}, 8)) > bar);
    for (const int lines : {2, 3, 4, 6}) {
        CAPTURE(lines);
        CHECK(least_distance(bars_at({0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1}, lines)) > 0.5 / 400);
    }
}

TEST_CASE("steps are as long at crowded values as elsewhere, and the axis has room for them") {
    for (const int lines : {2, 3, 8, 24}) {
        for (const auto& places : {std::vector<double>{0, 1}, {0, 1e-6, 1}, {0, 0.1, 1}, {1, 1 + 1e-6}}) {
            CAPTURE(lines);
            const Plot plot = bars_at(places, lines);
            const AxisMarks axis = marks_of(plot, true);
            const Dodge dodge = dodge_of(plot, axis);
            const double extent = axis.high - axis.low;
            CHECK(dodge.step / extent <= interval_distance(lines) + 1e-12);
            CHECK(dodge.step / extent >= 0.4 * interval_distance(lines));
            CHECK(places.front() + dodge.by(0) >= axis.low);
            CHECK(places.back() + dodge.by(lines - 1) <= axis.high);
        }
    }
}

TEST_CASE("what stands at other places is not moved, unless it seems to be the same place") {
    Plot plot = bars_at({1, 2}, 2);
    plot.series[1].x = {1.4, 1.6};
    CHECK(dodge_of(plot, marks_of(plot, true)).step == 0);
    plot.series[1].x = {1.4, 1.9999};
    CHECK(dodge_of(plot, marks_of(plot, true)).step > 0);
    CHECK(dodge_of(bars_at({1, 2}, 1), AxisMarks{1, 2, {}, {}}).step == 0);
    plot = bars_at({1, 1000}, 2);
    plot.x.logarithmic = true;
    CHECK(least_distance(plot) > 0.006);
}

#include "sim/reports/interval_dodge.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

namespace settle {

namespace {

// Fractions of an axis, of which a bar takes 0.004.
constexpr double most_distance = 0.014, least_distance = 0.006, most_spread = 0.12;
constexpr double part_of_gap = 0.7;         // between two values, for the bars of one
constexpr double names_apart = 0.6;         // of the distance of two names
constexpr std::size_t most_compared = 200;  // values; more cannot be told apart
constexpr int steps_tried = 200;

/// Where a series has a bar.
using DrawnInterval = std::pair<double, const Series*>;

/// The places of bars along an axis of numbers, as fractions of it, rising.
std::vector<DrawnInterval> places_on(const Plot& plot, const AxisMarks& axis) {
    const bool logarithmic = plot.x.logarithmic;
    const double extent = logarithmic ? std::log(axis.high / axis.low) : axis.high - axis.low;
    std::vector<DrawnInterval> places;
    for (const Series* series : drawn_series(plot)) {
        if (!series->error_bars) continue;
        for (const double x : series->x) {
            places.emplace_back((logarithmic ? std::log(x / axis.low) : x - axis.low) / extent, series);
        }
    }
    std::sort(places.begin(), places.end());
    return places;
}

/// Whether bars of two series lie on each other, or so near that they seem to.
bool coincide(const std::vector<DrawnInterval>& places) {
    for (std::size_t i = 1; i < places.size(); ++i) {
        const auto& [before, one] = places[i - 1];
        const auto& [at, other] = places[i];
        if (one != other && at - before < least_distance / 2) return true;
    }
    return false;
}

/// The least distance of bars of two series at different values.
double clearance(const std::vector<double>& values, double step, double count) {
    double least = step;
    for (std::size_t i = 0; i < values.size(); ++i) {
        for (std::size_t j = i + 1; j < values.size() && values[j] - values[i] < count * step; ++j) {
            const double apart = values[j] - values[i];
            const double nearest = std::clamp(std::round(apart / step), 1.0, count - 1);
            least = std::min(least, std::abs(apart - nearest * step));
        }
    }
    return least;
}

/// For values that crowd together: of the steps that can be seen the one that keeps all bars furthest apart.
double step_in_a_crowd(const std::vector<double>& values, double count) {
    const double most = interval_distance(count), least = std::min(least_distance, most / 2);
    double best = most, best_clearance = -1;
    if (values.size() > most_compared) return best;
    for (int i = 0; i <= steps_tried; ++i) {
        const double step = std::lerp(most, least, static_cast<double>(i) / steps_tried);
        const double apart = std::min(clearance(values, step, count), least / 2);
        if (apart <= best_clearance + 1e-9) continue;
        best = step;
        best_clearance = apart;
    }
    return best;
}

/// As a fraction of the axis.
double step_of(const std::vector<DrawnInterval>& places, double count) {
    std::vector<double> values;
    for (const auto& [at, series] : places) values.push_back(at);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    double gap = 1;
    for (std::size_t i = 1; i < values.size(); ++i) gap = std::min(gap, values[i] - values[i - 1]);
    const double within = part_of_gap * gap / count;
    const double even = part_of_gap * 0.8 / static_cast<double>(values.size()) / count;
    if (within >= std::min(least_distance, even)) return std::min(interval_distance(count), within);
    return step_in_a_crowd(values, count);
}

/// Whether two series have a bar at the same name.
bool share_a_name(const Plot& plot) {
    std::set<double> places;
    for (const Series* series : drawn_series(plot)) {
        for (const double y : series->y) {
            if (series->error_bars && !places.insert(y).second) return true;
        }
    }
    return false;
}

}  // namespace

double interval_distance(double series) {
    return std::min(most_distance, most_spread / std::max(series, 1.0));
}

Dodge dodge_of(const Plot& plot, const AxisMarks& axis) {
    Dodge dodge;
    bool sideways = false;
    for (const Series* series : drawn_series(plot)) {
        if (!series->error_bars) continue;
        sideways = series->sideways;
        ++dodge.count;
    }
    if (dodge.count < 2) return dodge;
    if (sideways) {
        dodge.step = share_a_name(plot) ? names_apart / dodge.count : 0;
        return dodge;
    }
    const std::vector<DrawnInterval> places = places_on(plot, axis);
    if (!coincide(places)) return dodge;
    const double extent = plot.x.logarithmic ? std::log(axis.high / axis.low) : axis.high - axis.low;
    dodge.step = step_of(places, dodge.count) * extent;
    return dodge;
}

}  // namespace settle

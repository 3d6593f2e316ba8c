#include "sim/reports/axis_marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/measures/number_text.hpp"
#include "sim/reports/text_size.hpp"

namespace settle {

namespace {

constexpr double tiny = 1e-9;          // of a step: rounding
constexpr double marks_wanted = 5;     // on a linear axis
constexpr double least_extent = 1e-7;  // of a value: what is closer together is one value

/// How the numbers of one axis are written: divided by a scale that a letter or a power of ten stands for.
struct NumberForm {
    double scale = 1;
    int decimals = 0;
    std::string ending;
};

NumberForm form_of(double largest, double step) {
    NumberForm form;
    if (largest >= 1e15 || largest < 1e-3) {
        const int exponent = static_cast<int>(std::floor(std::log10(largest) + tiny));
        form.scale = std::pow(10, exponent);
        form.ending = "·10" + superscript(exponent);
    } else if (largest >= 1e4) {
        const int power = static_cast<int>(std::floor(std::log10(largest) / 3 + tiny));
        form.scale = std::pow(1000, power);
        form.ending = std::string(1, " kMGT"[power]);
    }
    form.decimals = static_cast<int>(std::clamp(std::ceil(-std::log10(step / form.scale) - tiny), 0.0, 12.0));
    return form;
}

std::string written(double value, const NumberForm& form) {
    if (value == 0) return "0";
    return fmt::format("{:.{}f}{}", value / form.scale, form.decimals, form.ending);
}

/// Multiples of a step from low to high.
std::vector<double> multiples(double low, double high, double step) {
    std::vector<double> values;
    const double first = std::ceil(low / step - tiny), last = std::floor(high / step + tiny);
    for (double k = first; k <= last; ++k) values.push_back(k == 0 ? 0 : k * step);
    return values;
}

double next_smaller(double step) {
    return round_to_decade(step * (1 - 1e-6), false);
}

/// Together with the room between two of them.
double width_of(const std::vector<std::pair<std::string, double>>& labelled) {
    double width = 0;
    for (const auto& [label, value] : labelled) width += text_width(label) + 0.8;
    return width;
}

void label_linear(AxisMarks& marks, double step, double most_width) {
    const double largest = std::max(std::abs(marks.low), std::abs(marks.high));
    for (int attempt = 0; attempt < 8; ++attempt, step = round_to_decade(step * (1 + 1e-6), true)) {
        std::vector<std::pair<std::string, double>> labelled;
        const NumberForm form = form_of(largest, step);
        for (const double value : multiples(marks.low, marks.high, step)) {
            labelled.emplace_back(written(value, form), value);
        }
        if (!marks.labelled.empty() && labelled.size() < 2) return;
        marks.labelled = std::move(labelled);
        if (width_of(marks.labelled) <= most_width) return;
    }
}

/// A range that is none gets one around it.
void widen(double& low, double& high, const AxisDemand& demand) {
    if (high - low > least_extent * std::max(std::abs(low), std::abs(high))) return;
    const double half = demand.whole ? 1 : low == 0 ? 1 : 0.1 * std::abs(low);
    if (!demand.low) low -= half;
    if (!demand.high || demand.low) high = std::max(high, low) + half;
}

AxisMarks linear_marks(const AxisDemand& demand) {
    const auto data = demand.data.value_or(std::pair(demand.low.value_or(0), demand.high.value_or(1)));
    double low = demand.low.value_or(data.first), high = demand.high.value_or(data.second);
    widen(low, high, demand);
    const double room = demand.snug ? demand.room * (high - low) : 0;
    if (!demand.low) low -= room;
    if (!demand.high) high += room;
    double step = round_to_decade((high - low) / (marks_wanted + 1), true);
    if (demand.whole) step = std::max(1.0, step);
    if (demand.whole && high - low < 1) high = low + 1;
    if (!demand.snug) {
        if (!demand.low) low = std::floor(low / step + tiny) * step;
        if (!demand.high) high = std::ceil(high / step - tiny) * step;
    }
    while (multiples(low, high, step).size() < 2 && !(demand.whole && step <= 1)) step = next_smaller(step);
    AxisMarks marks{low, high, {}, {}};
    label_linear(marks, step, demand.most_width);
    return marks;
}

/// A value of a logarithmic axis.
std::string decade_text(double value) {
    const double exponent = std::round(std::log10(value));
    if (value < 1e-3 * (1 - tiny) || value >= 1e15) {
        const int floor = static_cast<int>(std::floor(std::log10(value) + tiny));
        const double mantissa = value / std::pow(10, floor);
        if (std::abs(value / std::pow(10, exponent) - 1) < 1e-6) return "10" + superscript(static_cast<int>(exponent));
        return fmt::format("{:.4g}·10{}", mantissa, superscript(floor));
    }
    std::string text = number_text(value);
    text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    return text;
}

/// `factors` times every power of ten within the range.
std::vector<double> in_decades(double low, double high, const std::vector<double>& factors) {
    std::vector<double> values;
    const int first = static_cast<int>(std::floor(std::log10(low) - tiny));
    const int last = static_cast<int>(std::ceil(std::log10(high) + tiny));
    for (int decade = first; decade <= last; ++decade) {
        for (const double factor : factors) {
            const double value = factor * std::pow(10, decade);
            if (value >= low * (1 - tiny) && value <= high * (1 + tiny)) values.push_back(value);
        }
    }
    return values;
}

/// Decades; in less than two of them 1, 2, 5 or 1 to 9 in each; fewer than two where the range has less still.
std::vector<double> labelled_in(double low, double high) {
    static const std::vector<double> choices[] = {{1}, {1, 2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
    std::vector<double> values;
    for (const auto& factors : choices) {
        values = in_decades(low, high, factors);
        if (values.size() >= 2) break;
    }
    return values;
}

AxisMarks logarithmic_marks(const AxisDemand& demand) {
    const auto data = demand.data.value_or(std::pair(0.1, 1.0));
    double low = demand.low.value_or(data.first), high = demand.high.value_or(data.second);
    if (high <= low * (1 + least_extent)) low /= 2, high *= 2;
    if (demand.snug) {
        const double room = std::pow(high / low, demand.room);
        if (!demand.low) low /= room;
        if (!demand.high) high *= room;
    } else {
        if (!demand.low) low = round_to_decade(low, false);
        if (!demand.high) high = round_to_decade(high, true);
    }
    AxisMarks marks{low, high, {}, {}};
    const std::vector<double> values = labelled_in(low, high);
    if (values.size() < 2) {
        // So short that it looks linear, and its numbers are those of a linear axis.
        double step = round_to_decade((high - low) / 3, true);
        while (multiples(low, high, step).size() < 2) step = next_smaller(step);
        label_linear(marks, step, demand.most_width);
        return marks;
    }
    for (std::size_t every = 1; every < 64; ++every) {
        std::vector<std::pair<std::string, double>> labelled;
        for (std::size_t i = 0; i < values.size(); i += every) labelled.emplace_back(decade_text(values[i]), values[i]);
        if (!marks.labelled.empty() && labelled.size() < 2) break;
        marks.labelled = std::move(labelled);
        if (marks.labelled.size() <= 7 && width_of(marks.labelled) <= demand.most_width) break;
    }
    if (std::log10(high / low) <= 6) {
        marks.small = in_decades(low, high, {2, 3, 4, 5, 6, 7, 8, 9});
    } else {
        marks.small = in_decades(low, high, {1});
    }
    return marks;
}

}  // namespace

double round_to_decade(double value, bool up) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    double best = up ? 10 * decade : decade;
    for (const double step : {1.0, 2.0, 5.0}) {
        const double candidate = step * decade;
        if (up && candidate >= value * (1 - 1e-9)) best = std::min(best, candidate);
        if (!up && candidate <= value * (1 + 1e-9)) best = std::max(best, candidate);
    }
    return best;
}

AxisMarks axis_marks(const AxisDemand& demand) {
    return demand.logarithmic ? logarithmic_marks(demand) : linear_marks(demand);
}

}  // namespace settle

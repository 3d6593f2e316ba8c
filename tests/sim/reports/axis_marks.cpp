#include "sim/reports/axis_marks.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>

using namespace settle;

namespace {

std::string labels_of(const AxisDemand& demand) {
    std::string text;
    for (const auto& [label, value] : axis_marks(demand).labelled) text += (text.empty() ? "" : " ") + label;
    return text;
}

AxisDemand demand_of(double low, double high, bool logarithmic) {
    AxisDemand demand;
    demand.data = {low, high};
    demand.logarithmic = logarithmic;
    return demand;
}

}  // namespace

TEST_CASE("every axis has at least two labels that differ, inside its ends, whatever the data") {
    for (const bool logarithmic : {false, true}) {
        for (const bool snug : {false, true}) {
            for (double low = 1e-9; low < 1e13; low *= 3.7) {
                for (const double factor : {1.0, 1 + 1e-12, 1 + 1e-5, 1.001, 1.03, 1.5, 2.3, 9.9, 11.0, 1e4, 1e11}) {
                    AxisDemand demand = demand_of(low, low * factor, logarithmic);
                    demand.snug = snug;
                    CAPTURE(logarithmic);
                    CAPTURE(snug);
                    CAPTURE(low);
                    CAPTURE(factor);
                    const AxisMarks marks = axis_marks(demand);
                    std::set<std::string> labels;
                    for (const auto& [label, value] : marks.labelled) {
                        labels.insert(label);
                        CHECK(value >= marks.low - 1e-9 * (marks.high - marks.low));
                        CHECK(value <= marks.high + 1e-9 * (marks.high - marks.low));
                        CHECK(label.find("e+") == std::string::npos);
                        CHECK(label.find("e-") == std::string::npos);
                    }
                    CHECK(labels.size() >= 2);
                    CHECK(labels.size() == marks.labelled.size());
                    CHECK(labels.size() <= 16);
                    CHECK(marks.low <= low * (1 + 1e-9));  // rounding
                    CHECK(marks.high >= low * factor * (1 - 1e-9));
                }
            }
        }
    }
}

TEST_CASE("an axis of zeros, of negative values, of nothing") {
    CHECK(labels_of(demand_of(0, 0, false)) == "-1.0 -0.5 0 0.5 1.0");
    CHECK(labels_of(demand_of(-8, -6, false)) == "-8.0 -7.5 -7.0 -6.5 -6.0");
    CHECK(axis_marks({}).labelled.size() >= 2);
    AxisDemand from_zero = demand_of(0, 0, false);
    from_zero.low = 0;
    CHECK(labels_of(from_zero) == "0 0.2 0.4 0.6 0.8 1.0");
}

TEST_CASE("whole numbers alone, of one epoch and of many") {
    AxisDemand epochs = demand_of(1, 1, false);
    epochs.whole = epochs.snug = true;
    CHECK(labels_of(epochs) == "0 1 2");
    epochs.data = {1, 2};
    CHECK(labels_of(epochs) == "1 2");
    epochs.data = {1, 500};
    CHECK(labels_of(epochs) == "100 200 300 400 500");
}

TEST_CASE("logarithmic axes end at 1, 2 or 5 times a power of ten and are labelled where decades are") {
    const AxisMarks marks = axis_marks(demand_of(0.0021, 0.3, true));
    CHECK(marks.low == doctest::Approx(0.002));
    CHECK(marks.high == doctest::Approx(0.5));
    CHECK(labels_of(demand_of(0.0021, 0.3, true)) == "0.01 0.1");
    CHECK(labels_of(demand_of(0.03, 0.3, true)) == "0.02 0.05 0.1 0.2 0.5");
    CHECK(labels_of(demand_of(0.6, 0.9, true)) == "0.5 1");
    CHECK(labels_of(demand_of(2.1e5, 3e7, true)) == "1M 10M");
    CHECK(labels_of(demand_of(1e-6, 1e-3, true)) == "10⁻⁶ 10⁻⁵ 10⁻⁴ 0.001");
}

TEST_CASE("large numbers have prefixes, small ones powers of ten") {
    CHECK(labels_of(demand_of(0, 4.68e7, false)) == "0 10M 20M 30M 40M 50M");
    CHECK(labels_of(demand_of(0, 12000, false)) == "0 2k 4k 6k 8k 10k 12k");
    CHECK(labels_of(demand_of(0, 4e-6, false)) == "0 1·10⁻⁶ 2·10⁻⁶ 3·10⁻⁶ 4·10⁻⁶");
}

TEST_CASE("labels leave out some of their own where there is no room") {
    AxisDemand demand = demand_of(0, 1e6, false);
    const std::size_t all = axis_marks(demand).labelled.size();
    demand.most_width = 7;
    const std::size_t few = axis_marks(demand).labelled.size();
    CHECK(few < all);
    CHECK(few >= 2);
}

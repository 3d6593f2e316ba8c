// Where an axis begins and ends, and the numbers along it: at least two of them have a label, whatever the data.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace settle {

struct AxisMarks {
    double low = 0, high = 1;
    std::vector<std::pair<std::string, double>> labelled;  ///< rising
    std::vector<double> small;                             ///< between them, without labels
};

/// What is asked of an axis.
struct AxisDemand {
    std::optional<std::pair<double, double>> data;  ///< lowest and highest value; absent: none
    std::optional<double> low, high;                ///< ends that are given, whatever the data
    bool logarithmic = false;                       ///< data and given ends are positive
    bool whole = false;                             ///< only whole numbers have marks
    bool snug = false;        ///< ends with the data, not with a mark (time, which begins where it begins)
    double room = 0;          ///< of a snug axis: the fraction of its extent that is left free on either side
    double most_width = 1e9;  ///< of all labels together, in multiples of the font's size
};

AxisMarks axis_marks(const AxisDemand& demand);

/// The nearest of 1, 2, 5, 10, 20 … below (or above) a positive value.
double round_to_decade(double value, bool up);

}  // namespace settle

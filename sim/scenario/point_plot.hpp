// Plots of a sweep's points: one metric against another, as sweep.plot asks for them.
#pragma once

#include <string>
#include <vector>

namespace settle {

struct PointPlot {
    std::string x, y;                 ///< metrics
    std::string size;                 ///< the metric that marks are as large as; empty: all are equal
    std::vector<std::string> within;  ///< axes: only points that have the same values of these compete

    bool operator==(const PointPlot&) const = default;

    /// Its metrics, x first.
    std::vector<std::string> metrics() const {
        std::vector<std::string> names = {x, y};
        if (!size.empty()) names.push_back(size);
        return names;
    }
};

}  // namespace settle

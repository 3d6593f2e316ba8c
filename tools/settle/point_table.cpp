#include "tools/settle/point_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/measures/number_text.hpp"
#include "sim/measures/pareto.hpp"
#include "tools/settle/picture.hpp"
#include "tools/settle/text_table.hpp"

namespace settle {

namespace {

constexpr int plot_width = 64, plot_height = 17;

std::string mean_text(const PointEstimate& found) {
    if (!found.estimate) return found.absence.empty() ? "-" : found.absence;
    const std::string mean = short_number(found.estimate->mean);
    const auto& interval = found.estimate->interval;
    return interval ? fmt::format("{} ± {:.2g}", mean, (interval->second - interval->first) / 2) : mean;
}

/// The values of a point on some axes.
std::string labels_on(const Sweep& sweep, std::size_t point, const std::vector<std::string>& axes) {
    std::string labels;
    for (std::size_t axis = 0; axis < sweep.axes.size(); ++axis) {
        if (std::find(axes.begin(), axes.end(), sweep.axes[axis].name) == axes.end()) continue;
        labels += sweep.points[point].choices[axis].label + '\n';
    }
    return labels;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

std::string plot_text(const Sweep& sweep, const SweepRuns& runs, const PointPlot& plot, Estimator& estimator) {
    std::vector<Contender> contenders;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        Contender& one = contenders.emplace_back(Contender{labels_on(sweep, point, plot.within), {}});
        for (const std::string& metric : plot.metrics()) {
            const auto found = estimate_of(runs[point], metric, estimator);
            one.values.push_back(found.estimate ? std::optional<double>(found.estimate->mean) : std::nullopt);
        }
    }
    const std::vector<bool> front = pareto_front(contenders);
    std::vector<TextPoint> points;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const auto &x = contenders[point].values[0], &y = contenders[point].values[1];
        if (x && y) points.push_back({fmt::format("{}{}", point, front[point] ? "*" : ""), *x, *y});
    }
    if (points.empty()) return "";
    const std::string among = plot.within.empty() ? "" : " of the same " + listed(plot.within);
    return fmt::format("\n{}  *: no other point{} is as good in {}\n",
                       draw_points(points, plot_width, plot_height, plot.x, plot.y), among, listed(plot.metrics()));
}

}  // namespace

std::string metrics_of_points(const Sweep& sweep, const SweepRuns& runs, const std::vector<std::string>& metrics,
                              bool numbered, Estimator& estimator) {
    std::vector<std::vector<std::string>> rows = {{"point", "runs"}};
    rows[0].insert(rows[0].end(), metrics.begin(), metrics.end());
    for (std::size_t point = 0; point < runs.size(); ++point) {
        const std::string label = shown_point(short_names(sweep.axes), sweep.points[point].choices);
        auto& row = rows.emplace_back(std::vector<std::string>{label});
        row.push_back(fmt::format("{}", std::count_if(runs[point].begin(), runs[point].end(),
                                                      [](const auto& run) { return run && run->failure.empty(); })));
        for (const std::string& metric : metrics) row.push_back(mean_text(estimate_of(runs[point], metric, estimator)));
    }
    for (std::size_t row = 0; numbered && row < rows.size(); ++row)
        rows[row][0].insert(0, row == 0 ? "    " : fmt::format("{:<4}", row - 1));
    return text_table(rows) + "means ± half of the 95 % interval (Student)\n";
}

std::string point_plots(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    std::string text;
    for (const PointPlot& plot : sweep.base.sweep.plot) text += plot_text(sweep, runs, plot, estimator);
    return text;
}

}  // namespace settle

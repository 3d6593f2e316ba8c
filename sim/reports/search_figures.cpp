#include <fmt/format.h>

#include <algorithm>

#include "sim/reports/figures.hpp"
#include "sim/reports/metric_axis.hpp"

namespace settle {

namespace {

/// Objectives that span more than a factor of ten are seen on a logarithmic axis.
bool wants_logarithm(const std::string& metric, const std::vector<double>& values) {
    if (!may_be_logarithmic(metric)) return false;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return low != values.end() && *low > 0 && *high > 10 * *low;
}

}  // namespace

std::vector<Plot> search_figures(const TriedSearch& search) {
    std::vector<Plot> figures;
    std::vector<double> objectives;
    for (const Trial& trial : search.trials) {
        if (trial.objective) objectives.push_back(metric_on_axis(search.objective, *trial.objective));
    }
    if (objectives.empty()) return figures;
    const std::string label = metric_axis_label(search.objective);
    const bool logarithmic = wants_logarithm(search.objective, objectives);
    Plot history{"objective", "Objective by trial", "", {"trial", false, {}, {}, true}, {label, logarithmic, {}, {}}};
    Series each{"each trial", {}, {}, {}, {}, Series::Style::points, 0};
    Series best{"best so far", {}, {}, {}, {}, Series::Style::steps, 1};
    for (const Trial& trial : search.trials) {
        if (!trial.objective) continue;
        const double value = metric_on_axis(search.objective, *trial.objective);
        each.x.push_back(static_cast<double>(trial.index));
        each.y.push_back(value);
        best.x.push_back(static_cast<double>(trial.index));
        best.y.push_back(best.y.empty() ? value : std::min(best.y.back(), value));
    }
    history.series = {std::move(each), std::move(best)};
    history.caption = "What every trial has come to, and the lowest value up to it.";
    figures.push_back(std::move(history));

    const Trial& winner = search.trials[search.ranking().front()];
    for (std::size_t key = 0; key < search.keys.size(); ++key) {
        Plot scatter{fmt::format("objective-by-key-{}", key + 1),
                     search.objective + " against " + search.keys[key],
                     "",
                     {key_axis_label(search.keys[key]), false, {}, {}},
                     {label, logarithmic, {}, {}}};
        Series trials{"trials", {}, {}, {}, {}, Series::Style::points, 0};
        for (const Trial& trial : search.trials) {
            if (!trial.objective || !trial.numbers[key]) continue;
            trials.x.push_back(*trial.numbers[key]);
            trials.y.push_back(metric_on_axis(search.objective, *trial.objective));
        }
        if (trials.x.empty()) continue;
        scatter.series = {std::move(trials)};
        if (winner.numbers[key]) {
            Series star{"best",
                        {*winner.numbers[key]},
                        {metric_on_axis(search.objective, *winner.objective)},
                        {},
                        {},
                        Series::Style::points,
                        1};
            scatter.series.push_back(std::move(star));
        }
        scatter.caption = fmt::format("Every trial by its value of {}; the best one is marked.", search.keys[key]);
        figures.push_back(std::move(scatter));
    }
    return figures;
}

}  // namespace settle

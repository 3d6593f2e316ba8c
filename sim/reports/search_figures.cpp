#include <fmt/format.h>

#include <algorithm>

#include "sim/reports/figures.hpp"

namespace settle {

namespace {

/// Objectives that span more than a factor of ten are seen on a logarithmic axis.
bool wants_logarithm(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return low != values.end() && *low > 0 && *high > 10 * *low;
}

}  // namespace

std::vector<Plot> search_figures(const TriedSearch& search) {
    std::vector<Plot> figures;
    std::vector<double> objectives;
    for (const Trial& trial : search.trials) {
        if (trial.objective) objectives.push_back(*trial.objective);
    }
    if (objectives.empty()) return figures;
    const bool logarithmic = wants_logarithm(objectives);
    Plot history{
        "objective", "Objective by trial", "", {"trial", false, {}, {}, true}, {search.objective, logarithmic, {}, {}}};
    Series each{"each trial", {}, {}, {}, {}, Series::Style::points, 0};
    Series best{"best so far", {}, {}, {}, {}, Series::Style::steps, 1};
    for (const Trial& trial : search.trials) {
        if (!trial.objective) continue;
        each.x.push_back(static_cast<double>(trial.index));
        each.y.push_back(*trial.objective);
        best.x.push_back(static_cast<double>(trial.index));
        best.y.push_back(best.y.empty() ? *trial.objective : std::min(best.y.back(), *trial.objective));
    }
    history.series = {std::move(each), std::move(best)};
    history.caption = "What every trial has come to, and the lowest value up to it.";
    figures.push_back(std::move(history));

    const Trial& winner = search.trials[search.ranking().front()];
    for (std::size_t key = 0; key < search.keys.size(); ++key) {
        Plot scatter{fmt::format("objective-by-key-{}", key + 1),
                     search.objective + " against " + search.keys[key],
                     "",
                     {search.keys[key], false, {}, {}},
                     {search.objective, logarithmic, {}, {}}};
        Series trials{"trials", {}, {}, {}, {}, Series::Style::points, 0};
        for (const Trial& trial : search.trials) {
            if (!trial.objective || !trial.numbers[key]) continue;
            trials.x.push_back(*trial.numbers[key]);
            trials.y.push_back(*trial.objective);
        }
        if (trials.x.empty()) continue;
        scatter.series = {std::move(trials)};
        if (winner.numbers[key]) {
            Series star{"best", {*winner.numbers[key]}, {*winner.objective}, {}, {}, Series::Style::points, 1};
            scatter.series.push_back(std::move(star));
        }
        scatter.caption = fmt::format("Every trial by its value of {}; the best one is marked.", search.keys[key]);
        figures.push_back(std::move(scatter));
    }
    return figures;
}

}  // namespace settle

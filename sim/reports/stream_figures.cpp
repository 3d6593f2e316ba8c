#include "sim/reports/figures.hpp"

namespace settle {

namespace {

/// A field of the samples against the time since the change, a series for every run that has it; `factor` for per cent.
std::vector<Series> since_change(const std::vector<const RunFiles*>& runs, const std::string& field, double factor,
                                 bool positive) {
    std::vector<Series> all;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        Series series;
        series.colour = static_cast<int>(r);
        if (runs.size() > 1) series.label = runs[r]->label;
        for (const Record& sample : runs[r]->samples) {
            const auto period = sample.number("period"), value = sample.number(field);
            if (!period || !value) continue;
            if (positive && *value <= 0) {
                ++series.left_out;
                continue;
            }
            series.x.push_back(*period);
            series.y.push_back(factor * *value);
        }
        if (!series.x.empty()) all.push_back(std::move(series));
    }
    return all;
}

}  // namespace

std::vector<Plot> stream_figures(const std::vector<const RunFiles*>& runs) {
    constexpr const char* time_axis = "time since the input changed (periods)";
    std::vector<Plot> figures;
    Plot tracking{"tracking",
                  "Distance to the fixed point of the input",
                  "",
                  {time_axis, true, {}, {}},
                  {"distance, mean |s − s*|", true, {}, {}}};
    tracking.series = since_change(runs, "distance", 1, true);
    add_time_references(tracking);
    tracking.caption =
        "Mean distance of the states from where the continuous network comes to rest for the input that is there, at "
        "the end of every period since it changed. Later periods are those of the changes that last as long.";
    Plot error{"tracking-error", "Wrong answers", "", {time_axis, true, {}, {}}, {"error (%)", false, 0.0, {}}};
    error.series = since_change(runs, "error", 100, false);
    error.caption = "Share of the changes after which the answer is wrong at the end of the period.";
    Plot bits{"tracking-bits",
              "Bits sent",
              "",
              {time_axis, true, {}, {}},
              {"bits of value 1, a neuron and period", false, 0.0, {}}};
    bits.series = since_change(runs, "bits", 1, false);
    bits.caption = "What the neurons above the input send in the period, so long after the change.";
    for (Plot* plot : {&tracking, &error, &bits}) {
        if (!plot->series.empty()) figures.push_back(std::move(*plot));
    }
    return figures;
}

}  // namespace settle

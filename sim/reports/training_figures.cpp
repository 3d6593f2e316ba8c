#include <fmt/format.h>

#include <algorithm>

#include "sim/reports/event_marks.hpp"
#include "sim/reports/figures.hpp"

namespace settle {

namespace {

/// A field of the lines of metrics.jsonl against their epochs; `factor` for per cent.
Series by_epoch(const RunFiles& run, const std::string& field, double factor) {
    Series series;
    series.style = Series::Style::line_points;
    for (const Record& line : run.samples) {
        const auto epoch = line.number("epoch"), value = line.number(field);
        if (!epoch || !value) continue;
        series.x.push_back(*epoch);
        series.y.push_back(factor * *value);
    }
    return series;
}

struct Field {
    const char* name;
    const char* title;
};

/// One run: a line for every field. Several: the fields of a run in its colour, the first one solid.
std::vector<Series> lines_of(const std::vector<const RunFiles*>& runs, const std::vector<Field>& fields,
                             double factor) {
    std::vector<Series> all;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        for (std::size_t f = 0; f < fields.size(); ++f) {
            Series series = by_epoch(*runs[r], fields[f].name, factor);
            if (series.x.empty()) continue;
            series.label = runs.size() == 1 ? fields[f].title : fmt::format("{}: {}", runs[r]->label, fields[f].title);
            series.colour = static_cast<int>(runs.size() == 1 ? f : r);
            // Where colours come again, so that the first line of a run is told from that of another.
            const bool enough = runs.size() <= palette().size();
            if (runs.size() > 1 && (f > 0 || enough)) series.dash = static_cast<int>(1 + f);
            all.push_back(std::move(series));
        }
    }
    return all;
}

/// Events in the presentations whose answers settling.jsonl has: of the test set, where there is one.
std::vector<PlotMark> evaluation_marks(const std::vector<const RunFiles*>& runs) {
    std::vector<PlotMark> marks;
    for (const RunFiles* run : runs) {
        if (!run->scenario) continue;
        const bool tested = run->scenario->data.test != 0;
        add_marks(marks_within({run}, tested ? &Event::in_test : &Event::in_training, run->scenario->phases.free),
                  marks);
    }
    return marks;
}

}  // namespace

std::vector<Plot> training_figures(const std::vector<const RunFiles*>& runs) {
    std::vector<Plot> figures;
    Plot errors{"errors", "Errors", "", {"epoch", false, {}, {}, true}, {"error (%)", false, 0.0, {}}};
    errors.series =
        lines_of(runs, {{"test_error", "test"}, {"train_error", "train"}, {"validation_error", "validation"}}, 100);
    errors.caption =
        "Share of wrong answers after every epoch; training answers come from the epoch's own free phases.";
    Plot settling{
        "settling", "Time to the final answer", "", {"epoch", false, {}, {}, true}, {"periods", false, 0.0, {}}};
    settling.series = lines_of(
        runs, {{"settling_median", "half of all presentations"}, {"settling_p99", "99 of 100 presentations"}}, 1);
    settling.caption = "Periods after which the answer, the argmax of the output layer, does not change any more.";
    for (Plot* plot : {&errors, &settling}) {
        plot->marks = marks_of_training(runs);
        // What happens in the first epoch lies before its end, where the first point is.
        const bool early = std::any_of(plot->marks.begin(), plot->marks.end(), [](const auto& m) { return m.x < 1; });
        if (early) plot->x.low = 0;
        if (!plot->series.empty()) figures.push_back(std::move(*plot));
    }
    Plot curve{"settling-curve",
               "Error if the answer is read early",
               "",
               {"read after period", false, 1.0, {}},
               {"error (%)", false, 0.0, {}}};
    for (std::size_t r = 0; r < runs.size(); ++r) {
        Series series;
        series.colour = static_cast<int>(r);
        if (runs.size() > 1) series.label = runs[r]->label;
        for (const Record& line : runs[r]->settling) {
            const auto period = line.number("period"), error = line.number("error");
            if (!period || !error) continue;
            series.x.push_back(*period);
            series.y.push_back(100 * *error);
        }
        if (!series.x.empty()) curve.series.push_back(std::move(series));
    }
    curve.caption = "Share of wrong answers if the output layer is read after so many periods of the free phase.";
    curve.marks = evaluation_marks(runs);
    if (!curve.series.empty()) figures.push_back(std::move(curve));
    return figures;
}

}  // namespace settle

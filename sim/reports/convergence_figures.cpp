#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "sim/reports/event_marks.hpp"
#include "sim/reports/figures.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

constexpr const char* time_axis = "time t (periods)";
constexpr const char* distance_axis = "distance, mean |s − s*|";

/// One field of the samples against another, without what is absent (or not positive, for logarithmic axes).
Series series_of(const RunFiles& run, const std::string& x, const std::string& y, bool positive) {
    Series series;
    for (const Record& sample : run.samples) {
        const auto a = sample.number(x), b = sample.number(y);
        if (!a || !b) continue;
        if (positive && (*a <= 0 || *b <= 0)) {
            ++series.left_out;
            continue;
        }
        series.x.push_back(*a);
        series.y.push_back(*b);
    }
    return series;
}

/// A series for every run that has the field, in the colour of the run.
std::vector<Series> overlay(const std::vector<const RunFiles*>& runs, const std::string& x, const std::string& y,
                            bool positive = true) {
    std::vector<Series> all;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Series series = series_of(*runs[i], x, y, positive);
        series.colour = static_cast<int>(i);
        if (runs.size() > 1) series.label = runs[i]->label;
        if (!series.x.empty()) all.push_back(std::move(series));
    }
    return all;
}

/// Where the nudge begins: after the last sample of the free phase, once for every length of it.
std::vector<PlotMark> nudges(const std::vector<const RunFiles*>& runs, const std::string& x) {
    std::set<double> ends;
    for (const RunFiles* run : runs) {
        double last = 0;
        bool nudged = false;
        for (const Record& sample : run->samples) {
            if (sample.text("phase") == "nudged") nudged = true;
            if (!nudged) last = sample.number(x).value_or(last);
        }
        if (nudged && last > 0) ends.insert(last);
    }
    std::vector<PlotMark> marks;
    if (ends.size() > 3) return marks;
    for (const double end : ends) marks.push_back({end, "nudge"});
    return marks;
}

std::vector<PlotMark> events_of(const std::vector<const RunFiles*>& runs) {
    return marks_within(runs, &Event::in_training, std::numeric_limits<std::int64_t>::max());
}

/// The field at the last sample before the events, in place of their periods.
std::vector<PlotMark> events_against(const RunFiles& run, const std::string& x) {
    std::vector<PlotMark> marks = events_of({&run});
    for (PlotMark& mark : marks) {
        double at = 0;
        for (const Record& sample : run.samples) {
            if (sample.number("period").value_or(0) <= mark.x) at = sample.number(x).value_or(at);
        }
        mark.x = at;
    }
    return marks;
}

/// The nudge and the events.
std::vector<PlotMark> changes(const std::vector<const RunFiles*>& runs, const std::string& x) {
    std::vector<PlotMark> marks = nudges(runs, x);
    if (x == "period") {
        add_marks(events_of(runs), marks);
    } else if (runs.size() == 1) {
        add_marks(events_against(*runs.front(), x), marks);
    }
    return marks;
}

/// A power law of the time since the beginning says nothing once something has happened: then time is linear.
PlotAxis time_of(const std::vector<const RunFiles*>& runs) {
    const bool eventful = !events_of(runs).empty();
    return {time_axis, !eventful, eventful ? std::optional(0.0) : std::nullopt, {}};
}

/// By more than rounding.
bool effective_differs(const std::vector<const RunFiles*>& runs) {
    for (const RunFiles* run : runs) {
        for (const Record& sample : run->samples) {
            const auto ideal = sample.number("distance"), effective = sample.number("distance_effective");
            if (ideal && effective && std::abs(*ideal - *effective) > 1e-9 * *ideal) return true;
        }
    }
    return false;
}

/// The nudged phase on a clock of its own.
Plot nudged_figure(const std::vector<const RunFiles*>& runs) {
    Plot plot{"distance-nudged",
              "Distance after the nudge",
              "",
              {"time since the nudge (periods)", true, {}, {}},
              {distance_axis, true, {}, {}}};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::vector<PlotMark> nudge = nudges({runs[i]}, "period");
        if (nudge.empty()) continue;
        const Series all = series_of(*runs[i], "period", "distance", true);
        Series series;
        series.colour = static_cast<int>(i);
        if (runs.size() > 1) series.label = runs[i]->label;
        for (std::size_t k = 0; k < all.x.size(); ++k) {
            if (all.x[k] <= nudge.front().x) continue;
            series.x.push_back(all.x[k] - nudge.front().x);
            series.y.push_back(all.y[k]);
        }
        if (series.x.size() > 1) plot.series.push_back(std::move(series));
    }
    plot.caption = "From the nudged fixed point, on a clock that starts with the nudge.";
    for (const RunFiles* run : runs) {
        const std::vector<PlotMark> nudge = nudges({run}, "period");
        for (PlotMark mark : nudge.empty() ? nudge : events_of({run})) {
            mark.x -= nudge.front().x;
            if (mark.x > 0) add_marks({mark}, plot.marks);
        }
    }
    add_time_references(plot);
    return plot;
}

Plot population_figure(const RunFiles& run) {
    Plot plot{
        "distance-by-population", "Distance of each population", "", time_of({&run}), {distance_axis, true, {}, {}}};
    // The input is clamped to the data and has no distance.
    for (int row = 0, population = 1; row < 64; ++row, ++population) {
        Series series = series_of(run, "period", fmt::format("distance_by_population/{}", row), true);
        if (series.x.empty()) break;
        series.label = run.scenario && population < std::ssize(run.scenario->network.populations)
                           ? population_label(run.scenario->network, population)
                           : fmt::format("population {}", population);
        series.colour = row;
        plot.series.push_back(std::move(series));
    }
    plot.caption = "The same distance, layer by layer: which population settles last.";
    plot.marks = changes({&run}, "period");
    return plot;
}

}  // namespace

void add_time_references(Plot& plot) {
    if (!plot.x.logarithmic || plot.series.empty() || plot.series.front().x.empty()) return;
    const double t = plot.series.front().x.front(), d = plot.series.front().y.front();
    const auto range = range_of(plot, true);
    if (!range || range->first <= 0 || range->first >= range->second || d <= 0) return;
    for (const bool root : {true, false}) {
        Series reference;
        reference.label = root ? "1/√t" : "1/t";
        reference.colour = -1;
        reference.dash = root ? 2 : 3;
        for (const double x : {range->first, range->second}) {
            reference.x.push_back(x);
            reference.y.push_back(d * (root ? std::sqrt(t / x) : t / x));
        }
        plot.series.push_back(std::move(reference));
    }
}

std::vector<Plot> convergence_figures(const std::vector<const RunFiles*>& runs) {
    std::vector<Plot> figures;
    Plot distance{"distance", "Distance to the fixed point", "", time_of(runs), {distance_axis, true, {}, {}}};
    distance.series = overlay(runs, "period", "distance");
    distance.marks = changes(runs, "period");
    add_time_references(distance);
    distance.caption =
        "Mean distance of the states from the fixed point of the continuous network, at the end of every sampled "
        "period. "
        "At the nudge the fixed point moves, and the distance is measured from the nudged one.";
    if (!events_of(runs).empty()) distance.caption += " So do events that give another input, or nudge.";
    if (!effective_differs(runs)) distance.caption += " On this hardware the effective fixed point is the same.";
    figures.push_back(std::move(distance));
    if (effective_differs(runs)) {
        Plot effective{"distance-effective",
                       "Distance to the effective fixed point",
                       "",
                       time_of(runs),
                       {distance_axis, true, {}, {}}};
        effective.series = overlay(runs, "period", "distance_effective");
        effective.marks = changes(runs, "period");
        add_time_references(effective);
        effective.caption =
            "Measured from the fixed point of the network that the chip really is: with its losses, clock frequencies, "
            "dead links and stuck neurons.";
        figures.push_back(std::move(effective));
    }
    Plot bits{"distance-by-bits",
              "Distance against bits sent",
              "",
              {"bits of value 1 sent so far", true, {}, {}},
              {distance_axis, true, {}, {}}};
    bits.series = overlay(runs, "spikes", "distance");
    bits.marks = changes(runs, "spikes");
    bits.caption =
        "The same distance against what it cost: all bits of value 1 that were sent up to then, the input's included.";
    figures.push_back(std::move(bits));
    figures.push_back(nudged_figure(runs));
    if (runs.size() == 1) figures.push_back(population_figure(*runs.front()));
    Plot energy{"hopfield-energy", "Hopfield energy", "", time_of(runs), {"Hopfield energy E(s)", false, {}, {}}};
    energy.series = overlay(runs, "period", "hopfield_energy", false);
    energy.marks = changes(runs, "period");
    energy.caption = "Hopfield energy of the states, mean over the presentations.";
    figures.push_back(std::move(energy));
    std::erase_if(figures, [](const Plot& plot) { return plot.series.empty(); });
    return figures;
}

}  // namespace settle

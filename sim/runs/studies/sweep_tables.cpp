// What comes out of a sweep: means, tables, verdicts.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/runs/studies/sweep.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

/// As RFC 4180 wants it.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

std::string csv_head(const Sweep& sweep) {
    std::string text = "point,label";
    for (const Axis& axis : sweep.axes) text += "," + csv_field(axis.name);
    return text;
}

std::string csv_point(const Sweep& sweep, std::size_t point) {
    std::string text = fmt::format("{},{}", point, csv_field(sweep.points[point].label));
    for (const Choice& choice : sweep.points[point].choices) text += "," + csv_field(choice.label);
    return text;
}

int failed_runs_of(const PointRuns& point) {
    return static_cast<int>(
        std::count_if(point.begin(), point.end(), [](const auto& run) { return run && !run->failure.empty(); }));
}

bool has_good_run(const PointRuns& point) {
    return std::any_of(point.begin(), point.end(), [](const auto& run) { return run && run->failure.empty(); });
}

/// Numbers where they are, else nothing.
std::string csv_interval(const std::optional<Interval>& interval) {
    return interval ? fmt::format(",{},{}", interval->first, interval->second) : std::string(",,");
}

std::size_t find_point(const Sweep& sweep, const std::string& label) {
    const auto at = std::find_if(sweep.points.begin(), sweep.points.end(),
                                 [&](const SweepPoint& point) { return point.label == label; });
    return static_cast<std::size_t>(at - sweep.points.begin());
}

}  // namespace

PointEstimate estimate_of(const PointRuns& point, const std::string& metric, Estimator& estimator) {
    std::vector<double> values;
    int all = 0;
    for (const auto& run : point) {
        if (!run) continue;
        ++all;
        const auto found = run->metrics.find(metric);
        if (found != run->metrics.end()) values.push_back(found->second);
    }
    PointEstimate result;
    result.runs = static_cast<int>(values.size());
    if (all > 0 && result.runs == all) {
        result.estimate = estimator.of(values);
    } else {
        result.absence = absence_over_repeats(metric, result.runs, all, failed_runs_of(point));
    }
    return result;
}

OtherRun means_of(const PointRuns& point) {
    std::set<std::string> names;
    for (const auto& run : point) {
        if (!run) continue;
        for (const auto& [name, value] : run->metrics) names.insert(name);
    }
    add_expectable(names);
    OtherRun means;
    Estimator estimator;
    for (const std::string& name : names) {
        const PointEstimate found = estimate_of(point, name, estimator);
        if (found.estimate) means.metrics[name] = found.estimate->mean;
        if (!found.absence.empty()) means.absences[name] = found.absence;
    }
    return means;
}

std::optional<std::size_t> reference_point(const Sweep& sweep) {
    if (sweep.base.sweep.against.empty()) return std::nullopt;
    return find_point(sweep, sweep.base.sweep.against);
}

std::optional<Difference> difference_of(const Sweep& sweep, const SweepRuns& runs, std::size_t point,
                                        const std::string& metric, Estimator& estimator) {
    const auto reference = reference_point(sweep);
    if (!reference) return std::nullopt;
    std::vector<double> here, there;
    std::size_t both = 0;  // repeats that are finished at both points
    for (std::size_t repeat = 0; repeat < runs[point].size(); ++repeat) {
        const auto &run = runs[point][repeat], &other = runs[*reference][repeat];
        if (!run || !other) continue;
        ++both;
        const auto one = run->metrics.find(metric), two = other->metrics.find(metric);
        if (one == run->metrics.end() || two == other->metrics.end()) continue;
        here.push_back(one->second);
        there.push_back(two->second);
    }
    if (here.empty()) return std::nullopt;
    if (here.size() < both) return Difference{static_cast<int>(here.size()), {}, {}, {}};
    return estimator.of_difference(here, there);
}

std::vector<std::string> reproducible_metrics(const SweepRuns& runs) {
    const auto is_result = [](const std::string& name) {
        const Metric* metric = find_metric(name);
        return !metric || metric->kind == Metric::Kind::result;
    };
    std::set<std::string> names;
    for (const auto& point : runs) {
        for (const auto& run : point) {
            if (!run) continue;
            for (const auto& [name, value] : run->metrics) {
                if (is_result(name)) names.insert(name);
            }
        }
    }
    if (!names.empty()) add_expectable(names);
    return {names.begin(), names.end()};
}

std::string main_metric(const Scenario& scenario, const SweepRuns& runs) {
    if (scenario.task == Task::converge) return "final_distance";
    if (scenario.task == Task::stream) return "correct_after_median";
    const std::vector<std::string> names = reproducible_metrics(runs);
    return std::find(names.begin(), names.end(), "test_error") != names.end() ? "test_error" : "train_error";
}

std::string sweep_csv(const Sweep& sweep, const SweepRuns& runs) {
    const std::vector<std::string> names = reproducible_metrics(runs);
    std::string text = csv_head(sweep) + ",repeat,metric,value\n";
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (std::size_t repeat = 0; repeat < runs[point].size(); ++repeat) {
            const auto& run = runs[point][repeat];
            if (!run) continue;
            for (const std::string& name : names) {
                const auto found = run->metrics.find(name);
                if (found == run->metrics.end()) continue;
                text += fmt::format("{},{},{},{}\n", csv_point(sweep, point), repeat, csv_field(name), found->second);
            }
        }
    }
    return text;
}

std::string means_csv(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    const std::vector<std::string> names = reproducible_metrics(runs);
    std::string text = csv_head(sweep) + ",metric,runs,mean,low,high\n";
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (const std::string& name : names) {
            const PointEstimate found = estimate_of(runs[point], name, estimator);
            // Of a point without a good run there is nothing to say.
            if (!found.estimate && (found.absence.empty() || !has_good_run(runs[point]))) continue;
            text += fmt::format("{},{},{},", csv_point(sweep, point), csv_field(name), found.runs);
            if (found.estimate) text += fmt::format("{}", found.estimate->mean);
            text += csv_interval(found.estimate ? found.estimate->interval : std::nullopt) + "\n";
        }
    }
    return text;
}

std::string differences_csv(const Sweep& sweep, const SweepRuns& runs, Estimator& estimator) {
    const auto reference = reference_point(sweep);
    if (!reference) return "";
    const std::vector<std::string> names = reproducible_metrics(runs);
    const std::string against = csv_field(sweep.base.sweep.against);
    std::string text = csv_head(sweep) + ",against,metric,pairs,mean,low,high,p\n";
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (const std::string& name : names) {
            const auto found = point == *reference ? std::nullopt : difference_of(sweep, runs, point, name, estimator);
            if (!found) continue;
            text += fmt::format("{},{},{},{},{}{},{}\n", csv_point(sweep, point), against, csv_field(name),
                                found->pairs, found->mean ? fmt::format("{}", *found->mean) : "",
                                csv_interval(found->interval), found->p ? fmt::format("{}", *found->p) : "");
        }
    }
    return text;
}

std::vector<Verdict> judge_sweep(const Sweep& sweep, const SweepRuns& runs, const OtherRuns& others) {
    std::vector<Verdict> verdicts;
    for (const Expectation& expectation : sweep.base.expectations) {
        if (expectation.point.empty()) continue;
        const PointRuns& point = runs.at(find_point(sweep, expectation.point));
        OtherRun other;
        bool failed = failed_runs_of(point) > 0;
        if (expectation.than_point) {
            const PointRuns& than = runs.at(find_point(sweep, expectation.than));
            other = means_of(than);
            failed = failed || failed_runs_of(than) > 0;
        } else if (const auto found = others.find(expectation.than); found != others.end()) {
            other = found->second;
        }
        const OtherRun means = means_of(point);
        Verdict verdict = judge(expectation, means.metrics, other.metrics, means.absences, other.absences);
        if (failed) {
            verdict.passed = false;
            verdict.seen = "a run of the point failed";
        }
        verdicts.push_back(verdict);
    }
    return verdicts;
}

}  // namespace settle

// What comes out of a sweep: means, tables, verdicts.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/runs/sweep.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

using PointRuns = std::vector<std::optional<RunRecord>>;

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

bool has_failed(const PointRuns& point) {
    return std::any_of(point.begin(), point.end(), [](const auto& run) { return run && !run->failure.empty(); });
}

/// Means of all metrics over the good runs that have them.
Metrics means_of(const PointRuns& point) {
    std::map<std::string, std::vector<double>> values;
    for (const auto& run : point) {
        if (!run) continue;
        for (const auto& [name, value] : run->metrics) values[name].push_back(value);
    }
    Metrics means;
    for (const auto& [name, all] : values) {
        double sum = 0;
        for (const double value : all) sum += value;
        means[name] = sum / static_cast<double>(all.size());
    }
    return means;
}

}  // namespace

std::optional<Estimate> estimate_of(const PointRuns& point, const std::string& metric, Estimator& estimator) {
    std::vector<double> values;
    for (const auto& run : point) {
        if (!run) continue;
        const auto found = run->metrics.find(metric);
        if (found != run->metrics.end()) values.push_back(found->second);
    }
    if (values.empty()) return std::nullopt;
    return estimator.of(values);
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
    return {names.begin(), names.end()};
}

std::string main_metric(const Scenario& scenario, const SweepRuns& runs) {
    if (scenario.task == Task::converge) return "final_distance";
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
                text += fmt::format("{},{},{},{}\n", csv_point(sweep, point), repeat, name, found->second);
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
            const auto found = estimate_of(runs[point], name, estimator);
            if (!found) continue;
            text += fmt::format("{},{},{},{}", csv_point(sweep, point), name, found->runs, found->mean);
            text += found->interval ? fmt::format(",{},{}\n", found->interval->first, found->interval->second)
                                    : std::string(",,\n");
        }
    }
    return text;
}

std::vector<Verdict> judge_sweep(const Sweep& sweep, const SweepRuns& runs, const OtherRuns& others) {
    const auto find = [&](const std::string& label) {
        const auto at = std::find_if(sweep.points.begin(), sweep.points.end(),
                                     [&](const SweepPoint& point) { return point.label == label; });
        return static_cast<std::size_t>(at - sweep.points.begin());
    };
    std::vector<Verdict> verdicts;
    for (const Expectation& expectation : sweep.base.expectations) {
        if (expectation.point.empty()) continue;
        const PointRuns& point = runs.at(find(expectation.point));
        Metrics other;
        bool failed = has_failed(point);
        if (expectation.than_point) {
            other = means_of(runs.at(find(expectation.than)));
            failed = failed || has_failed(runs.at(find(expectation.than)));
        } else if (const auto found = others.find(expectation.than); found != others.end()) {
            other = found->second.metrics;
        }
        Verdict verdict = judge(expectation, means_of(point), other);
        if (failed) {
            verdict.passed = false;
            verdict.seen = "a run of the point failed";
        }
        verdicts.push_back(verdict);
    }
    return verdicts;
}

}  // namespace settle

#include "sim/runs/studies/study_summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/scenario/words.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

void put_totals(Json& json, const StudyTotals& totals) {
    json["wall_seconds"] = totals.wall_seconds;
    if (totals.ranks) json["ranks"] = *totals.ranks;
    json["resumed_at"] = totals.resumed_at;
    std::size_t passed = 0;
    Json verdicts = Json::array();
    for (const Verdict& verdict : totals.verdicts) {
        passed += verdict.passed ? 1 : 0;
        Json row = {{"expected", verdict.expected}, {"seen", verdict.seen}, {"passed", verdict.passed}};
        if (verdict.value) row["value"] = *verdict.value;
        verdicts.push_back(row);
    }
    json["expectations"] = verdicts;
    json["expectations_passed"] = passed;
    json["expectations_failed"] = totals.verdicts.size() - passed;
}

void put_interval(Json& row, const std::optional<Interval>& interval) {
    if (!interval) return;
    row["low"] = interval->first;
    row["high"] = interval->second;
}

/// Of the main metric; nothing without sweep.against.
void put_differences(Json& json, const Sweep& sweep, const SweepRuns& runs, const std::string& metric,
                     Estimator& estimator) {
    const auto reference = reference_point(sweep);
    if (!reference) return;
    json["against"] = sweep.base.sweep.against;
    json["differences"] = Json::array();
    for (std::size_t point = 0; point < runs.size(); ++point) {
        if (point == *reference) continue;
        const auto found = difference_of(sweep, runs, point, metric, estimator);
        Json row = {{"point", point}, {"label", sweep.points[point].label}, {"pairs", found ? found->pairs : 0}};
        if (found && found->mean) row["mean"] = *found->mean;
        put_interval(row, found ? found->interval : std::nullopt);
        if (found && found->p) row["p"] = *found->p;
        json["differences"].push_back(row);
    }
}

std::string indented(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::size_t failed_runs(const SweepRuns& runs) {
    std::size_t count = 0;
    for (const auto& point : runs)
        count += static_cast<std::size_t>(
            std::count_if(point.begin(), point.end(), [](const auto& run) { return run && !run->failure.empty(); }));
    return count;
}

std::string sweep_summary(const Sweep& sweep, const SweepRuns& runs, const StudyTotals& totals, Estimator& estimator) {
    const std::string metric = main_metric(sweep.base, runs);
    Json json;
    json["task"] = to_word(sweep.base.task);
    json["engine"] = to_word(sweep.base.engine);
    json["points"] = sweep.points.size();
    json["repeats"] = sweep.repeats();
    json["runs"] = finished_runs(runs);
    json["failed"] = failed_runs(runs);
    json["metric"] = metric;
    json["means"] = Json::array();
    for (std::size_t point = 0; point < runs.size(); ++point) {
        Json row = {{"point", point}, {"label", sweep.points[point].label}};
        for (std::size_t a = 0; a < sweep.axes.size(); ++a)
            row["labels"][sweep.axes[a].name] = sweep.points[point].choices[a].label;
        const PointEstimate found = estimate_of(runs[point], metric, estimator);
        row["runs"] = found.runs;
        if (found.estimate) row["mean"] = found.estimate->mean;
        put_interval(row, found.estimate ? found.estimate->interval : std::nullopt);
        if (!found.absence.empty()) row["absent"] = found.absence;
        json["means"].push_back(row);
    }
    put_differences(json, sweep, runs, metric, estimator);
    put_totals(json, totals);
    return indented(json);
}

std::string search_summary(const Search& search, const SearchTrials& trials, const StudyTotals& totals) {
    Json json;
    json["task"] = to_word(search.base.task);
    json["engine"] = to_word(search.base.engine);
    json["method"] = to_word(search.base.search.method);
    json["objective"] = search.base.search.objective;
    json["trials"] = trials.size();
    const auto count = [&](bool invalid) {
        return std::count_if(trials.begin(), trials.end(), [&](const auto& trial) {
            return trial && !trial->failure.empty() && trial->invalid == invalid;
        });
    };
    json["invalid"] = count(true);
    json["failed"] = count(false);
    const std::vector<int> best = best_trials(trials);
    if (!best.empty()) {
        json["best_trial"] = best.front();
        json["best_objective"] = *trials[static_cast<std::size_t>(best.front())]->objective;
        for (const Choice& choice : draw_trial(search, best.front())) {
            for (const Setting& setting : choice.settings)
                json["best_values"][setting.key] = choice.number ? Json(*choice.number) : Json(choice.label);
        }
    }
    put_totals(json, totals);
    return indented(json);
}

}  // namespace settle

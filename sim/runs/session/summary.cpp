#include "sim/runs/session/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/fingerprint.hpp"
#include "models/device/terminal.hpp"
#include "sim/runs/session/energy.hpp"
#include "sim/runs/session/recovery.hpp"
#include "sim/scenario/event_window.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
void put(Json& json, const char* key, const std::optional<T>& value) {
    if (value) json[key] = *value;
}

/// A number as JSON writes it.
Json json_of(const Number& number) {
    return std::visit([](auto value) { return Json(value); }, number);
}

void put_metric(Json& json, const Metric& metric, const Summary& summary) {
    if (metric.form == Metric::Form::text) {
        if (std::string text = metric.text(summary); !text.empty()) json[metric.name] = std::move(text);
        return;
    }
    if (metric.form == Metric::Form::by_population) {
        const auto numbers = metric.read(summary);
        if (numbers.size() == 1 && !numbers[0]) return;
        Json& array = json[metric.name] = Json::array();
        for (const auto& number : numbers) array.push_back(json_of(*number));
        return;
    }
    if (metric.form == Metric::Form::by_name) {
        const auto numbers = metric.read(summary);
        const auto names = metric.names(summary);
        for (std::size_t i = 0; i < names.size(); ++i) json[metric.name][names[i]] = json_of(*numbers[i]);
        return;
    }
    for (const auto& [key, number] : numbers_of(metric, summary)) {
        if (number) json[key] = json_of(*number);
    }
}

/// Each event's in the presentations whose settling is looked at; one that does not happen in them, in others.
std::vector<RecoveryFigures> recoveries_in(const Scenario& scenario, const RunTotals& totals) {
    if (totals.convergence) return totals.convergence->recoveries;
    if (totals.stream) return totals.stream->recoveries;
    std::vector<RecoveryFigures> found;
    for (const std::string& event : measured_events(scenario)) {
        for (const auto* evaluation : {&totals.test, &totals.train, &totals.validation}) {
            if (!*evaluation) continue;
            const auto figures = recovery_figures((*evaluation)->recoveries);
            const auto one = std::find_if(figures.begin(), figures.end(),
                                          [&](const RecoveryFigures& each) { return each.event == event; });
            if (one == figures.end()) continue;
            found.push_back(*one);
            break;
        }
    }
    return found;
}

void put_counters(Summary& summary, const Scenario& scenario, const PopulationCounters& counters) {
    summary.spiking = scenario.neuron.kind == NeuronKind::binary;
    summary.on_chip = scenario.chip && scenario.engine == EngineKind::virtual_time;
    summary.counters = counters;
}

Json json_of(const Summary& summary) {
    Json json;
    for (const Metric& metric : metrics()) put_metric(json, metric, summary);
    return json;
}

}  // namespace

Summary summarize(const Scenario& scenario, const RunTotals& totals, int threads, double wall_seconds) {
    Summary summary;
    summary.task = to_word(scenario.task);
    summary.engine = to_word(scenario.engine);
    if (has_terminals(scenario.timing.link)) summary.terminal_bits = terminal_bits(scenario.timing.link);
    summary.threads = threads;
    summary.seed = scenario.seed;
    if (totals.test) summary.test_error = totals.test->error();
    if (totals.train) summary.train_error = totals.train->error();
    if (totals.validation) summary.validation_error = totals.validation->error();
    if (scenario.task == Task::train) summary.epochs = totals.epochs;
    summary.presentations = totals.presentations;
    if (totals.train_seconds > 0)
        summary.samples_per_second = static_cast<double>(totals.trained) / totals.train_seconds;
    summary.wall_seconds = wall_seconds;
    put_counters(summary, scenario, totals.counters);
    if (scenario.engine != EngineKind::lockstep) summary.posts = totals.posts;
    const auto& settling = totals.test ? totals.test : totals.train;
    if (settling && settling->presentations > 0) {
        summary.settling_median = median_period(settling->settled_at);
        summary.settling_p99 = period_by_which(settling->settled_at, 0.99);
    }
    if (totals.convergence) {
        summary.convergence = totals.convergence;
        summary.settling_median = totals.convergence->settling_median;
        summary.settling_p99 = totals.convergence->settling_p99;
    }
    summary.energy = energy_figures(scenario, totals);
    if (scenario.chip && !totals.chip.empty()) summary.chip = summarize(*scenario.chip, totals.chip);
    summary.recoveries = recoveries_in(scenario, totals);
    summary.stream = totals.stream;
    summary.resumed_at = totals.resumed_at;
    if (scenario.engine == EngineKind::free_running) {
        summary.asynchrony = totals.asynchrony;
        summary.paced = scenario.free.pace.has_value();
    } else {
        summary.fingerprint = to_hex(totals.fingerprint);
    }
    return summary;
}

std::string to_json(const Summary& summary) {
    return json_of(summary).dump(2);
}

std::map<std::string, double> metrics_of(const Summary& summary) {
    std::map<std::string, double> found;
    for (const Metric& metric : metrics()) {
        for (const auto& [key, number] : numbers_of(metric, summary)) {
            if (number) found[key] = to_double(*number);
        }
    }
    return found;
}

std::string settling_lines(const Evaluation& evaluation) {
    std::string lines;
    std::int64_t period = 0;
    for (const std::int64_t wrong : evaluation.wrong_at) {
        Json json;
        json["period"] = ++period;
        json["error"] = static_cast<double>(wrong) / static_cast<double>(evaluation.presentations);
        lines += json.dump() + "\n";
    }
    return lines;
}

std::string to_json(const EpochMetrics& metrics, const Scenario& scenario) {
    Json json;
    json["epoch"] = metrics.epoch;
    json["presentations"] = metrics.presentations;
    put(json, "train_error", metrics.train_error);
    put(json, "validation_error", metrics.validation_error);
    put(json, "test_error", metrics.test_error);
    put(json, "settling_median", metrics.settling_median);
    put(json, "settling_p99", metrics.settling_p99);
    json["train_seconds"] = metrics.train_seconds;
    Summary counted;
    put_counters(counted, scenario, metrics.counters);
    for (const Metric& metric : settle::metrics()) {
        if (metric.of_counters) put_metric(json, metric, counted);
    }
    put(json, "energy_joules", metrics.energy_joules);
    if (metrics.fingerprint) json["fingerprint"] = to_hex(*metrics.fingerprint);
    return json.dump();
}

std::string to_json(const SettlingSample& sample) {
    Json json;
    json["period"] = sample.period;
    json["phase"] = sample.nudged ? "nudged" : "free";
    json["distance"] = sample.distance;
    json["distance_effective"] = sample.distance_effective;
    json["distance_by_population"] = sample.by_population;
    json["hopfield_energy"] = sample.hopfield_energy;
    put(json, "spikes", sample.spikes);
    return json.dump();
}

std::string to_json(const TrackingSample& sample) {
    Json json;
    json["period"] = sample.period;
    json["n"] = sample.n;
    json["distance"] = sample.distance;
    json["error"] = sample.error;
    put(json, "bits", sample.bits);
    return json.dump();
}

std::string change_lines(const StreamFigures& figures) {
    std::string lines;
    for (const InputChange& change : figures.by_change) {
        Json json;
        json["stream"] = change.stream;
        json["input"] = change.input;
        json["sample"] = change.sample;
        json["label"] = change.label;
        json["dwell"] = change.dwell;
        put(json, "correct_after", change.correct_after);
        json["static_distance"] = change.static_distance;
        json["tracking_distance"] = change.tracking_distance;
        put(json, "bits_moving", change.bits_moving);
        put(json, "bits_still", change.bits_still);
        lines += json.dump() + "\n";
    }
    return lines;
}

}  // namespace settle

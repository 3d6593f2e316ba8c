#include "sim/runs/summary.hpp"

#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/fingerprint.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
void put(Json& json, const char* key, const std::optional<T>& value) {
    if (value) json[key] = *value;
}

void put_asynchrony(Json& json, const Asynchrony& asynchrony, bool paced) {
    json["lead_mean"] = mean_of(asynchrony.lead_sum, asynchrony.looks);
    json["lead_max"] = asynchrony.lead_max;
    json["lag_mean"] = mean_of(asynchrony.lag_sum, asynchrony.looks);
    json["lag_max"] = asynchrony.lag_max;
    json["window_bits_mean"] = mean_of(asynchrony.window_sum, asynchrony.windows);
    json["window_bits_max"] = asynchrony.window_max;
    json["source_bits_max"] = asynchrony.source_max;
    json["in_flight_mean"] = mean_of(asynchrony.flight_sum, asynchrony.flights);
    json["in_flight_max"] = asynchrony.flight_max;
    json["blocked"] = asynchrony.blocked;
    if (paced) json["late_ticks"] = asynchrony.late;
}

constexpr std::pair<const char*, std::uint64_t Counters::*> counter_names[] = {
    {"ticks", &Counters::ticks},       {"spikes", &Counters::spikes},
    {"messages", &Counters::messages}, {"deliveries", &Counters::deliveries},
    {"lost", &Counters::lost},         {"duplicated", &Counters::duplicated},
    {"expired", &Counters::expired},   {"synaptic_operations", &Counters::synaptic_operations},
};

/// Totals, then each as an array over the populations. A continuous network only ticks.
void put_counters(Json& json, const PopulationCounters& counters, bool spiking) {
    const auto names = std::span(counter_names).first(spiking ? std::size(counter_names) : 1);
    const Counters all = total(counters);
    for (const auto& [name, counter] : names) json[name] = all.*counter;
    for (const auto& [name, counter] : names) {
        Json& array = json[std::string(name) + "_by_population"] = Json::array();
        for (const Counters& population : counters) array.push_back(population.*counter);
    }
}

}  // namespace

Summary summarize(const Scenario& scenario, const RunTotals& totals, int threads, double wall_seconds) {
    Summary summary;
    summary.task = to_word(scenario.task);
    summary.engine = to_word(scenario.engine);
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
    summary.spiking = scenario.neuron.kind == NeuronKind::binary;
    summary.counters = totals.counters;
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
    summary.resumed_at = totals.resumed_at;
    if (scenario.engine == EngineKind::free_running) {
        summary.asynchrony = totals.asynchrony;
        summary.paced = scenario.free.pace.has_value();
    } else {
        summary.fingerprint = to_hex(totals.fingerprint);
    }
    return summary;
}

namespace {

void put_convergence(Json& json, const ConvergenceFigures& figures) {
    json["unsettled"] = figures.unsettled;
    json["final_distance"] = figures.final_distance;
    json["mean_distance"] = figures.mean_distance;
    json["free_distance"] = figures.free_distance;
    put(json, "late_fall", figures.late_fall);
    put(json, "nudged_distance", figures.nudged_distance);
    json["distance_effective"] = figures.distance_effective;
    json["free_distance_effective"] = figures.free_distance_effective;
    put(json, "nudged_distance_effective", figures.nudged_distance_effective);
    json["bias"] = figures.steadiness.bias;
    json["fluctuation"] = figures.steadiness.fluctuation;
    put(json, "update_cosine", figures.update_cosine);
    for (std::size_t l = 0; l < figures.update_cosines.size(); ++l)
        put(json, ("update_cosine_" + std::to_string(l)).c_str(), figures.update_cosines[l]);
    if (figures.updates) {
        json["mean_update_cosine"] = figures.updates->cosine;
        json["update_bias"] = figures.updates->bias;
        json["update_variance"] = figures.updates->variance;
    }
    json["reference_residual"] = figures.reference_residual;
    json["elsewhere"] = figures.elsewhere;
    json["energy"] = figures.energy;
}

Json json_of(const Summary& summary) {
    Json json;
    json["task"] = summary.task;
    json["engine"] = summary.engine;
    json["threads"] = summary.threads;
    json["seed"] = summary.seed;
    put(json, "test_error", summary.test_error);
    put(json, "train_error", summary.train_error);
    put(json, "validation_error", summary.validation_error);
    put(json, "epochs", summary.epochs);
    json["presentations"] = summary.presentations;
    put(json, "samples_per_second", summary.samples_per_second);
    json["wall_seconds"] = summary.wall_seconds;
    put_counters(json, summary.counters, summary.spiking);
    put(json, "posts", summary.posts);
    put(json, "settling_median", summary.settling_median);
    put(json, "settling_p99", summary.settling_p99);
    if (summary.convergence) put_convergence(json, *summary.convergence);
    if (summary.asynchrony) put_asynchrony(json, *summary.asynchrony, summary.paced);
    json["resumed_at"] = summary.resumed_at;
    json["expectations_passed"] = summary.expectations_passed;
    json["expectations_failed"] = summary.expectations_failed;
    if (!summary.fingerprint.empty()) json["fingerprint"] = summary.fingerprint;
    return json;
}

}  // namespace

double mean_of(std::uint64_t sum, std::uint64_t count) {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

std::string to_json(const Summary& summary) {
    return json_of(summary).dump(2);
}

std::map<std::string, double> metrics_of(const Summary& summary) {
    std::map<std::string, double> metrics;
    const Json json = json_of(summary);
    for (const auto& [key, value] : json.items()) {
        if (value.is_number()) metrics[key] = value.get<double>();
    }
    return metrics;
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

std::string to_json(const EpochMetrics& metrics, bool spiking) {
    Json json;
    json["epoch"] = metrics.epoch;
    json["presentations"] = metrics.presentations;
    put(json, "train_error", metrics.train_error);
    put(json, "validation_error", metrics.validation_error);
    put(json, "test_error", metrics.test_error);
    put(json, "settling_median", metrics.settling_median);
    put(json, "settling_p99", metrics.settling_p99);
    json["train_seconds"] = metrics.train_seconds;
    put_counters(json, metrics.counters, spiking);
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
    json["energy"] = sample.energy;
    put(json, "spikes", sample.spikes);
    return json.dump();
}

}  // namespace settle

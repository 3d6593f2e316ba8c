#include "sim/runs/summary.hpp"

#include <nlohmann/json.hpp>

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
    json["turns"] = asynchrony.turns;
    json["blocked"] = asynchrony.blocked;
    if (paced) json["late_ticks"] = asynchrony.late;
}

void put_counters(Json& json, const Counters& counters, bool spiking) {
    json["ticks"] = counters.ticks;
    if (!spiking) return;
    json["spikes"] = counters.spikes;
    json["messages"] = counters.messages;
    json["deliveries"] = counters.deliveries;
    json["lost"] = counters.lost;
    json["duplicated"] = counters.duplicated;
    json["expired"] = counters.expired;
    json["synaptic_operations"] = counters.synaptic_operations;
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
    summary.epochs = totals.epochs;
    summary.presentations = totals.presentations;
    if (totals.train_seconds > 0)
        summary.samples_per_second = static_cast<double>(totals.trained) / totals.train_seconds;
    summary.wall_seconds = wall_seconds;
    summary.spiking = scenario.neuron.kind == NeuronKind::binary;
    summary.counters = totals.counters;
    const auto& settling = totals.test ? totals.test : totals.train;
    if (settling && settling->presentations > 0) {
        summary.settling_median = settling->settling_quantile(0.5);
        summary.settling_p99 = settling->settling_quantile(0.99);
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

Json json_of(const Summary& summary) {
    Json json;
    json["task"] = summary.task;
    json["engine"] = summary.engine;
    json["threads"] = summary.threads;
    json["seed"] = summary.seed;
    put(json, "test_error", summary.test_error);
    put(json, "train_error", summary.train_error);
    put(json, "validation_error", summary.validation_error);
    json["epochs"] = summary.epochs;
    json["presentations"] = summary.presentations;
    put(json, "samples_per_second", summary.samples_per_second);
    json["wall_seconds"] = summary.wall_seconds;
    put_counters(json, summary.counters, summary.spiking);
    put(json, "settling_median", summary.settling_median);
    put(json, "settling_p99", summary.settling_p99);
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

std::string to_json(const EpochMetrics& metrics, bool spiking) {
    Json json;
    json["epoch"] = metrics.epoch;
    json["presentations"] = metrics.presentations;
    put(json, "train_error", metrics.train_error);
    put(json, "validation_error", metrics.validation_error);
    put(json, "test_error", metrics.test_error);
    json["settling_median"] = metrics.settling_median;
    json["settling_p99"] = metrics.settling_p99;
    json["train_seconds"] = metrics.train_seconds;
    put_counters(json, metrics.counters, spiking);
    if (metrics.fingerprint) json["fingerprint"] = to_hex(*metrics.fingerprint);
    return json.dump();
}

}  // namespace settle

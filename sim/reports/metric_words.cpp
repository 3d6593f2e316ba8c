#include "sim/reports/metric_words.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace settle {

namespace {

constexpr std::pair<const char*, const char*> helps[] = {
    {"test_error", "wrong answers on the test set"},
    {"train_error", "wrong answers in the last epoch's own free phases"},
    {"validation_error", "wrong answers on the validation set"},
    {"epochs", "times through the training set"},
    {"presentations", "training and evaluation together"},
    {"samples_per_second", "training presentations a second"},
    {"wall_seconds", "from start to end"},
    {"ticks", "neuron updates"},
    {"spikes", "bits of value 1 sent, the input's included"},
    {"messages", "bits times the populations or neurons that get them"},
    {"deliveries", "messages that arrived"},
    {"lost", "messages that did not arrive"},
    {"duplicated", "messages copied by the link or a fork"},
    {"expired", "messages in flight when their presentation ended"},
    {"synaptic_operations", "weights added to a target"},
    {"settling_median", "periods until half of the presentations have settled"},
    {"settling_p99", "periods until 99 of 100 presentations have settled"},
    {"unsettled", "presentations that have not settled"},
    {"final_distance", "from the fixed point, mean of the ends of both phases"},
    {"mean_distance", "from the fixed point, over all samples"},
    {"free_distance", "at the end of the free phase"},
    {"late_fall", "fraction by which the distance falls after the first fifth of the free phase"},
    {"nudged_distance", "at the end of the nudged phase"},
    {"distance_effective", "from the fixed point of the network that the chip is"},
    {"free_distance_effective", "at the end of the free phase"},
    {"nudged_distance_effective", "at the end of the nudged phase"},
    {"bias", "distance of the mean state of the last periods from the fixed point"},
    {"fluctuation", "distance of the states from their own mean, last periods"},
    {"update_cosine", "of the contrastive update with the continuous network's"},
    {"mean_update_cosine", "the same, of the mean of data.repeats updates"},
    {"update_bias", "squared error of the mean update, by the square of the continuous network's"},
    {"update_variance", "mean squared deviation of an update from the mean one, by the same"},
    {"reference_residual", "how exactly the reference has settled"},
    {"elsewhere", "presentations with another fixed point near the network"},
    {"points", "combinations of values"},
    {"runs", "finished"},
    {"trials", "of the search"},
    {"failed", "runs that did not come to an end"},
    {"invalid", "trials whose values make no scenario"},
    {"best_objective", "the least value of the objective"},
    {"energy", "E(s) at the end"},
    {"lead_mean", "ticks ahead of the slowest source, mean"},
    {"lead_max", "ticks ahead of the slowest source, most"},
    {"resumed_at", "presentations done when the run was resumed; of a sweep or search, runs"},
    {"fingerprint", "equal fingerprints mean equal runs"},
};

}  // namespace

std::string metric_help(const std::string& name) {
    for (const auto& [metric, help] : helps) {
        if (name == metric) return help;
    }
    if (name.rfind("update_cosine_", 0) == 0) return "the same, of one projection";
    return "";
}

std::string metric_text(const std::string& name, double value) {
    if (name.ends_with("_error")) return fmt::format("{:.2f} %", 100 * value);
    // From 1000 on a fraction says nothing any more: means of counts look like counts.
    if (std::abs(value) >= 1000 && std::abs(value) < 1e15) value = std::round(value);
    if (std::abs(value) >= 1e15 || value != std::floor(value)) return fmt::format("{:.4g}", value);
    std::string digits = fmt::format("{:.0f}", value);
    for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3) {
        digits.insert(static_cast<std::size_t>(at), "\u202F");
    }
    return digits;
}

std::string metric_text(const RecordEntry& entry) {
    // A seed is a name, not a quantity.
    return entry.number && entry.path != "seed" ? metric_text(entry.path, *entry.number) : entry.text;
}

}  // namespace settle

#include "sim/reports/metric_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/reports/number_text.hpp"

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
    {"energy", "Hopfield energy E(s) at the end of the free phase"},
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
    if (name.ends_with("_error"))
        return value < 0.9999 ? fmt::format("{:.2f} %", 100 * value) : number_text(100 * value) + " %";
    return number_text(value);
}

std::string metric_text(const RecordEntry& entry) {
    // Seeds and positions are names, not quantities.
    static constexpr const char* names[] = {"seed", "best_trial", "threads"};
    const bool name = std::find(std::begin(names), std::end(names), entry.path) != std::end(names);
    return entry.number && !name ? metric_text(entry.path, *entry.number) : entry.text;
}

}  // namespace settle

#include "sim/reports/metric_axis.hpp"

#include <algorithm>
#include <iterator>

#include "sim/scenario/keys.hpp"

namespace settle {

double metric_on_axis(const std::string& metric, double value) {
    return metric.ends_with("_error") ? 100 * value : value;
}

std::string metric_axis_label(const std::string& metric) {
    if (metric.ends_with("_error")) return metric + " (%)";
    if (metric.rfind("settling_", 0) == 0) return metric + " (periods)";
    if (metric == "wall_seconds") return metric + " (s)";
    if (metric == "spikes") return "spikes (bits of value 1)";
    if (metric == "unsettled") return "unsettled (presentations)";
    if (metric == "energy") return "Hopfield energy";
    return metric;
}

std::string key_axis_label(const std::string& key) {
    std::string part;
    const Key* known = find_key(key, &part);
    return known && part.empty() && !known->unit.empty() ? key + " (" + known->unit + ")" : key;
}

bool may_be_logarithmic(const std::string& metric) {
    static const char* positive[] = {
        "bias",        "fluctuation", "update_bias", "update_variance", "reference_residual", "samples_per_second",
        "wall_seconds"};
    return metric.find("distance") != std::string::npos ||
           std::find(std::begin(positive), std::end(positive), metric) != std::end(positive);
}

}  // namespace settle

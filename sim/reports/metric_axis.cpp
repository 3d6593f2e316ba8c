#include "sim/reports/metric_axis.hpp"

#include "sim/reports/metric_words.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

double metric_on_axis(const std::string& metric, double value) {
    return metric_unit(metric) == "fraction" ? 100 * value : value;
}

std::string metric_axis_label(const std::string& metric) {
    const Metric* known = find_metric(metric);
    if (!known) return metric;
    const std::string title = known->title.empty() ? metric : known->title;
    return known->unit.empty() ? title : title + (known->unit == "fraction" ? " (%)" : " (" + known->unit + ")");
}

std::string key_axis_label(const std::string& key) {
    std::string part;
    const Key* known = find_key(key, &part);
    return known && part.empty() && !known->unit.empty() ? key + " (" + known->unit + ")" : key;
}

bool may_be_logarithmic(const std::string& metric) {
    const Metric* known = find_metric(metric);
    return known && known->positive;
}

}  // namespace settle

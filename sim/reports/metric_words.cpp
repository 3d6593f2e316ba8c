#include "sim/reports/metric_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/measures/number_text.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

/// Of the summary of a sweep or a search, which are no metrics of a run.
constexpr std::pair<const char*, const char*> helps_of_studies[] = {
    {"points", "combinations of values"},
    {"runs", "finished"},
    {"trials", "of the search"},
    {"failed", "runs that did not come to an end"},
    {"invalid", "trials whose values make no scenario"},
    {"best_objective", "the least value of the objective"},
};

}  // namespace

std::string metric_help(const std::string& name) {
    for (const auto& [figure, help] : helps_of_studies) {
        if (name == figure) return help;
    }
    const Metric* metric = find_metric(name);
    return metric ? metric->help : "";
}

std::string metric_unit(const std::string& name) {
    const Metric* metric = find_metric(name);
    return metric ? metric->unit : "";
}

std::string metric_text(const std::string& name, double value) {
    if (metric_unit(name) == "fraction")
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

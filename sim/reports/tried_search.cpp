#include "sim/reports/tried_search.hpp"

#include <algorithm>

namespace settle {

namespace {

std::size_t position_of(std::vector<std::string>& names, const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
    names.push_back(name);
    return names.size() - 1;
}

}  // namespace

TriedSearch read_tried_search(const RunFiles& run) {
    TriedSearch search;
    search.objective = run.setting("search", "objective");
    if (search.objective.empty()) search.objective = "objective";
    for (const Record& line : run.trials) {
        Trial trial;
        trial.index = static_cast<std::int64_t>(line.number("trial").value_or(0));
        trial.objective = line.number("objective");
        for (const RecordEntry& value : line.under("values").entries) {
            const std::size_t at = position_of(search.keys, value.path);
            trial.texts.resize(std::max(trial.texts.size(), at + 1));
            trial.numbers.resize(trial.texts.size());
            trial.texts[at] = value.text;
            trial.numbers[at] = value.number;
        }
        search.trials.push_back(std::move(trial));
    }
    for (Trial& trial : search.trials) {
        trial.texts.resize(search.keys.size());
        trial.numbers.resize(search.keys.size());
    }
    std::stable_sort(search.trials.begin(), search.trials.end(),
                     [](const Trial& a, const Trial& b) { return a.index < b.index; });
    return search;
}

std::vector<std::size_t> TriedSearch::ranking() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (trials[i].objective) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return *trials[a].objective < *trials[b].objective; });
    return order;
}

}  // namespace settle

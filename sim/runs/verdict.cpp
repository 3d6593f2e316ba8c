#include "sim/runs/verdict.hpp"

#include <algorithm>

#include "sim/data/dataset.hpp"
#include "sim/runs/bare_run.hpp"

namespace settle {

std::vector<Verdict> judge_run(const std::vector<Expectation>& expectations, const Metrics& run,
                               const OtherMetrics& others) {
    std::vector<Verdict> verdicts;
    for (const Expectation& expectation : expectations) {
        if (!expectation.point.empty()) continue;
        const auto other = others.find(expectation.than);
        verdicts.push_back(judge(expectation, run, other == others.end() ? Metrics() : other->second));
    }
    return verdicts;
}

void count_verdicts(const std::vector<Verdict>& verdicts, Summary& summary) {
    summary.expectations_passed =
        std::count_if(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.passed; });
    summary.expectations_failed = static_cast<std::int64_t>(verdicts.size()) - summary.expectations_passed;
}

std::optional<Metrics> metrics_of_run(const Scenario& scenario, const Observer& observer) {
    const auto run = run_bare(scenario, load_dataset(scenario), observer);
    if (!run) return std::nullopt;
    return run->metrics;
}

}  // namespace settle

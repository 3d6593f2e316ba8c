#include "sim/runs/verdict.hpp"

#include <algorithm>
#include <chrono>

#include "sim/data/dataset.hpp"
#include "sim/runs/initial_network.hpp"

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
    const auto started = std::chrono::steady_clock::now();
    const Dataset data = load_dataset(scenario);
    WorkerPool workers(scenario.threads);
    Session session(scenario, data, initial_network(scenario), workers);
    const RunTotals totals = session.perform(observer);
    if (totals.stopped) return std::nullopt;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return metrics_of(summarize(scenario, totals, workers.threads(), seconds));
}

}  // namespace settle

#include "sim/runs/verdict.hpp"

#include <algorithm>

#include "sim/data/dataset.hpp"
#include "sim/runs/session/bare_run.hpp"

namespace settle {

std::vector<Verdict> judge_run(const Scenario& scenario, const Metrics& run, const OtherRuns& others) {
    const Absences absences = absences_of(scenario, run);
    std::vector<Verdict> verdicts;
    for (const Expectation& expectation : scenario.expectations) {
        if (!expectation.point.empty()) continue;
        const auto found = others.find(expectation.than);
        const OtherRun other = found == others.end() ? OtherRun() : found->second;
        verdicts.push_back(judge(expectation, run, other.metrics, absences, other.absences));
    }
    return verdicts;
}

void count_verdicts(const std::vector<Verdict>& verdicts, Summary& summary) {
    summary.expectations_passed =
        std::count_if(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.passed; });
    summary.expectations_failed = static_cast<std::int64_t>(verdicts.size()) - summary.expectations_passed;
}

std::optional<OtherRuns> run_others(const std::map<std::string, Scenario>& others, const Observer& observer,
                                    const std::function<void(const std::string& name)>& beginning,
                                    TrainedNetworks* trained) {
    OtherRuns runs;
    for (const auto& [name, scenario] : others) {
        if (beginning) beginning(name);
        const auto run = run_bare(scenario, load_dataset(scenario), observer, trained);
        if (!run) return std::nullopt;
        runs.emplace(name, OtherRun{run->metrics, absences_of(scenario, run->metrics)});
    }
    return runs;
}

}  // namespace settle

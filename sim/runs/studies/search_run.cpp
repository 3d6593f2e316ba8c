#include "sim/runs/studies/search_run.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/available_memory.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/studies/open_study.hpp"
#include "sim/runs/studies/rank_study.hpp"
#include "sim/runs/verdict.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

/// Data and weights of all trials. An alternative that makes no scenario, or whose files are not there, makes trials
/// that fail, and no more.
InputFiles look_at_inputs_of(const Search& search) {
    InputFiles inputs = look_at_all_inputs({&search.base});
    for (const Axis& axis : search.axes) {
        if (axis.name.rfind("data", 0) != 0 && axis.name.rfind("network", 0) != 0 && axis.name.rfind("stream", 0) != 0)
            continue;
        for (const Choice& choice : axis.choices) {
            try {
                const Scenario varied = load_varied(search.start, choice.settings).scenario;
                for (const InputFile& input : look_at_all_inputs({&varied})) {
                    if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) inputs.push_back(input);
                }
            } catch (const Error&) {
                continue;
            }
        }
    }
    return inputs;
}

/// What the scenario expects of a run is expected of the best one.
std::vector<Verdict> judge_best(const Search& search, const SearchResult& result, const OtherRuns& others) {
    const std::vector<int>& best = result.best;
    const Metrics found = best.empty() ? Metrics() : result.trials[static_cast<std::size_t>(best.front())]->metrics;
    Scenario judged = best.empty() ? search.base : trial_scenario(search, best.front());
    judged.expectations = search.base.expectations;
    return judge_run(judged, found, others);
}

/// One that was planned has passed.
const Scenario& checked_base(const SearchRun& run) {
    check_keys(run.search.base, {"search"});
    if (run.search.axes.empty()) throw input_error("", "search", "has no axes", "what plan_search returned");
    return run.search.base;
}

/// The trials that are finished; what is wrong with directory or input is found.
SearchTrials find_trials(const SearchRun& run, OpenStudy& study) {
    SearchTrials trials = read_search(run.search, study.start().lines, study.log_file());
    study.see_inputs_again([&] { return look_at_inputs_of(run.search); });
    at_places(run.places, [&] { check_input(run.search.base); });
    for (const auto& other : run.place.others) check_input(other.second);
    return trials;
}

/// Whether the file of the best trial is what the directory's own scenario makes of it: other threads, say, for the
/// rest of a search do not change what has been found.
bool is_whole(const OpenStudy& study, const SearchResult& result) {
    if (result.best.empty() || study.start().lines.empty()) return study.has_results({});
    const std::string file = result.directory + "/scenario.toml";
    const Search search =
        plan_search(load_scenario({file, "resumed", result.directory, read_whole_file(file)}, {}, Command::search));
    return study.has_results({{"best.toml", trial_as_toml(search, result.best.front())}});
}

/// A rank that follows.
SearchResult follow(const SearchRun& run, const StudyObserver& observer) {
    SearchResult result;
    result.end = RunEnd::stopped;
    require_memory(run.search.base);
    SharedData data;
    at_places(run.places, [&] { data.prepare(run.search.base); });
    if (!agree_on(run.place, scenario_as_toml(run.search.base, Command::search), data)) return result;
    if (observer.validated) observer.validated();
    WorkerPool workers(threads_of(run.place, run.search.base));
    help_search(run.search, workers, data, observer.stop, *run.place.ranks);
    return result;
}

}  // namespace

std::size_t finished_trials(const SearchTrials& trials) {
    return static_cast<std::size_t>(
        std::count_if(trials.begin(), trials.end(), [](const auto& trial) { return trial.has_value(); }));
}

SearchResult perform(const SearchRun& run, const StudyObserver& observer) {
    const auto started = Clock::now();
    const Search& search = run.search;
    if (run.place.ranks && !run.place.ranks->leads()) return follow(run, observer);
    OpenStudy study({Command::search, "trials.jsonl"}, checked_base(run), run.place, OpenStudy::Access::write);
    SearchResult result;
    result.directory = run.place.directory;
    result.trials = find_trials(run, study);
    result.best = best_trials(result.trials);
    const std::size_t all = result.trials.size();
    result.totals.resumed_at = finished_trials(result.trials);
    if (result.totals.resumed_at == all && is_whole(study, result)) {
        if (run.place.ranks) agree(*run.place.ranks, {.nothing = true});
        result.end = RunEnd::finished;
        result.summary_json = study.start().summary;
        return result;
    }
    study.refuse_another_unit({&search.base});
    require_memory(search.base);
    SharedData data;
    at_places(run.places, [&] { data.prepare(search.base); });
    study.note_inputs({&search.base}, data, [&] { return look_at_inputs_of(search); });
    agree_on(run.place, scenario_as_toml(search.base, Command::search), data);
    if (observer.validated) observer.validated();

    const RunDirectory directory = study.begin(data, observer);
    result.directory = directory.path();
    WorkerPool workers(threads_of(run.place, search.base));
    if (observer.begun)
        observer.begun(
            {result.directory, workers.threads(), workers.wanted(), all, result.totals.resumed_at, data.scalings()});
    result.end = RunEnd::stopped;
    const bool complete = run_search(search, directory.path(), workers, data, {observer.progress, observer.stop},
                                     result.trials, run.place.ranks);
    if (observer.performed) observer.performed();
    Observer other;
    other.stop = observer.stop;
    const auto compared =
        complete ? run_others(run.place.others, other, observer.comparing, &data.networks()) : std::nullopt;
    if (!compared) return result;
    result.totals.wall_seconds = std::chrono::duration<double>(Clock::now() - started).count();
    result.best = best_trials(result.trials);
    result.totals.ranks = ranks_of(run.place);
    result.totals.verdicts = judge_best(search, result, *compared);
    if (!result.best.empty()) directory.write("best.toml", trial_as_toml(search, result.best.front()));
    result.summary_json = search_summary(search, result.trials, result.totals) + "\n";
    directory.write("summary.json", result.summary_json);
    result.end = RunEnd::complete;
    return result;
}

void check(const SearchRun& run) {
    OpenStudy study({Command::search, "trials.jsonl"}, checked_base(run), run.place, OpenStudy::Access::look);
    find_trials(run, study);
}

}  // namespace settle

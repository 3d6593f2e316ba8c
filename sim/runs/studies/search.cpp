#include "sim/runs/studies/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <numeric>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "sim/formats/toml.hpp"
#include "sim/runs/store/line_file.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

constexpr int probed_trials = 100;

/// One of `count` equally likely ones.
std::int64_t pick(double u, double count) {
    return static_cast<std::int64_t>(std::min(std::floor(u * count), count - 1));
}

/// The value at u in [0, 1) of a range.
Choice choice_at(const Axis& axis, double u) {
    if (!axis.range) return axis.choices[static_cast<std::size_t>(pick(u, static_cast<double>(axis.choices.size())))];
    const Range& range = *axis.range;
    Value value = range.integer ? make_value(static_cast<std::int64_t>(range.low) + pick(u, range.high - range.low + 1))
                                : make_value(range.low + u * (range.high - range.low));
    value.place = range.place;
    Choice choice{to_toml(value), {{axis.name, value}}};
    choice.number =
        range.integer ? static_cast<double>(std::get<std::int64_t>(value.data)) : std::get<double>(value.data);
    return choice;
}

/// Whether the key can read the value; whether it goes with the others is seen trial by trial.
void check_value(const Axis& axis, const Value& value, const Scenario& base, std::vector<Problem>& problems) {
    std::string part;
    const Key* key = find_key(axis.name, &part);
    Problems found;
    KeyReader reader(key->path, "", found);
    Scenario scratch = base;
    Value whole = value;
    if (!part.empty()) {
        GivenValues given;
        if (const auto now = key->write(base)) given[key->path] = *now;
        apply_settings({{axis.name, value}}, given);
        whole = given.at(key->path);
    }
    key->read(reader, whole, scratch);
    for (Problem& problem : found.in_order()) problems.push_back(std::move(problem));
}

void check_axis(const Axis& axis, const Scenario& base, std::vector<Problem>& problems) {
    if (!axis.range) {
        for (const Choice& choice : axis.choices) {
            for (const Setting& setting : choice.settings) check_value({setting.key}, setting.value, base, problems);
        }
        return;
    }
    const Range& range = *axis.range;
    for (const double end : {range.low, range.high}) {
        const bool whole = range.integer && end == std::floor(end) && std::abs(end) < 1e15;
        Value value = whole ? make_value(static_cast<std::int64_t>(end)) : make_value(end);
        value.place = range.place;
        const std::size_t before = problems.size();
        check_value(axis, value, base, problems);
        if (problems.size() > before) return;
    }
}

RunRecord record_of(const Search& search, int trial, const BatchRun& ended) {
    RunRecord record;
    record.number = trial;
    record.values = settings_of(search.axes, draw_trial(search, trial));
    record.metrics = kept_metrics(ended.run.metrics);
    record.fingerprint = ended.run.fingerprint;
    record.failure = ended.failure;
    record.invalid = ended.invalid;
    if (!record.failure.empty()) return record;
    const std::string& objective = search.base.search.objective;
    const auto found = record.metrics.find(objective);
    if (found != record.metrics.end()) {
        record.objective = found->second;
        return record;
    }
    const Absences absences = absences_of(search.base, record.metrics);
    const auto known = absences.find(objective);
    record.failure =
        known != absences.end() ? objective + ": " + known->second : "no " + objective + " in the summary of this run";
    return record;
}

}  // namespace

std::vector<double> trial_coordinates(const Search& search, int trial) {
    if (trial < 0 || search.axes.empty())
        throw input_error("", "search", fmt::format("has no trial {} of {} axes", trial, search.axes.size()),
                          "a trial from 0 on, of at least one axis");
    std::vector<double> u(search.axes.size());
    if (search.base.search.method == SearchMethod::sobol) {
        boost::random::sobol engine(u.size());
        engine.seed(static_cast<std::uint_least64_t>(trial));
        for (double& coordinate : u) coordinate = static_cast<double>(engine() >> 11) * 0x1p-53;
        return u;
    }
    const Stream stream(search.base.seed, Purpose::search_trial, static_cast<std::uint64_t>(trial));
    for (std::size_t a = 0; a < u.size(); ++a) u[a] = stream.uniform(a);
    return u;
}

std::vector<Choice> draw_trial(const Search& search, int trial) {
    const std::vector<double> u = trial_coordinates(search, trial);
    std::vector<Choice> choices;
    for (std::size_t a = 0; a < u.size(); ++a) choices.push_back(choice_at(search.axes[a], u[a]));
    return choices;
}

Scenario trial_scenario(const Search& search, int trial) {
    const std::vector<Setting> settings = settings_of(search.axes, draw_trial(search, trial));
    LoadedScenario loaded = load_varied(search.start, settings);
    for (const std::string& key : loaded.left_out) {
        for (const Setting& setting : settings) {
            if (setting.key != key && setting.key.rfind(key + ".", 0) != 0) continue;
            throw Error(Blame::input,
                        {problem_at(setting.value.place, setting.key, "the lockstep engine leaves out what is searched",
                                    "another engine, or a search without it")});
        }
    }
    return std::move(loaded.scenario);
}

Search plan_search(const LoadedScenario& loaded) {
    const Scenario& base = loaded.scenario;
    check_keys(base, {"search"});
    if (base.search.over.empty()) throw input_error("", "search.over", "is missing", "what to vary");
    Search search{loaded.base, base, axes_of(base.search.over, AxesOf::search)};
    std::vector<Problem> problems;
    // Copied for each alternative, of which there may be many.
    Scenario plain = base;
    plain.sweep = {};
    plain.search = {};
    for (const Axis& axis : search.axes) check_axis(axis, plain, problems);
    if (!problems.empty()) throw Error(Blame::input, problems);
    const int probed = std::min(base.search.trials, probed_trials);
    std::optional<Error> first;
    for (int trial = 0; trial < probed; ++trial) {
        try {
            trial_scenario(search, trial);
            return search;
        } catch (const Error& error) {
            if (!first) first = error;
        }
    }
    throw *first;
}

SearchTrials read_search(const Search& search, const std::vector<std::string>& lines, const std::string& file) {
    SearchTrials trials(static_cast<std::size_t>(search.base.search.trials));
    std::int64_t most = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string place = fmt::format("{}:{}", file, i + 1);
        RunRecord record = read_trial_line(lines[i], place);
        if (record.number < 0) throw input_error(place, "", "is of no trial", "a line as settle wrote it");
        most = std::max(most, record.number + 1);
        if (record.number >= search.base.search.trials) continue;
        auto& trial = trials[static_cast<std::size_t>(record.number)];
        if (!trial) trial = std::move(record);
    }
    if (most > search.base.search.trials) {
        throw input_error("--resume", "search.trials",
                          fmt::format("{} is below what has been run", search.base.search.trials),
                          fmt::format("at least {}", most));
    }
    return trials;
}

bool run_search(const Search& search, const std::string& directory, WorkerPool& workers, SharedData& data,
                const SearchObserver& observer, SearchTrials& trials, Ranks* ranks) {
    if (trials.size() != static_cast<std::size_t>(std::max(search.base.search.trials, 0)))
        throw input_error("", "trials", "are not those of this search", "what read_search returned, one a trial");
    Batch batch;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        if (!trials[trial]) batch.numbers.push_back(static_cast<int>(trial));
    }
    const LineFile log(directory + "/trials.jsonl");
    batch.runs = static_cast<int>(batch.numbers.size());
    batch.ranks = ranks;
    batch.progress = observer.progress;
    batch.stop = observer.stop;
    batch.scenario = [&](int trial) { return trial_scenario(search, trial); };
    batch.ended = [&](int trial, const BatchRun& ended) {
        RunRecord record = record_of(search, trial, ended);
        log.add(trial_line(record));
        trials[static_cast<std::size_t>(trial)] = std::move(record);
    };
    return run_batch(batch, workers, data);
}

void help_search(const Search& search, WorkerPool& workers, SharedData& data, const StopCheck& stop, Ranks& ranks) {
    Batch batch;
    batch.ranks = &ranks;
    batch.stop = stop;
    batch.scenario = [&](int trial) { return trial_scenario(search, trial); };
    help_batch(batch, workers, data);
}

std::vector<int> best_trials(const SearchTrials& trials) {
    std::vector<int> best;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (trials[i] && trials[i]->objective) best.push_back(static_cast<int>(i));
    }
    std::stable_sort(best.begin(), best.end(), [&](int a, int b) {
        return *trials[static_cast<std::size_t>(a)]->objective < *trials[static_cast<std::size_t>(b)]->objective;
    });
    return best;
}

std::string trial_as_toml(const Search& search, int trial) {
    Scenario scenario = trial_scenario(search, trial);
    scenario.threads = search.base.threads;
    scenario.expectations = search.base.expectations;
    return scenario_as_toml(scenario);
}

}  // namespace settle

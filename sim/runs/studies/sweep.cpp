#include "sim/runs/studies/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "sim/runs/store/line_file.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

constexpr std::size_t run_limit = 10'000'000;

/// Problems, each once: many points have the same one.
class DistinctProblems {
public:
    void add(const std::vector<Problem>& found) {
        for (const Problem& problem : found) {
            if (known_.insert(to_text(problem)).second) problems_.push_back(problem);
        }
    }
    const std::vector<Problem>& all() const { return problems_; }

private:
    std::vector<Problem> problems_;
    std::set<std::string> known_;
};

/// A swept key that the engine leaves out would make points that are the same.
void refuse_left_out(const LoadedScenario& loaded, const std::vector<Setting>& settings, DistinctProblems& problems) {
    for (const std::string& key : loaded.left_out) {
        for (const Setting& setting : settings) {
            if (setting.key != key && setting.key.rfind(key + ".", 0) != 0) continue;
            problems.add({problem_at(setting.value.place, setting.key, "the lockstep engine leaves out what is swept",
                                     "another engine, or a sweep without it")});
        }
    }
}

RunRecord record_of(const Sweep& sweep, std::size_t point, int repeat, const BatchRun& ended) {
    const SweepPoint& at = sweep.points[point];
    RunRecord record;
    record.number = static_cast<std::int64_t>(point);
    record.label = at.label;
    record.values = settings_of(sweep.axes, at.choices);
    for (std::size_t a = 0; a < sweep.axes.size(); ++a)
        record.labels.emplace_back(sweep.axes[a].name, at.choices[a].label);
    record.repeat = repeat;
    const Scenario scenario = scenario_of(sweep, point, repeat);
    record.seeds = {scenario.network.seed, scenario.timing.device_seed, scenario.seed};
    record.metrics = kept_metrics(ended.run.metrics);
    record.fingerprint = ended.run.fingerprint;
    record.failure = ended.failure;
    return record;
}

std::string curve_name(std::size_t point, int repeat) {
    return fmt::format("{:04}-{:03}.jsonl", point, repeat);
}

void write_curve(const std::string& directory, std::size_t point, int repeat, const BareRun& run) {
    std::string text;
    for (const std::string& line : run.lines) text += line + "\n";
    RunDirectory(directory + "/curves").write(curve_name(point, repeat), text);
}

}  // namespace

Scenario repeat_of(const Scenario& scenario, const std::vector<Setting>& settings, int repeat) {
    constexpr std::uint64_t seed_mask = (std::uint64_t{1} << 63) - 1;
    Scenario result = scenario;
    const auto raise = [&](const char* key, std::uint64_t& seed) {
        const bool chosen =
            std::any_of(settings.begin(), settings.end(), [&](const Setting& setting) { return setting.key == key; });
        if (!chosen) seed = (seed + static_cast<std::uint64_t>(repeat)) & seed_mask;
    };
    raise("scenario.seed", result.seed);
    raise("network.seed", result.network.seed);
    raise("timing.device_seed", result.timing.device_seed);
    return result;
}

Scenario scenario_of(const Sweep& sweep, std::size_t point, int repeat) {
    if (point >= sweep.points.size() || repeat < 0)
        throw input_error("", "sweep", fmt::format("has no repeat {} of point {}", repeat, point), "one that is there");
    const SweepPoint& at = sweep.points[point];
    return repeat_of(at.scenario, settings_of(sweep.axes, at.choices), repeat);
}

Sweep plan_sweep(const LoadedScenario& loaded) {
    check_keys(loaded.scenario, {"sweep"});
    if (loaded.scenario.sweep.over.empty()) throw input_error("", "sweep.over", "is missing", "what to vary");
    Sweep sweep;
    sweep.base = loaded.scenario;
    sweep.axes = axes_of(sweep.base.sweep.over, AxesOf::sweep);
    DistinctProblems problems;
    for (GridPoint& point : grid(sweep.axes)) {
        const std::vector<Setting> settings = settings_of(sweep.axes, point.choices);
        try {
            LoadedScenario varied = load_varied(loaded.base, settings);
            refuse_left_out(varied, settings, problems);
            sweep.points.push_back({std::move(point.label), std::move(point.choices), std::move(varied.scenario)});
        } catch (const Error& error) {
            problems.add(error.problems());
        }
    }
    if (!problems.all().empty()) throw Error(Blame::input, problems.all());
    if (sweep.points.size() * static_cast<std::size_t>(sweep.repeats()) > run_limit) {
        throw input_error(loaded.base.source.name, "sweep.repeats",
                          fmt::format("{} repeats of {} points are too many", sweep.repeats(), sweep.points.size()),
                          fmt::format("at most {} runs", run_limit));
    }
    return sweep;
}

SweepRuns read_sweep(const Sweep& sweep, const std::vector<std::string>& lines, const std::string& file) {
    const auto repeats = static_cast<std::size_t>(sweep.repeats());
    SweepRuns runs(sweep.points.size(), std::vector<std::optional<RunRecord>>(repeats));
    int most = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string place = fmt::format("{}:{}", file, i + 1);
        const RunRecord record = read_point_line(lines[i], place);
        if (record.number < 0 || static_cast<std::size_t>(record.number) >= runs.size() || record.repeat < 0)
            throw input_error(place, "", "is of no point of this sweep", "a line as settle wrote it");
        most = std::max(most, record.repeat + 1);
        if (record.repeat >= sweep.repeats()) continue;
        auto& run = runs[static_cast<std::size_t>(record.number)][static_cast<std::size_t>(record.repeat)];
        if (!run) run = record;
    }
    if (most > sweep.repeats()) {
        throw input_error("--resume", "sweep.repeats", fmt::format("{} is below what has been run", sweep.repeats()),
                          fmt::format("at least {}", most));
    }
    return runs;
}

std::size_t finished_runs(const SweepRuns& runs) {
    std::size_t count = 0;
    for (const auto& point : runs)
        count += static_cast<std::size_t>(
            std::count_if(point.begin(), point.end(), [](const auto& run) { return run.has_value(); }));
    return count;
}

/// A run as a number, the same whatever is finished: all points once, then all of them again.
static int number_of(const Sweep& sweep, std::size_t point, int repeat) {
    return repeat * static_cast<int>(sweep.points.size()) + static_cast<int>(point);
}

static std::pair<std::size_t, int> run_of(const Sweep& sweep, int number) {
    const int points = static_cast<int>(sweep.points.size());
    return {static_cast<std::size_t>(number % points), number / points};
}

PartSize size_of(const SweepPart& part, const SweepRuns& runs) {
    PartSize size;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (std::size_t repeat = 0; repeat < runs[point].size(); ++repeat) {
            if (!part.has(static_cast<std::int64_t>(repeat * runs.size() + point))) continue;
            ++size.runs;
            size.due += runs[point][repeat] ? 0 : 1;
        }
    }
    return size;
}

bool run_sweep(const Sweep& sweep, const std::string& directory, WorkerPool& workers, SharedData& data,
               const SweepObserver& observer, SweepRuns& runs, const SweepPart& part, Ranks* ranks) {
    const auto wrong_shape = [&](const auto& point) {
        return point.size() != static_cast<std::size_t>(std::max(sweep.repeats(), 0));
    };
    if (runs.size() != sweep.points.size() || std::any_of(runs.begin(), runs.end(), wrong_shape))
        throw input_error("", "runs", "are not those of this sweep", "what read_sweep returned: points x repeats");
    Batch batch;
    for (int repeat = 0; repeat < sweep.repeats(); ++repeat) {
        for (std::size_t point = 0; point < runs.size(); ++point) {
            const int number = number_of(sweep, point, repeat);
            if (!runs[point][static_cast<std::size_t>(repeat)] && part.has(number)) batch.numbers.push_back(number);
        }
    }
    const LineFile log(directory + "/points.jsonl");
    batch.runs = static_cast<int>(batch.numbers.size());
    batch.ranks = ranks;
    batch.progress = observer.progress;
    batch.stop = observer.stop;
    batch.scenario = [&](int run) {
        const auto [point, repeat] = run_of(sweep, run);
        return scenario_of(sweep, point, repeat);
    };
    batch.ended = [&](int run, const BatchRun& ended) {
        const auto [point, repeat] = run_of(sweep, run);
        const RunRecord record = record_of(sweep, point, repeat, ended);
        if (record.failure.empty()) write_curve(directory, point, repeat, ended.run);
        log.add(point_line(record));
        runs[point][static_cast<std::size_t>(repeat)] = record;
    };
    return run_batch(batch, workers, data);
}

void help_sweep(const Sweep& sweep, WorkerPool& workers, SharedData& data, const StopCheck& stop, Ranks& ranks) {
    Batch batch;
    batch.ranks = &ranks;
    batch.stop = stop;
    batch.scenario = [&](int run) {
        const auto [point, repeat] = run_of(sweep, run);
        return scenario_of(sweep, point, repeat);
    };
    help_batch(batch, workers, data);
}

std::vector<std::string> missing_curves(const SweepRuns& runs, const std::string& directory) {
    std::vector<std::string> missing;
    for (std::size_t point = 0; point < runs.size(); ++point) {
        for (std::size_t repeat = 0; repeat < runs[point].size(); ++repeat) {
            const auto& run = runs[point][repeat];
            if (!run || !run->failure.empty()) continue;
            const std::string name = "curves/" + curve_name(point, static_cast<int>(repeat));
            std::error_code ignored;
            if (!std::filesystem::exists(directory + "/" + name, ignored)) missing.push_back(name);
        }
    }
    return missing;
}

}  // namespace settle
